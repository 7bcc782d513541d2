import { insideAtomicsWait } from '../../../inspector/inside-atomics-wait.js';
import { readProcFile } from '../../../os/linux/proc-file.js';
import { parseSystemCall, systemCallName } from '../../../os/linux/system-calls.js';
import type { Pid } from '../../../os/pid.js';
import { answerWithin, type Cdp, evaluate, NO_ANSWER } from '../../../inspector/cdp.js';

/** A thread of another process that stands still for a time that was set beforehand. */
export interface ParkedOutside {
  /** Until then it certainly does, of `performance.now()`. */
  until: number;
  /** Resolves when it has gone on, with how long it stood still, ms; `null` where it could not say. */
  held: Promise<number | null>;
}

/** How long a thread that takes interrupts may take to come to one, ms. */
const PARK_WAIT_MS = 200;
/**
 * How often it is tried: on a machine with more to do than processors, this process may be kept from looking for longer
 * than the thread stands still.
 */
const TRIES = 3;
const ANSWER_MS = 1000;
const LOOK_AGAIN_MS = 0.1;
/** The argument of `futex` that points at the time limit. */
const FUTEX_TIMEOUT = 3;

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/**
 * Makes a thread of another process stand still in an inspector interrupt, for `ms` milliseconds. With no memory in common
 * there is no way to let it go before: nothing that is sent to it is served meanwhile. That it does stand still is seen
 * from the kernel's word for it. `null` if it does not come to it in time, and then it does not later either; and for one
 * that waits in `Atomics.wait` by itself. This thread does nothing else until then.
 *
 * @param tid the operating system's id, as this process knows it
 */
export function parkOutside(cdp: Cdp, pid: Pid, tid: number, ms: number): ParkedOutside | null {
  for (let tries = 0; tries < TRIES; tries++) {
    // Not the end of the try before.
    if (!waitUntil(PARK_WAIT_MS, () => !waitsInFutex(pid, tid))) return null;
    const lastMoment = Date.now() + PARK_WAIT_MS;
    const call = `(${standStill.toString()})(${ms}, ${lastMoment}, ${insideAtomicsWait.toString()})\n//# sourceURL=guru-meditation:park`;
    const sent = performance.now();
    const answer = evaluate(cdp, call, ms + ANSWER_MS);
    const held = answerWithin(answer, PARK_WAIT_MS + ms + ANSWER_MS).then(
      (heldMs) => (heldMs !== NO_ANSWER && typeof heldMs === 'number' && heldMs >= 0 ? heldMs : null),
      () => null, // it ended, or its session was closed
    );
    if (waitUntil(PARK_WAIT_MS, () => waitsInFutex(pid, tid))) return { until: sent + ms, held };
  }
  return null;
}

function waitUntil(ms: number, isSo: () => boolean): boolean {
  for (const until = performance.now() + ms; ;) {
    if (isSo()) return true;
    if (performance.now() > until) return false;
    Atomics.wait(sleeper, 0, 0, LOOK_AGAIN_MS);
  }
}

/** Whether a thread waits for something that has a time limit, and so for the time to pass. */
function waitsInFutex(pid: Pid, tid: number): boolean {
  const file = readProcFile(`/proc/${pid}/task/${tid}/syscall`);
  const call = file.error === undefined ? parseSystemCall(file.text) : null;
  if (call?.kind !== 'inside' || systemCallName(call.number) !== 'futex') return false;
  return call.arguments[FUTEX_TIMEOUT] !== 0n;
}

/** Runs in the thread that is to stand still, as source text: it may use nothing from outside of itself. */
function standStill(ms: number, lastMoment: number, isWaiting: () => boolean): number {
  if (Date.now() >= lastMoment || isWaiting()) return -1;
  const started = process.hrtime();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  const [seconds, nanoseconds] = process.hrtime(started);
  return seconds * 1e3 + nanoseconds / 1e6;
}
