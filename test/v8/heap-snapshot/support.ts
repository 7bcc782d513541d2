import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { HeapGraph } from '#src/v8/heap-graph.js';
import { createSnapshotReader, type SnapshotReaderLimits } from '#src/v8/heap-snapshot/reader.js';
import type { Random } from '../../support/random.js';

/** A snapshot as `JSON.parse` gives it: what the reader must agree with. */
export interface ParsedSnapshot {
  snapshot: {
    meta: {
      node_fields: string[];
      /** One a field; that of the type is a list. */
      node_types: (string | string[])[];
      edge_fields: string[];
      edge_types: (string | string[])[];
      location_fields?: string[];
    };
    node_count: number;
    edge_count: number;
  };
  nodes: number[];
  edges: number[];
  locations?: number[];
  strings: string[];
}

/** Runs a program whose heap has strings of all kinds and gives its snapshot, taken by this version of Node. */
export function takeSnapshot(nodeFlags: readonly string[] = []): string {
  const directory = mkdtempSync(join(tmpdir(), 'guru-snapshot-'));
  try {
    const file = join(directory, 'heap.json');
    const { status, stderr } = spawnSync(
      process.execPath,
      [...nodeFlags, resolve('test/apps/v8/heap-snapshot.cjs'), file],
      { encoding: 'utf8', timeout: 120_000 },
    );
    assert.equal(status, 0, stderr);
    return readFileSync(file, 'utf8');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

export function read(chunks: Iterable<string>, limits?: SnapshotReaderLimits): HeapGraph {
  const reader = createSnapshotReader(limits);
  for (const chunk of chunks) reader.write(chunk);
  return reader.end();
}

export function* randomChunks(text: string, random: Random, largest: number): Generator<string> {
  for (let at = 0; at < text.length;) {
    const length = 1 + random.below(largest);
    yield text.slice(at, at + length);
    at += length;
  }
}

/** Compares everything that a graph can be asked for. */
export function assertSame(graph: HeapGraph, expected: ParsedSnapshot): void {
  const { meta } = expected.snapshot;
  const nodeTypes = typeWords(meta.node_fields, meta.node_types);
  const edgeTypes = typeWords(meta.edge_fields, meta.edge_types);
  assert.equal(graph.nodeCount, expected.nodes.length / meta.node_fields.length);
  assert.equal(graph.edgeCount, expected.edges.length / meta.edge_fields.length);
  nodeTypes.forEach((type, number) => assert.equal(graph.nodeTypeNumber(type), number));
  edgeTypes.forEach((type, number) => assert.equal(graph.edgeTypeNumber(type), number));
  assertSameStrings(graph, expected);
  assertSameNodes(graph, expected);
  assertSameEdges(graph, expected, edgeTypes);
  assertSameLocations(graph, expected);
}

function typeWords(fields: readonly string[], types: readonly (string | string[])[]): string[] {
  const words = types[fields.indexOf('type')];
  assert.ok(Array.isArray(words));
  return words;
}

function assertSameStrings(graph: HeapGraph, { strings }: ParsedSnapshot): void {
  strings.forEach((text, number) => same(graph.string(number), text, 'string', number));
  assert.throws(() => graph.string(strings.length), RangeError);
  assert.throws(() => graph.string(-1), RangeError);
}

function assertSameNodes(graph: HeapGraph, { snapshot, nodes, strings }: ParsedSnapshot): void {
  const fields = snapshot.meta.node_fields;
  const [type, name, id, size, edges] = ['type', 'name', 'id', 'self_size', 'edge_count'].map((field) =>
    fields.indexOf(field),
  );
  let firstEdge = 0;
  for (let node = 0; node < graph.nodeCount; node++) {
    const value = (field: number | undefined): number => nodes[node * fields.length + (field ?? NaN)] ?? NaN;
    same(graph.nodeType(node), value(type), 'type of node', node);
    same(graph.nodeName(node), strings[value(name)], 'name of node', node);
    same(graph.nodeId(node), value(id), 'id of node', node);
    same(graph.selfSize(node), value(size), 'size of node', node);
    same(graph.firstEdge(node), firstEdge, 'first edge of node', node);
    firstEdge += value(edges);
  }
  assert.equal(graph.firstEdge(graph.nodeCount), graph.edgeCount);
}

function assertSameEdges(
  graph: HeapGraph,
  { snapshot, edges }: ParsedSnapshot,
  types: readonly string[],
): void {
  const fields = snapshot.meta.edge_fields;
  const nodeWidth = snapshot.meta.node_fields.length;
  const [type, name, to] = ['type', 'name_or_index', 'to_node'].map((field) => fields.indexOf(field));
  for (let edge = 0; edge < graph.edgeCount; edge++) {
    const value = (field: number | undefined): number => edges[edge * fields.length + (field ?? NaN)] ?? NaN;
    const word = types[value(type)];
    const number = word === 'element' || word === 'hidden' ? graph.edgeIndex(edge) : graph.edgeName(edge);
    same(graph.edgeType(edge), value(type), 'type of edge', edge);
    // Some versions write an index as an int32.
    same(number, value(name) < 0 ? value(name) + 2 ** 32 : value(name), 'name of edge', edge);
    same(graph.edgeTarget(edge), value(to) / nodeWidth, 'target of edge', edge);
  }
}

function assertSameLocations(graph: HeapGraph, { snapshot, locations = [] }: ParsedSnapshot): void {
  const fields = snapshot.meta.location_fields ?? [];
  const nodeWidth = snapshot.meta.node_fields.length;
  const [object, script, line, column] = ['object_index', 'script_id', 'line', 'column'].map((field) =>
    fields.indexOf(field),
  );
  const expected = new Map<number, string>();
  for (let at = 0; at < locations.length; at += fields.length) {
    const value = (field: number | undefined): number => locations[at + (field ?? NaN)] ?? NaN;
    if (![value(script), value(line), value(column)].every((known) => known >= 0 && known < 2 ** 31))
      continue;
    expected.set(value(object) / nodeWidth, `${value(script)}:${value(line)}:${value(column)}`);
  }
  for (let node = 0; node < graph.nodeCount; node++) {
    const found = graph.location(node);
    const text = found ? `${found.scriptId}:${found.line}:${found.column}` : undefined;
    same(text, expected.get(node), 'location of node', node);
  }
}

/** `assert.equal` without its cost, which millions of calls would feel. */
function same<T>(actual: T, expected: T | undefined, what: string, number: number): void {
  if (!Object.is(actual, expected)) assert.equal(actual, expected, `${what} ${number}`);
}
