import { openInProcess } from '#src/inspector/in-process.js';
import { evaluate } from '#src/inspector/cdp.js';
import { parkThread } from '#src/inspector/park.js';
import { type Calibration, calibrate } from '#src/v8/memory/calibrate.js';
import { type CollectedIsolate, collectIsolate } from '#src/v8/memory/collect-isolate.js';
import { IsolateSearch } from '#src/v8/memory/isolate-of-thread.js';
import { learnProcess, openReader } from '#src/v8/memory/reader.js';

let calibration: Promise<Calibration | { reason: string }> | null = null;

async function learn(): Promise<Calibration> {
  const known = learnProcess('self', process.versions.v8);
  if ('reason' in known) throw new Error(known.reason);
  calibration ??= calibrate(known);
  const calibrated = await calibration;
  if ('reason' in calibrated) throw new Error(calibrated.reason);
  return calibrated;
}

/**
 * Reads the main thread's suspended functions from memory, in a worker.
 *
 * @param slots shared with the main thread, which has it as `globalThis.guruTestSlots`
 * @param collectGarbage what is dead is not to be found; default: true
 */
export async function readMainThread(
  slots: Int32Array<SharedArrayBuffer>,
  collectGarbage = true,
): Promise<CollectedIsolate> {
  const { known, ownHeap } = await learn();
  const cdp = openInProcess('main-thread');
  const keepAlive = setInterval(() => {}, 1000);
  const reader = openReader(known);
  if ('reason' in reader) throw new Error(reader.reason);
  const words = { array: slots, at: 0, expression: 'globalThis.guruTestSlots' };
  const park = (maxMs: number) => {
    const parked = parkThread(cdp, { words, maxMs, waitMs: 1000 });
    if (!parked) throw new Error('the main thread did not park');
    return parked;
  };
  try {
    // Each waits until what the one before found dead is swept.
    for (let times = collectGarbage ? 3 : 0; times > 0; times--)
      await cdp.post('HeapProfiler.collectGarbage');
    const pages = reader.readPages();
    if ('reason' in pages) throw new Error(pages.reason);
    const heaps = pages.heaps.filter((heap) => heap !== ownHeap);
    const search = new IsolateSearch(reader, heaps);
    const parked = park(1000);
    const entries = search.readEntries();
    await parked.release();
    const heap = search.isolateOf(process.pid, entries);
    if (heap === null) throw new Error('the main thread’s isolate was not found');
    const collected = collectIsolate(
      reader,
      { heap, park: () => park(5000), idle: true },
      { deadline: performance.now() + 30_000, searchBytes: 2 ** 40 },
    );
    if ('reason' in collected) throw new Error(collected.reason);
    await evaluate(cdp, '0', 1000); // the main thread goes on
    return collected;
  } finally {
    clearInterval(keepAlive);
    reader.close();
    cdp.close();
  }
}
