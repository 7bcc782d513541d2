import { PARKING_WORDS } from '../inspector/park.js';

/**
 * Shared memory between the main thread and the sentinel: for what must work while one of them is blocked.
 * One `Int32Array`; each slot has one writer unless said otherwise.
 */
export const SLOT = {
  /** Signals that have been taken up, by whichever thread. Written by the sentinel; kept over its restarts. */
  SIGNALS_TAKEN: 0,
  /** 1 from before the sentinel opens an inspector session to the main thread until it has closed it. Written by the sentinel. */
  CONNECTED: 1,
  /** Id of the request for tasks that is in force; 0 for none. Written by the sentinel. */
  REQUEST: 2,
  /** Who runs the tasks of that request: see {@link CLAIM}. Compare-and-exchange by both. */
  CLAIM: 3,
  /** 1 once the sentinel has stopped its triggers for good. Written by the sentinel. */
  STOPPED: 4,
  /** 1 once the process exits: the sentinel is to let go of the main thread, in the midst of whatever. Written by the main thread. */
  EXITING: 5,
  /** The first of the words by which a thread is made to stand still: see `inspector/park.ts`. */
  PARKING: 6,
} as const;

const SLOT_COUNT = SLOT.PARKING + PARKING_WORDS;

/** Values of {@link SLOT.CLAIM}. */
export const CLAIM = {
  /** Not yet taken. */
  OPEN: 0,
  /** The main thread runs them as an ordinary task of its event loop. */
  MAIN_THREAD: 1,
  /** The sentinel runs them in inspector interrupts, as the event loop did not come to it; or gave them up. */
  SENTINEL: 2,
} as const;

export function createSlots(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(SLOT_COUNT * Int32Array.BYTES_PER_ELEMENT));
}

/** Takes the tasks of request `id` for one side; false if the other was first or the request is over. */
export function claim(
  slots: Int32Array,
  id: number,
  by: typeof CLAIM.MAIN_THREAD | typeof CLAIM.SENTINEL,
): boolean {
  return (
    Atomics.load(slots, SLOT.REQUEST) === id &&
    Atomics.compareExchange(slots, SLOT.CLAIM, CLAIM.OPEN, by) === CLAIM.OPEN
  );
}
