import { setTimeout as sleep } from 'node:timers/promises';
import { dispositionOf, readProcessStatus } from '../../os/linux/process-status.js';
import { describeSystemError } from '../../os/system-error.js';
import { readStat } from '../../os/linux/stat.js';
import type { NodeProcess } from './node-process.js';
import { explainRefusal } from './permission.js';
import { targetError } from './target-error.js';

/** A core dump takes longer, but is seldom. */
const ENDING_MS = 300;

/** A process, and no later one that has its id. */
export type Identity = Pick<NodeProcess, 'pid' | 'startTicks'>;

/** @throws {GuruError} `ERR_GURU_TARGET` if it has ended, even if another process has its id by now. */
export function assertAlive(target: Identity): void {
  const { pid } = target;
  const fate = fateOf(target);
  if (fate === 'ended') throw targetError(`process ${pid} has ended`);
  if (fate === 'replaced')
    throw targetError(`process ${pid} has ended, and its id is another process's by now`);
}

export function isAlive(target: Identity): boolean {
  return fateOf(target) === 'alive';
}

function fateOf({ pid, startTicks }: Identity): 'alive' | 'ended' | 'replaced' {
  const now = readStat(pid);
  // A zombie has ended; its parent has not asked for it yet.
  if (now === null || now.state === 'Z' || now.state === 'X') return 'ended';
  return now.startTicks === startTicks ? 'alive' : 'replaced';
}

/**
 * {@link assertAlive}, after its connection broke: a process that is being ended closes its sockets first, and is there
 * for some more milliseconds.
 */
export async function assertStaysAlive(target: Identity): Promise<void> {
  for (let looks = 0; looks < 10; looks++) {
    assertAlive(target);
    await sleep(ENDING_MS / 10);
  }
}

/**
 * Sends a signal to this very process, and only if it handles it: the default effect of nearly all signals is to end it.
 *
 * @throws {GuruError} `ERR_GURU_TARGET`
 */
export function sendHandledSignal(
  target: Pick<NodeProcess, keyof Identity | 'uid'>,
  signal: NodeJS.Signals,
): void {
  const { pid } = target;
  const status = readProcessStatus(pid);
  // After the reading, so that what was read is of this process.
  assertAlive(target);
  const disposition = status === null ? 'default' : dispositionOf(status, signal);
  if (disposition !== 'caught') {
    const effect =
      disposition === 'ignored' ? 'it ignores it' : 'it has no handler for it, and would be ended by it';
    throw targetError(`process ${pid}: ${signal} was not sent: ${effect}`);
  }
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPERM')
      throw targetError(
        `process ${pid}: a signal is not permitted: ${explainRefusal(target, 'signal')}`,
        error,
      );
    throw targetError(`process ${pid}: ${signal} could not be sent: ${describeSystemError(error)}`, error);
  }
}
