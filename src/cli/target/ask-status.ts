import { call, CallError } from '../../meeting/call.js';
import { findMeetingPoint, type Found } from '../../meeting/find.js';
import { type KnownStatus, parseStatus } from '../../meeting/parse-answers.js';

/** A sentinel answers at once, whatever the main thread does; on a machine that is busy it takes longer. */
export const ANSWER_MS = 5000;

/** Bytes. */
const STATUS_LIMIT = 1024 * 1024;

/** `set-up`: it said so itself. `silent`: it has a socket, and does not answer there. */
export type SetUp =
  | { kind: 'set-up'; path: string; status: KnownStatus }
  | { kind: 'silent' | 'absent' | 'forbidden' | 'untrusted'; reason: string };

/** Asks a process whether and how it is set up. Never rejects. */
export async function askStatus(pid: number, timeoutMs = ANSWER_MS): Promise<SetUp> {
  const found: Found = findMeetingPoint(pid);
  if (found.problem !== undefined) return { kind: found.problem, reason: found.reason };
  try {
    let status: KnownStatus | null = null;
    await call(
      found.path,
      { command: 'status' },
      {
        firstMs: timeoutMs,
        limit: STATUS_LIMIT,
        onAnswer(answer) {
          if (answer.type === 'status') status = parseStatus(answer.status);
          return null;
        },
      },
    );
    if (status === null) return { kind: 'silent', reason: 'it answered something else' };
    return { kind: 'set-up', path: found.path, status };
  } catch (error) {
    if (error instanceof CallError) return { kind: 'silent', reason: error.message };
    throw error;
  }
}
