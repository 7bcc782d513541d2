import assert from 'node:assert/strict';
import { once } from 'node:events';
import { before, suite, test } from 'node:test';
import { getHeapSnapshot } from 'node:v8';
import type { HeapGraph } from '#src/v8/heap-graph.js';
import { HeapSnapshotError } from '#src/v8/heap-snapshot/error.js';
import { createSnapshotReader } from '#src/v8/heap-snapshot/reader.js';
import { Random } from '../../support/random.js';
import { assertSame, type ParsedSnapshot, randomChunks, read, takeSnapshot } from './support.js';

const SEED = 20_260_725;
/** V8 cuts strings behind 1,024 units, then writes three question marks for each lone surrogate. */
const ALL = { maxStringLength: 3 * 1024 };

suite(`real snapshots of Node ${process.versions.node}, seed ${SEED}`, () => {
  let text = '';
  let parsed: ParsedSnapshot;
  before(() => {
    text = takeSnapshot();
    parsed = JSON.parse(text) as ParsedSnapshot;
  });

  test('are the same as JSON.parse makes them', () => {
    const graph = read([text], ALL);
    assertSame(graph, parsed);
    assert.ok(graph.nodeCount > 10_000);
    assertPlanted(graph);
  });

  test('are the same in chunks of random sizes', () => {
    const random = new Random(SEED);
    for (const largest of [1, 7, 100, 4096, 4096, 200_000]) {
      assertSame(read(randomChunks(text, random, largest), ALL), parsed);
    }
  });

  test('are the same in chunks of two-byte characters', () => {
    assertSame(read(randomChunks(`\u2028${text}`.slice(1), new Random(SEED), 200_000), ALL), parsed);
  });

  test('have each string once, to be found by its text', () => {
    const graph = read([text], ALL);
    const random = new Random(SEED);
    for (let count = 0; count < 500; count++) {
      const wanted = random.pick(parsed.strings);
      assert.equal(graph.stringNumber(wanted), parsed.strings.indexOf(wanted));
    }
  });

  test('are refused when they are cut off', () => {
    const random = new Random(SEED);
    const cuts = ['nodes', 'edges', 'trace_tree', 'locations', 'strings'].flatMap((key) => {
      const at = text.indexOf(`"${key}":`);
      return [at, at + 3, at + key.length + 3, at + key.length + 4, at + key.length + 5 + random.below(1000)];
    });
    for (const at of [...cuts, text.length - 1, text.length - 2, random.below(text.length)]) {
      assert.throws(
        () => read(randomChunks(text.slice(0, at), random, 100_000)),
        (error) => error instanceof HeapSnapshotError && error.problem === 'truncated',
      );
    }
  });

  test('are the same with strings of 100,000 characters', () => {
    const longText = takeSnapshot(['--heap-snapshot-string-limit=1000000']);
    const long = JSON.parse(longText) as ParsedSnapshot;
    assert.ok(long.strings.some((string) => string.length >= 100_000));
    const random = new Random(SEED);
    const whole = read(randomChunks(longText, random, 4096), { maxStringLength: 1_000_000 });
    assertSame(whole, long);
    const cut = { ...long, strings: long.strings.map((string) => string.slice(0, 1024)) };
    assertSame(read(randomChunks(longText, random, 4096)), cut);
  });

  test('come as a stream, too', async () => {
    const ending = new AbortController();
    const waiting = untilAborted(ending.signal);
    const reader = createSnapshotReader();
    const stream = getHeapSnapshot({ exposeInternals: true }).setEncoding('utf8');
    for await (const chunk of stream) reader.write(String(chunk));
    const graph = reader.end();
    ending.abort();
    await waiting;
    const own = nodesWith(graph, 'internal', 'parameters_and_registers').map((node) =>
      functionOf(graph, node),
    );
    assert.ok(own.includes('untilAborted'), own.join());
  });
});

async function untilAborted(signal: AbortSignal): Promise<void> {
  await once(signal, 'abort');
}

/** What the program holds in its heap is where it must be. */
function assertPlanted(graph: HeapGraph): void {
  const element = graph.edgeTypeNumber('element');
  const [node] = nodesWith(graph, 'property', 'plantedElements');
  assert.ok(node !== undefined);
  const elements = targetOf(graph, node, 'property', 'plantedElements');
  const indices: [number, string][] = [];
  for (let edge = graph.firstEdge(elements); edge < graph.firstEdge(elements + 1); edge++) {
    if (graph.edgeType(edge) === element)
      indices.push([graph.edgeIndex(edge), graph.nodeName(graph.edgeTarget(edge))]);
  }
  assert.deepEqual(indices.find(([index]) => index === 4_000_000_000)?.[1], 'planted far element');
  for (const text of ['planted "quotes" and \\back\\slashes\\', 'planted é ÿ latin1']) {
    assert.ok(graph.stringNumber(text) > 0, text);
  }
  const waiting = nodesWith(graph, 'internal', 'parameters_and_registers').map((found) =>
    functionOf(graph, found),
  );
  assert.ok(waiting.includes('wait'), waiting.join());
}

function functionOf(graph: HeapGraph, generator: number): string {
  return graph.nodeName(targetOf(graph, generator, 'internal', 'function'));
}

function nodesWith(graph: HeapGraph, type: string, name: string): number[] {
  const found: number[] = [];
  for (let node = 0; node < graph.nodeCount; node++)
    if (edgeOf(graph, node, type, name) !== -1) found.push(node);
  return found;
}

function targetOf(graph: HeapGraph, node: number, type: string, name: string): number {
  const edge = edgeOf(graph, node, type, name);
  assert.notEqual(edge, -1, `${graph.nodeName(node)} has no edge ${name}`);
  return graph.edgeTarget(edge);
}

function edgeOf(graph: HeapGraph, node: number, typeName: string, name: string): number {
  const type = graph.edgeTypeNumber(typeName);
  const wanted = graph.stringNumber(name);
  for (let edge = graph.firstEdge(node); edge < graph.firstEdge(node + 1); edge++) {
    if (graph.edgeType(edge) === type && graph.edgeName(edge) === wanted) return edge;
  }
  return -1;
}
