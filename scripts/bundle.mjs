/**
 * Puts what `tsc` made of `src` together into a few files for each of the two threads, and for the `guru` command. A
 * module of its own costs a program's start 0.3 to 0.6 ms and 0.1 MB, whatever is in it (Node 20 to 26), and there are a
 * hundred of them. Nothing is minified or renamed without need, so that the frames of this library stay readable.
 *
 * The folders are as deep as those of the single modules: what they find relative to `import.meta.url` stays in place.
 */
import { rmSync } from 'node:fs';
import { build } from 'esbuild';

const COMMON = {
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  logLevel: 'warning',
};

rmSync('dist/bundle', { recursive: true, force: true });
await build({ ...COMMON, entryPoints: ['dist/index.js', 'dist/register.js'], outdir: 'dist/bundle/main' });
await build({ ...COMMON, entryPoints: ['dist/sentinel/worker.js'], outdir: 'dist/bundle/sentinel' });
const OUTSIDE = 'dist/cli/dump/outside';
await build({
  ...COMMON,
  // The command, and what it runs in processes of its own.
  entryPoints: [
    'dist/cli/guru.js',
    `${OUTSIDE}/inspector-guard-program.js`,
    `${OUTSIDE}/calibration-program.js`,
  ],
  outbase: 'dist/cli',
  outdir: 'dist/bundle/cli',
});
