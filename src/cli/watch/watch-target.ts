import { setTimeout as sleep } from 'node:timers/promises';
import { GuruError } from '../../report/error.js';
import type { Report } from '../../report/schema.js';
import { dumpTarget } from '../dump/dump-target.js';
import type { DumpRequest } from '../dump/target-access.js';
import { EXIT, exitStatusOf } from '../exit-status.js';
import { assertAlive } from '../target/identity.js';
import type { NodeProcess } from '../target/node-process.js';
import type { TurnOutput } from './output.js';
import { makeTurn, withLastKnown } from './turn.js';

export interface Watch {
  target: NodeProcess;
  request: DumpRequest;
  /** From the start of a turn to that of the next, which is delayed if the turn takes longer. */
  intervalMs: number;
  /** Turns at most. */
  count: number;
  /** Interrupts it. */
  signal: AbortSignal;
}

/** How often it is looked between two turns whether the process is still there, ms. */
const LOOK_MS = 500;

/**
 * Shows reports of a process one after the other, until all turns are done or it is interrupted (`null`), or the process
 * has ended: the line that says so. @throws {GuruError} if not even the first report could be had
 */
export async function watchTarget(watch: Watch, output: TurnOutput): Promise<string | null> {
  const { target, request, intervalMs, count, signal } = watch;
  let before: Report | null = null;
  for (let number = 1; !signal.aborted; number++) {
    const start = performance.now();
    const notes: string[] = [];
    try {
      const report = await dumpTarget(target, { ...request, signal }, (line) => notes.push(line));
      await output.show(makeTurn(number, report, before, notes));
      before = withLastKnown(report, before);
    } catch (error) {
      if (signal.aborted) return null;
      const isUnreachable = error instanceof GuruError && exitStatusOf(error.code) === EXIT.unreachable;
      if (before === null || !isUnreachable) throw error;
      const end = endOf(target);
      if (end !== null) return end;
      output.tell(error.message);
    }
    if (number >= count) return null;
    const end = await pause(target, start + intervalMs, signal);
    if (end !== null) return end;
  }
  return null;
}

/** Until then, or until it is interrupted; gives the line that says that the process has ended, if it has. */
async function pause(target: NodeProcess, until: number, signal: AbortSignal): Promise<string | null> {
  for (;;) {
    const left = until - performance.now();
    if (left <= 0 || signal.aborted) return null;
    // The only error is that it is interrupted.
    await sleep(Math.min(left, LOOK_MS), undefined, { signal }).catch(() => {});
    const end = signal.aborted ? null : endOf(target);
    if (end !== null) return end;
  }
}

function endOf(target: NodeProcess): string | null {
  try {
    assertAlive(target);
    return null;
  } catch (error) {
    if (error instanceof GuruError) return error.message;
    throw error;
  }
}
