import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SuspensionPoint } from '#src/v8/await-graph/await-graph.js';
import type { Retainers } from '#src/v8/await-graph/heap.js';
import { readAwaitGraph } from '#src/v8/await-graph/read.js';
import { SnapshotHeap } from '#src/v8/snapshot-heap/snapshot-heap.js';
import { buildHeapGraph } from '../../support/heap-graph-builder.js';

const LIMITS = { steps: 3, perNode: 10, total: 100 };

test('nodes are told apart by the names and types that V8 gives them', () => {
  const { graph, node } = buildHeapGraph({
    account: { name: 'Account' },
    callback: { type: 'closure', name: 'onData' },
    text: { type: 'string', name: 'system / Context' },
    scope: { name: 'system / Context' },
    page: { type: 'hidden', name: 'system / NativeContext / https://example.com' },
    scripts: { type: 'array', name: 'system / ScriptContextTable' },
    reaction: { type: 'hidden', name: 'system / PromiseReaction' },
    capability: { type: 'hidden', name: 'system / PromiseCapability' },
    module: { type: 'hidden', name: 'system / SourceTextModule' },
    iterator: { name: 'Async-from-Sync Iterator' },
    handles: { type: 'synthetic', name: '(Global handles)' },
    elements: { type: 'array', name: '(object elements)' },
  });
  const heap = new SnapshotHeap(graph);
  const kinds = Array.from({ length: graph.nodeCount }, (_, at) => heap.kind(at));
  assert.deepEqual(kinds, [
    'object',
    'function',
    'string',
    'context',
    'native context',
    'script context table',
    'reaction',
    'capability',
    'module',
    'async-from-sync iterator',
    'global handles',
    'other',
  ]);
  assert.equal(heap.name(node('account')), 'Account');
  assert.equal(heap.primitive(node('account')), null);
});

test('retainers are named as V8 names the reference; weak ones and what is held for our own sake are none', () => {
  const { graph, node } = buildHeapGraph({
    thing: {},
    object: { edges: { 'property:thing': 'thing' } },
    list: { type: 'array', edges: { 'element:7': 'thing' } },
    scope: { name: 'system / Context', edges: { 'context:local': 'thing', 'hidden:3': 'thing' } },
    field: { edges: { 'internal:table': 'thing' } },
    weak: { edges: { 'weak:thing': 'thing' } },
    held: { id: 4711, edges: { 'element:0': 'thing', 'internal:elements': 'elements' } },
    elements: { type: 'array', edges: { 'internal:0': 'thing' } },
    outer: { edges: { 'property:inner': 'object' } },
  });
  const heap = new SnapshotHeap(graph, { held: 4711 });
  const retainers = heap.retainers([node('thing')], (at) => at === node('object'), LIMITS);
  assert.deepEqual(
    entries(retainers, node('thing')).map((one) => [
      retainers.node(one),
      retainers.type(one),
      retainers.name(one),
    ]),
    [
      [node('object'), 'property', 'thing'],
      [node('list'), 'element', 7],
      [node('scope'), 'context', 'local'],
      [node('scope'), 'internal', 3],
      [node('field'), 'internal', 'table'],
    ],
  );
  assert.deepEqual(
    entries(retainers, node('object')).map((one) => [retainers.node(one), retainers.name(one)]),
    [[node('outer'), 'inner']],
  );
  assert.deepEqual(entries(retainers, node('list')), []);
  assert.equal(heap.held.index.get(node('thing')), 0);
});

function entries(retainers: Retainers, node: number): number[] {
  const all: number[] = [];
  for (let entry = retainers.first(node); entry !== -1; entry = retainers.next(entry)) all.push(entry);
  return all;
}

/** A reader that knows what snapshots do not have. */
class ExactHeap extends SnapshotHeap {
  override suspensionPoint(generator: number): SuspensionPoint {
    return { ...super.suspensionPoint(generator), position: { line: 12, column: 5 }, confirmed: true };
  }

  override elementIndex(): number | null {
    return 3;
  }
}

test('a reader that knows exact positions and indices need not ask V8 for them', () => {
  const { graph } = buildHeapGraph({
    waiting: {
      name: 'Generator',
      edges: { 'internal:function': 'function', 'internal:parameters_and_registers': 'registers' },
    },
    function: { type: 'closure', name: 'waiting', location: { scriptId: 7, line: 4, column: 2 } },
    registers: { type: 'array', edges: { 'internal:0': 'waiting' } },
    code: { type: 'code', name: '(AsyncFunctionAwaitResolveClosure builtin code)' },
    'element code': { type: 'code', name: '(PromiseAllResolveElementClosure builtin code)' },
    context: { name: 'system / Context', edges: { 'internal:extension': 'waiting' } },
    resume: { type: 'closure', name: '', edges: { 'internal:code': 'code', 'internal:context': 'context' } },
    all: { name: 'Promise', edges: { 'internal:reactions_or_result': 'reaction' } },
    reaction: {
      type: 'hidden',
      name: 'system / PromiseReaction',
      edges: { 'hidden:0': 'resume', 'hidden:1': 'resume' },
    },
    capability: { type: 'hidden', name: 'system / PromiseCapability', edges: { 'hidden:0': 'all' } },
    'element context': { name: 'system / Context', edges: { 'hidden:3': 'capability' } },
    element: {
      type: 'closure',
      name: '',
      edges: { 'internal:code': 'element code', 'internal:context': 'element context' },
    },
    one: { name: 'Promise', edges: { 'internal:reactions_or_result': 'element reaction' } },
    'element reaction': {
      type: 'hidden',
      name: 'system / PromiseReaction',
      edges: { 'hidden:0': 'element', 'hidden:1': 'element' },
    },
  });
  const [waiting] = readAwaitGraph(new ExactHeap(graph)).suspended;
  assert.deepEqual(waiting?.point.functionLocation, { line: 5, column: 3 });
  assert.deepEqual(waiting.point.position, { line: 12, column: 5 });
  assert.equal(waiting.point.confirmed, true);
  assert.deepEqual(
    waiting.awaits.map(({ kind, via }) => [kind, via.map((one) => [one.kind, one.index])]),
    [['nothing', [['Promise.all', 3]]]],
  );
});
