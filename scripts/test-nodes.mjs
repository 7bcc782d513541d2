/** Runs the tests on each of the other supported Node versions. Arguments select test files as in `test.mjs`. */
import { spawnSync } from 'node:child_process';
import { installOtherNodes } from './other-nodes.mjs';

const failed = [];
for (const { major, path } of installOtherNodes()) {
  console.log(`\n=== Node ${major}`);
  const args = ['scripts/test.mjs', '--node', path, ...process.argv.slice(2)];
  if (spawnSync(process.execPath, args, { stdio: 'inherit' }).status !== 0) failed.push(major);
}
if (failed.length > 0) {
  console.error(`failed on Node ${failed.join(', ')}`);
  process.exit(1);
}
