import { beginCollection } from './begin-collection.js';
import type { Calibration } from './calibrate.js';
import { type CollectedIsolate, collectIsolate } from './collect-isolate.js';
import { openReader } from './reader.js';
import { suspendCrowd } from './suspended-crowd.js';

/**
 * By these a first report of 10,000 functions on a heap of 100 MB takes 250 to 380 ms instead of 610 to 660; with 500 functions up to 410, with more
 * times no less (20.20).
 */
const TIMES = 3;
const FUNCTIONS = 2000;
/** Before each of them and after the last, ms: the processors are the application's, and whoever asks for a report meanwhile waits for one at most. */
const REST_MS = 1000;
/** For one of them, ms; they take some 200. */
const TIME_MS = 1000;

/**
 * Reads the heap of the thread that calls this a few times as another thread's is read for a report, with a crowd of suspended functions in it, so
 * that V8 has compiled what reads. What was found is of no interest; `null` if nothing was. Rejects with `ReadingStopped` once it must stop.
 *
 * @param mayGoOn asked before each time
 * @param mustStop as for a {@link MemoryReader}
 */
export async function rehearse(
  calibration: Calibration,
  mayGoOn: () => boolean,
  mustStop?: () => boolean,
): Promise<CollectedIsolate | null> {
  const crowd = suspendCrowd(FUNCTIONS);
  let last: CollectedIsolate | null = null;
  try {
    for (let times = 0; times < TIMES; times++) {
      await rest();
      if (!mayGoOn()) return last;
      last = readOwnHeap(calibration, mustStop) ?? last;
      // What one time has left is not to lie beside what the next one takes.
      beginCollection();
    }
  } finally {
    crowd.release();
  }
  await rest();
  // A collection that was under way has left some of it, and the crowd is garbage by now.
  beginCollection();
  return last;
}

function readOwnHeap(
  { known, ownHeap }: Calibration,
  mustStop: (() => boolean) | undefined,
): CollectedIsolate | null {
  const reader = openReader(known, mustStop);
  if ('reason' in reader) return null;
  try {
    const target = { heap: ownHeap, park: () => ({ reason: 'it is this thread that reads' }) };
    const collected = collectIsolate(reader, target, { deadline: performance.now() + TIME_MS });
    return 'reason' in collected ? null : collected;
  } finally {
    reader.close();
  }
}

function rest(): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, REST_MS).unref());
}
