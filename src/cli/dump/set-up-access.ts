import { call, CallError } from '../../meeting/call.js';
import { BadRequest } from '../../meeting/protocol.js';
import { GuruError } from '../../report/error.js';
import type { Report } from '../../report/schema.js';
import { parseReport } from '../../report/parse.js';
import { ANSWER_MS, askStatus } from '../target/ask-status.js';
import { assertStaysAlive } from '../target/identity.js';
import type { NodeProcess } from '../target/node-process.js';
import { targetError } from '../target/target-error.js';
import type { DumpRequest, NoAccess, TargetAccess } from './target-access.js';
import { unlessAborted } from './unless-aborted.js';

/** The report is made by the process itself: by its sentinel, with the sections that it registered. */
export async function accessThroughSocket(target: NodeProcess): Promise<TargetAccess | NoAccess> {
  const asked = await askStatus(target.pid);
  if (asked.kind !== 'set-up') {
    const unexpected = asked.kind === 'silent' || asked.kind === 'untrusted';
    return { reason: `its own sentinel cannot be asked: ${asked.reason}`, unexpected };
  }
  const { path } = asked;
  return { dump: (request) => dumpThroughSocket(target, path, request) };
}

async function dumpThroughSocket(target: NodeProcess, path: string, request: DumpRequest): Promise<Report> {
  const { sections, greenThreads, maxPause, signal } = request;
  let json: unknown = null;
  try {
    const answered = call(
      path,
      { command: 'dump', sections, greenThreads, maxPause },
      {
        firstMs: ANSWER_MS,
        onAnswer(answer) {
          if (answer.type === 'accepted') return answer.withinMs;
          if (answer.type === 'report') json = answer.report;
          return null;
        },
      },
    );
    await unlessAborted(answered, signal);
  } catch (error) {
    if (error instanceof BadRequest)
      throw new GuruError('ERR_GURU_OPTION', `process ${target.pid}: ${error.message}`);
    if (!(error instanceof CallError)) throw error;
    // That it ended says more than that the connection closed.
    await assertStaysAlive(target);
    throw targetError(`process ${target.pid}: no report: ${error.message}`, error);
  }
  if (json === null) throw targetError(`process ${target.pid}: no report: it answered something else`);
  // It is another program's word, possibly of another version.
  return parseReport(JSON.stringify(json));
}
