import type { Report } from '../../report/schema.js';
import { assertAlive } from '../target/identity.js';
import type { NodeProcess } from '../target/node-process.js';
import { targetError } from '../target/target-error.js';
import { accessFromOutside } from './outside-access.js';
import { accessThroughSocket } from './set-up-access.js';
import type { AccessWay, DumpRequest } from './target-access.js';
import { unlessAborted } from './unless-aborted.js';

/** Best first. */
const WAYS: readonly AccessWay[] = [accessThroughSocket, accessFromOutside];

/**
 * Makes a report of the process, by the best way there is.
 *
 * @param onNote told in one line why it is not the way that was to be expected
 * @throws {GuruError}
 */
export async function dumpTarget(
  target: NodeProcess,
  request: DumpRequest,
  onNote: (line: string) => void,
): Promise<Report> {
  const reasons: string[] = [];
  let noted = false;
  const note = (reason: string): void => {
    noted = true;
    onNote(`process ${target.pid}: ${reason}`);
  };
  for (const way of WAYS) {
    const access = await unlessAborted(way(target, reasons), request.signal);
    assertAlive(target);
    if (!('reason' in access)) {
      const report = await access.dump(request);
      // That it has a sentinel at all may be seen only then.
      if (!noted && report.trigger.reason !== undefined) note(report.trigger.reason);
      return report;
    }
    reasons.push(access.reason);
    if (access.unexpected) note(access.reason);
  }
  throw targetError(`process ${target.pid}: no report: ${reasons.join('; ')}`);
}
