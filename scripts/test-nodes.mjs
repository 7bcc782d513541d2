/** Runs the tests on each of the other supported Node versions. Arguments select test files as in `test.mjs`. */
import { spawnSync } from 'node:child_process';
import { readFailures } from './failures.mjs';
import { installOtherNodes } from './other-nodes.mjs';

const failed = [];
for (const { major, path } of installOtherNodes()) {
  console.log(`\n=== Node ${major}`);
  const args = ['scripts/test.mjs', '--node', path, ...process.argv.slice(2)];
  if (spawnSync(process.execPath, args, { stdio: 'inherit' }).status === 0) continue;
  failed.push({ major, failures: readFailures() });
}
if (failed.length > 0) {
  // Behind the output of the last Node, where it is looked for.
  for (const { major, failures } of failed) console.error(`\n=== failed on Node ${major}\n${failures}`);
  process.exit(1);
}
