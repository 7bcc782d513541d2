import { answerWithin, type Cdp, evaluate, NO_ANSWER } from './cdp.js';
import { insideAtomicsWait } from './inside-atomics-wait.js';

/** A thread that stands still until it is released, or until its time is up. */
export interface ParkedThread {
  /** When it may run on by itself, of `performance.now()`. */
  readonly until: number;
  /** Lets it go, at once. Resolves with how long it stood still, ms; `null` where it could not say. */
  release(): Promise<number | null>;
}

export interface ParkOptions {
  /** Shared with the thread. */
  words: ParkingWords;
  /** How long it stands still at most, ms, whatever becomes of this thread. */
  maxMs: number;
  /** How long to wait for it to stand still, ms. This thread does nothing else meanwhile. */
  waitMs: number;
}

/** A few words of shared memory: for one thread at a time. */
export interface ParkingWords {
  array: Int32Array<SharedArrayBuffer>;
  /** Where in the array they begin. */
  at: number;
  /** An expression for the same array in the thread; what it gives may be null or undefined. */
  expression: string;
}

/**
 * `REQUESTED`: whom the thread may park for; `PARKED`: that it has; `RELEASED`: that it may go on. Ids, ascending.
 * `SECONDS` and `NANOSECONDS`: since when it stands still, by the clock that all threads share.
 */
const REQUESTED = 0;
const PARKED = 1;
const RELEASED = 2;
const SECONDS = 3;
const NANOSECONDS = 4;

export const PARKING_WORDS = 5;

/** How long the answer of a released thread may take, ms. */
const ANSWER_MS = 1000;

/**
 * Makes a thread stand still in an inspector interrupt, in the midst of its JavaScript or of its event loop. `null` if it
 * does not come to it in time: then it does not stand still later either.
 *
 * It waits with `Atomics.wait`, whose time limit frees it if nobody does. Not so if it is in an `Atomics.wait` of the
 * application, which takes interrupts: V8 has one node for a thread in its list of those that wait, and a wait within a
 * wait frees it twice. That ends the process (20.20), or wakes the outer wait (seen in V8's sources up to 26). Such a
 * thread looks again and again instead.
 */
export function parkThread(cdp: Cdp, { words, maxMs, waitMs }: ParkOptions): ParkedThread | null {
  const { array, at, expression } = words;
  const asked = performance.now();
  const before = Atomics.load(array, at + PARKED);
  const id = Atomics.add(array, at + REQUESTED, 1) + 1;
  const call = `(${standStill.toString()})(${expression}, ${at}, ${id}, ${maxMs}, ${insideAtomicsWait.toString()})\n//# sourceURL=guru-meditation:park`;
  const answer = evaluate(cdp, call, maxMs + ANSWER_MS);
  answer.catch(() => {}); // it is asked for again when it is released
  const release = async (): Promise<number | null> => {
    Atomics.store(array, at + RELEASED, id);
    Atomics.notify(array, at + RELEASED);
    try {
      const ms = await answerWithin(answer, ANSWER_MS);
      return ms === NO_ANSWER || typeof ms !== 'number' || ms < 0 ? null : ms;
    } catch {
      return null; // the thread ended, or the session was closed
    }
  };
  Atomics.wait(array, at + PARKED, before, waitMs);
  if (Atomics.load(array, at + PARKED) !== id) {
    void release();
    // It may have come at the last moment: then it has gone on by now, or will at once.
    return null;
  }
  const [seconds, nanoseconds] = process.hrtime();
  const now = performance.now();
  const stoodMs = // the difference is right even where 32 bits are too few for the seconds
    ((seconds - Atomics.load(array, at + SECONDS)) | 0) * 1e3 +
    (nanoseconds - Atomics.load(array, at + NANOSECONDS)) / 1e6;
  // Tests of applications replace the clock. It does not stand still for longer than since it was asked to.
  const isPossible = stoodMs >= 0 && stoodMs <= now - asked;
  return { until: now - (isPossible ? stoodMs : now - asked) + maxMs, release };
}

/**
 * Runs in the thread that is to stand still, as source text: it may use nothing from outside of itself. Once it has said
 * that it stands still, nothing here can fail: others rely on it.
 */
function standStill(
  array: Int32Array<SharedArrayBuffer> | null | undefined,
  at: number,
  id: number,
  maxMs: number,
  isWaiting: () => boolean,
): number {
  if (!array || Atomics.load(array, at) !== id) return -1;
  const came = process.hrtime();
  const mayWait = !isWaiting();
  const started = process.hrtime();
  const msSince = (since: [number, number]): number => {
    const [seconds, nanoseconds] = process.hrtime(since);
    return seconds * 1e3 + nanoseconds / 1e6;
  };
  const released = Atomics.load(array, at + 2);
  if (released === id) return msSince(came);
  Atomics.store(array, at + 3, started[0]);
  Atomics.store(array, at + 4, started[1]);
  Atomics.store(array, at + 1, id);
  Atomics.notify(array, at + 1);
  if (mayWait) Atomics.wait(array, at + 2, released, maxMs);
  else {
    // The time is looked at seldom, as that allocates, and the heap is to be left alone. Where the clock is the application's,
    // and stands still, the turns end it: one takes a nanosecond at least.
    for (let n = 1; Atomics.load(array, at + 2) === released && n <= maxMs * 1e6; n++)
      if (n % 10_000 === 0 && msSince(started) >= maxMs) break;
  }
  return msSince(came);
}
