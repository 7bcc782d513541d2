import { answerWithin, type Cdp, evaluate, NO_ANSWER } from './cdp.js';

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
  const before = Atomics.load(array, at + PARKED);
  const id = Atomics.add(array, at + REQUESTED, 1) + 1;
  const call = `(${standStill.toString()})(${expression}, ${at}, ${id}, ${maxMs})\n//# sourceURL=guru-meditation:park`;
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
  const stoodMs = // the difference is right even where 32 bits are too few for the seconds
    ((seconds - Atomics.load(array, at + SECONDS)) | 0) * 1e3 +
    (nanoseconds - Atomics.load(array, at + NANOSECONDS)) / 1e6;
  return { until: performance.now() - stoodMs + maxMs, release };
}

/** Runs in the thread that is to stand still, as source text: it may use nothing from outside of itself. */
function standStill(
  array: Int32Array<SharedArrayBuffer> | null | undefined,
  at: number,
  id: number,
  maxMs: number,
): number {
  if (!array || Atomics.load(array, at) !== id) return -1;
  const started = process.hrtime();
  const released = Atomics.load(array, at + 2);
  if (released === id) return 0;
  Atomics.store(array, at + 3, started[0]);
  Atomics.store(array, at + 4, started[1]);
  Atomics.store(array, at + 1, id);
  Atomics.notify(array, at + 1);
  const standsMs = (): number => {
    const [seconds, nanoseconds] = process.hrtime(started);
    return seconds * 1e3 + nanoseconds / 1e6;
  };
  if (!isWaiting()) {
    Atomics.wait(array, at + 2, released, maxMs);
    return standsMs();
  }
  // The time is looked at seldom, as that allocates, and the heap is to be left alone.
  for (let n = 1; Atomics.load(array, at + 2) === released; n++)
    if (n % 10_000 === 0 && standsMs() >= maxMs) break;
  return standsMs();

  /** Whether it was interrupted in an `Atomics.wait`, or in WebAssembly, which has the like; also where that is unknown. */
  function isWaiting(): boolean {
    const names = ['prepareStackTrace', 'stackTraceLimit'] as const;
    const before = names.map((name) => Object.getOwnPropertyDescriptor(Error, name));
    try {
      Error.prepareStackTrace = (_error, sites) => sites.map(String);
      Error.stackTraceLimit = 200;
      const sites: unknown = new Error().stack;
      return !Array.isArray(sites) || sites.some((site) => /\bwait \(<anonymous>\)|wasm/.test(String(site)));
    } catch {
      return true;
    } finally {
      for (const [index, name] of names.entries()) {
        const descriptor = before[index];
        if (descriptor) Object.defineProperty(Error, name, descriptor);
        else Reflect.deleteProperty(Error, name);
      }
    }
  }
}
