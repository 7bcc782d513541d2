import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { openInProcess } from '#src/inspector/in-process.js';
import type { Cdp } from '#src/inspector/cdp.js';
import {
  confirmPositions,
  heldObjectId,
  holdFunctions,
  releaseFunctions,
} from '#src/v8/snapshot-questions/positions.js';
import { readSnapshot, type SnapshotAwaitGraph } from '#src/v8/snapshot-heap/read.js';
import { stacks } from '#src/v8/await-graph/stacks.js';
import { createSnapshotReader } from '#src/v8/heap-snapshot/reader.js';
import type {
  AwaitGraph,
  AwaitLink,
  FunctionPlace,
  SuspendedFunction,
  Via,
} from '#src/v8/await-graph/await-graph.js';
import { readMainThread } from './read-own-memory.js';
import { flatten, sameStacks, type FlatStack } from './await-stacks.js';

export interface Collected {
  stacks: FlatStack[];
  /** The stores of each of the program's functions, by the names of their classes. */
  contexts: Record<string, string[]>;
  /** Of both collectors: all that they say of each function, Node's own included. */
  functions?: string[];
  unconfirmed: number;
  suspended: number;
  cut: string | null;
  tries: number;
  ms: Record<string, number>;
}

const MAX_TRIES = 12;

const from = process.env['GURU_TEST_COLLECTOR'];
const comparesBoth = from === 'both' || from === 'both, unswept';

function summary(
  suspended: readonly SuspendedFunction[],
  graph: AwaitGraph,
): Omit<Collected, 'unconfirmed' | 'ms'> {
  if (comparesBoth) orderBranches(graph);
  return {
    stacks: process.env['GURU_TEST_COUNT'] ? [] : stacks(graph).flatMap(flatten),
    contexts: Object.fromEntries(
      suspended
        .filter(({ point }) => !point.internal)
        .map(({ point, asyncContext }) => [
          point.functionName,
          asyncContext.map(({ name }) => name).toSorted(),
        ]),
    ),
    ...functions(graph),
    suspended: suspended.length,
    cut: graph.cut,
    tries: 0,
  };
}

/** All but what tells one heap's nodes from another's. */
function describeFunction(one: SuspendedFunction, { suspended }: AwaitGraph): string {
  const via = (steps: readonly Via[]): unknown[] =>
    steps.map(({ kind, index, callback }) => [kind, index, callback?.functionName, placeOf(callback)]);
  const { functionName, script, position, functionLocation, kind, internal, confirmed } = one.point;
  return JSON.stringify({
    is: [kind, functionName, script, position, functionLocation, internal, confirmed, one.over],
    awaits: inOrder(one.awaits.map((awaited) => [awaited.kind, awaited.detail, ...via(awaited.via)])),
    awaitedBy: inOrder(
      one.awaitedBy.map(({ to, via: steps }) => [suspended[to]?.point.functionName, ...via(steps)]),
    ),
    continuations: inOrder(one.continuations.map(via)),
    stores: inOrder(one.asyncContext.map(({ name, storage }) => [name, storage === null])),
  });
}

function placeOf(callback: FunctionPlace | null): unknown {
  return callback && [callback.script, callback.location];
}

/** What is in no order of its own. */
function inOrder(values: readonly unknown[]): string[] {
  return values.map((value) => JSON.stringify(value)).toSorted();
}

function functions(graph: AwaitGraph): { functions?: string[] } {
  return comparesBoth ? { functions: graph.suspended.map((one) => describeFunction(one, graph)) } : {};
}

/** Where ways part that meet again, what lies beyond stands at the first of them: which that is must not hang on the heap. */
function orderBranches({ suspended }: AwaitGraph): void {
  const keyOf = (via: readonly Via[]): string =>
    JSON.stringify(via.map(({ kind, index, callback }) => [kind, index, callback]));
  const keyOfLink = ({ to, via }: AwaitLink): string => {
    const { functionName, position } = suspended[to]!.point;
    return JSON.stringify([keyOf(via), functionName, position]);
  };
  for (const one of suspended) {
    one.awaitedBy = one.awaitedBy.toSorted((a, b) => (keyOfLink(a) < keyOfLink(b) ? -1 : 1));
    one.continuations = one.continuations.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  }
}

async function collectFromMemory(collectGarbage = true): Promise<Collected> {
  const started = performance.now();
  const { graph, problems } = await readMainThread(
    workerData as Int32Array<SharedArrayBuffer>,
    collectGarbage,
  );
  if (problems.length > 0) throw new Error(problems.join('; '));
  const unconfirmed = graph.suspended.filter(({ point }) => !point.confirmed).length;
  const ms = { memory: Math.round(performance.now() - started) };
  return { ...summary(graph.suspended, graph), unconfirmed, ms };
}

async function collectFromSnapshot(): Promise<Collected> {
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
    const graph = await timed(ms, 'read', async (): Promise<SnapshotAwaitGraph> => {
      return readSnapshot(reader.end(), held ? { held: await heldObjectId(cdp, held) } : {});
    });
    const outcome = await timed(ms, 'positions', () =>
      confirmPositions(cdp, graph, held, { budgetMs: 20_000 }),
    );
    await releaseFunctions(cdp, held);
    return { ...summary(graph.suspended, graph), unconfirmed: outcome.unconfirmed, ms };
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

if (comparesBoth) {
  // The snapshot collects garbage, and both see the same.
  const snapshot = await collectFromSnapshot();
  parentPort?.postMessage(JSON.stringify({ snapshot, memory: await collectFromMemory(from === 'both') }));
} else {
  parentPort?.postMessage(JSON.stringify(await collectUntilExpected()));
}

async function collectUntilExpected(): Promise<Collected> {
  const expected = process.env['GURU_TEST_EXPECTED'];
  const collect = from === 'memory' ? collectFromMemory : collectFromSnapshot;
  let collected = await collect();
  for (let tries = 1; tries < MAX_TRIES; tries++) {
    if (expected === undefined || sameStacks(collected.stacks, JSON.parse(expected) as FlatStack[])) break;
    await sleep(50);
    collected = { ...(await collect()), tries };
  }
  return collected;
}

// The test ends the process. A worker that ends just after it closed its session to the main thread, over which a
// snapshot went, aborts the whole process now and then (20.20 to 26.10).
setInterval(() => {}, 60_000);
