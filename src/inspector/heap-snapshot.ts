import { answerWithin, type Cdp, CdpError, NO_ANSWER } from './cdp.js';

/**
 * Takes a heap snapshot of the session's thread, with V8's internal edges, and numbers. It stops that thread until it is
 * complete: some 30 to 140 ms for each MB of small objects, which nothing can cut short.
 *
 * From Node 22 on a snapshot that is asked for while JavaScript runs waits until that returns (22.23, 24.21, 26.10):
 * see {@link whilePaused}.
 *
 * @param onChunk gets the snapshot's JSON piece by piece. If it throws, the rest is ignored and the call rejects.
 */
export async function takeHeapSnapshot(cdp: Cdp, onChunk: (chunk: string) => void): Promise<void> {
  let failure: unknown = null;
  cdp.on('HeapProfiler.addHeapSnapshotChunk', (params) => {
    if (failure !== null) return;
    try {
      onChunk((params as { chunk: string }).chunk);
    } catch (error) {
      failure = error ?? new CdpError('the snapshot could not be read');
    }
  });
  await cdp.post('HeapProfiler.takeHeapSnapshot', {
    exposeInternals: true,
    captureNumericValue: true, // the delays of timers
    reportProgress: false,
  });
  if (failure !== null) throw failure;
}

/** How long a thread that ran JavaScript a moment ago gets to come to its pause, ms. */
const PAUSE_MS = 250;

/**
 * Stops a thread in the midst of its JavaScript for as long as `work` takes. If it has just become idle, the pause does
 * not strike, is taken back, and `work` runs without: it must not stay armed and strike later.
 */
export async function whilePaused<T>(cdp: Cdp, work: () => Promise<T>): Promise<T> {
  await cdp.post('Debugger.enable');
  try {
    const paused = new Promise<void>((resolve) => cdp.on('Debugger.paused', () => resolve()));
    await cdp.post('Debugger.pause');
    if ((await answerWithin(paused, PAUSE_MS)) === NO_ANSWER) await cdp.post('Debugger.disable');
    return await work();
  } finally {
    // Lets it run, and takes a pause back that has not come. A closed session has done so already.
    cdp.post('Debugger.disable').catch(() => {});
  }
}
