import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

/** Parks the main thread from a worker, as the sentinel does. */
const PARKS = `
  import { parentPort, workerData } from 'node:worker_threads';
  import { openInProcess } from ${JSON.stringify(new URL('../../../dist/inspector/in-process.js', import.meta.url).href)};
  import { parkThread } from ${JSON.stringify(new URL('../../../dist/inspector/park.js', import.meta.url).href)};
  const { array, ways, maxMs } = workerData;
  setInterval(() => {}, 1000);
  const cdp = openInProcess('main-thread');
  const words = { array, at: 0, expression: 'globalThis.guruParkTest' };
  const parked = parkThread(cdp, { words, maxMs, waitMs: 10_000 });
  if (!parked) parentPort.postMessage('not parked');
  else {
    // Nothing of the main thread runs from here on.
    const before = Atomics.load(array, 8);
    const end = performance.now() + 30;
    while (performance.now() < end);
    const stood = Atomics.load(array, 8) === before;
    const ms = ways === 'release' ? await parked.release() : await new Promise((resolve) => {
      const timer = setInterval(() => {
        if (Atomics.load(array, 8) === before) return;
        clearInterval(timer);
        resolve(parked.release());
      }, 1);
    });
    parentPort.postMessage({ stood, ms });
  }
  cdp.close();
`;

async function park(ways: 'release' | 'leave', maxMs: number): Promise<{ stood: boolean; ms: number }> {
  const array = new Int32Array(new SharedArrayBuffer(64));
  Object.defineProperty(globalThis, 'guruParkTest', { value: array, configurable: true });
  const ticks = setInterval(() => Atomics.add(array, 8, 1), 1);
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(PARKS)}`), {
    workerData: { array, ways, maxMs },
  });
  try {
    const [message] = (await once(worker, 'message')) as [{ stood: boolean; ms: number }];
    return message;
  } finally {
    clearInterval(ticks);
    await worker.terminate();
  }
}

test('a parked thread stands still until it is released', async () => {
  const { stood, ms } = await park('release', 60_000);
  assert.equal(stood, true);
  assert.ok(ms >= 30 && ms < 60_000, `${ms}`);
});

test('a parked thread that nobody releases goes on by itself', async () => {
  const { stood, ms } = await park('leave', 200);
  assert.equal(stood, true);
  assert.ok(ms >= 200, `${ms}`);
});
