import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';
import { openInProcess } from '#src/inspector/in-process.js';
import type { Cdp } from '#src/inspector/cdp.js';
import {
  confirmPositions,
  heldObjectId,
  holdFunctions,
  releaseFunctions,
} from '#src/v8/await-graph/positions.js';
import { readAwaitGraph, type ReadAwaitGraph } from '#src/v8/await-graph/read.js';
import { stacks } from '#src/v8/await-graph/stacks.js';
import { createSnapshotReader } from '#src/v8/heap-snapshot/reader.js';
import { flatten, sameStacks, type FlatStack } from './await-stacks.js';

export interface Collected {
  stacks: FlatStack[];
  /** The stores of each of the program's functions, by the names of their classes. */
  contexts: Record<string, string[]>;
  unconfirmed: number;
  suspended: number;
  cut: string | null;
  tries: number;
  ms: Record<string, number>;
}

const MAX_TRIES = 12;

async function collect(): Promise<Collected> {
  const cdp = openInProcess('main-thread');
  const keepAlive = setInterval(() => {}, 1000); // an inspector session does not
  try {
    const ms: Record<string, number> = {};
    const held = await timed(ms, 'hold', () => holdFunctions(cdp));
    const reader = createSnapshotReader();
    cdp.on('HeapProfiler.addHeapSnapshotChunk', (params) =>
      reader.write((params as { chunk: string }).chunk),
    );
    await timed(ms, 'snapshot', () => takeSnapshot(cdp));
    const graph = await timed(ms, 'read', async (): Promise<ReadAwaitGraph> => {
      return readAwaitGraph(reader.end(), held ? { held: await heldObjectId(cdp, held) } : {});
    });
    const outcome = await timed(ms, 'positions', () =>
      confirmPositions(cdp, graph, held, { budgetMs: 20_000 }),
    );
    await releaseFunctions(cdp);
    return {
      stacks: process.env['GURU_TEST_COUNT'] ? [] : stacks(graph).flatMap(flatten),
      contexts: Object.fromEntries(
        graph.suspended
          .filter(({ internal }) => !internal)
          .map(({ functionName, asyncContext }) => [
            functionName,
            asyncContext.map(({ name }) => name).toSorted(),
          ]),
      ),
      unconfirmed: outcome.unconfirmed,
      suspended: graph.suspended.length,
      cut: graph.cut,
      tries: 0,
      ms,
    };
  } finally {
    clearInterval(keepAlive);
    cdp.close();
  }
}

async function takeSnapshot(cdp: Cdp): Promise<void> {
  await cdp.post('HeapProfiler.takeHeapSnapshot', {
    reportProgress: false,
    exposeInternals: true,
    captureNumericValue: true,
  });
}

async function timed<T>(ms: Record<string, number>, name: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await work();
  ms[name] = Math.round(performance.now() - started);
  return result;
}

const expected = process.env['GURU_TEST_EXPECTED'];
let collected = await collect();
for (let tries = 1; tries < MAX_TRIES; tries++) {
  if (expected === undefined || sameStacks(collected.stacks, JSON.parse(expected) as FlatStack[])) break;
  await sleep(50);
  collected = { ...(await collect()), tries };
}
parentPort?.postMessage(JSON.stringify(collected));
// The test ends the process. A worker that ends just after it closed its session to the main thread, over which a
// snapshot went, aborts the whole process now and then (20.20 to 26.10).
setInterval(() => {}, 60_000);
