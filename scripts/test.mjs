/**
 * Runs the compiled tests on the node that runs this, or on the one that the first argument `--node PATH` names.
 * Other arguments are parts of test file names: only files that contain one of them run.
 * Node 20's own runner takes no globs, hence this list of files.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { toFailures } from './failures.mjs';

const args = process.argv.slice(2);
const node = args[0] === '--node' ? args.splice(0, 2)[1] : process.execPath;
const files = readdirSync('build/test', { recursive: true })
  .map((file) => join('build/test', String(file)))
  .filter((file) => file.endsWith('.test.js'))
  .filter((file) => args.length === 0 || args.some((part) => file.includes(part)))
  .sort();
if (files.length === 0) {
  console.error('no test files match');
  process.exit(1);
}
const { status, signal } = spawnSync(
  node,
  [
    '--test',
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    ...toFailures(),
    '--test-concurrency=2',
    '--test-timeout=300000',
    ...files,
  ],
  {
    stdio: 'inherit',
  },
);
if (signal) console.error(`the test runner ended with ${signal}`);
process.exit(status ?? 1);
