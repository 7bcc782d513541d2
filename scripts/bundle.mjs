/**
 * Puts what `tsc` made of `src` together into a few files for each of the two threads, and for the `guru` command. A
 * module of its own costs a program's start 0.3 to 0.6 ms and 0.1 MB, whatever is in it (Node 20 to 26), and there are a
 * hundred of them. Nothing is minified or renamed without need, so that the frames of this library stay readable.
 *
 * Rollup leaves constants constant. Bundlers that make variables of them keep V8 from relying on a table or a size that stays the
 * same: reading 1 GB of memory takes a quarter more then (20.20). esbuild is here to leave out comments, a third of it all.
 *
 * The folders are as deep as those of the single modules: what they find relative to `import.meta.url` stays in place.
 */
import { rmSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { rollup } from '@rollup/wasm-node';
import { transform } from 'esbuild';

/** @param {Record<string, string>} input by the name of the file that it becomes */
async function bundle(input, dir) {
  const bundled = await rollup({
    input,
    external: (id) => !id.startsWith('.') && !isAbsolute(id),
    // What seems to have no effect may have one on V8's heap.
    treeshake: false,
    onwarn(warning) {
      throw new Error(warning.message);
    },
  });
  await bundled.write({
    dir,
    format: 'es',
    chunkFileNames: '[name]-[hash].js',
    hoistTransitiveImports: false,
    plugins: [
      {
        name: 'without-comments',
        renderChunk: async (code) => ({
          code: (await transform(code, { target: 'node20.19', legalComments: 'none' })).code,
          map: null,
        }),
      },
    ],
  });
  await bundled.close();
}

rmSync('dist/bundle', { recursive: true, force: true });
await bundle({ index: 'dist/index.js', register: 'dist/register.js' }, 'dist/bundle/main');
await bundle({ worker: 'dist/sentinel/worker.js' }, 'dist/bundle/sentinel');
// The command, and what it runs in processes of its own. What the command waits for must not import from its own file, into which
// would go all that it shares with that.
const outside = ['inspector-guard-program', 'calibration-program'].map((name) => `dump/outside/${name}`);
await bundle(
  Object.fromEntries(['guru', 'run', ...outside].map((name) => [name, `dist/cli/${name}.js`])),
  'dist/bundle/cli',
);
