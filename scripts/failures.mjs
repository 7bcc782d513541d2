/** A reporter for `node --test`: of the tests that failed, and of nothing else, the file, the name and the error. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { inspect } from 'node:util';

const FILE = 'build/failures.txt';

export default async function* reportFailures(events) {
  for await (const { type, data } of events) {
    // A suite that failed says no more than its tests.
    if (type !== 'test:fail' || data.details.error?.failureType === 'subtestsFailed') continue;
    yield `${data.file}: ${data.name}\n${inspect(data.details.error?.cause ?? data.details.error)}\n\n`;
  }
}

/** The runner's options by which the failures of its run get into a file of their own, without those of the run before. */
export function toFailures() {
  rmSync(FILE, { force: true });
  return ['--test-reporter=./scripts/failures.mjs', `--test-reporter-destination=${FILE}`];
}

/** Those of the run before. */
export function readFailures() {
  return existsSync(FILE) ? readFileSync(FILE, 'utf8') : '';
}
