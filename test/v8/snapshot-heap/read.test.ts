import assert from 'node:assert/strict';
import { test } from 'node:test';
import { confirmPositions } from '#src/v8/snapshot-questions/positions.js';
import { readSnapshot } from '#src/v8/snapshot-heap/read.js';
import { buildHeapGraph, type NodeDescription } from '../../support/heap-graph-builder.js';

/** A suspended async function with its own promise. */
function asyncFunction(name: string): Record<string, NodeDescription> {
  return {
    [name]: {
      name: 'Generator',
      edges: {
        'internal:function': `${name}.function`,
        'internal:parameters_and_registers': `${name}.registers`,
        'hidden:3': `${name}.promise`,
      },
    },
    [`${name}.function`]: {
      type: 'closure',
      name,
      edges: { 'internal:shared': `${name}.shared` },
      location: { scriptId: 7, line: 4, column: 2 },
    },
    [`${name}.shared`]: { type: 'code', edges: { 'internal:script': 'script' } },
    [`${name}.registers`]: { type: 'array', edges: { 'internal:0': name } },
    [`${name}.context`]: { name: 'system / Context', edges: { 'internal:extension': name } },
    [`${name}.resume`]: {
      type: 'closure',
      name: '',
      edges: { 'internal:code': 'resume', 'internal:context': `${name}.context` },
    },
  };
}

const SHARED: Record<string, NodeDescription> = {
  script: { type: 'code', name: 'file:///app.js', edges: { 'internal:name': 'script.name' } },
  'script.name': { type: 'string', name: 'file:///app.js' },
  resume: { type: 'code', name: '(AsyncFunctionAwaitResolveClosure builtin code)' },
};

const REACTION = { type: 'hidden', name: 'system / PromiseReaction' };

test('functions are joined by the reactions of their promises, in the form of 20.20 and in that of 22.23 and later', () => {
  for (const [next, reject, fulfill] of [
    ['hidden:0', 'hidden:0', 'hidden:1'],
    ['hidden:1', 'hidden:1', 'hidden:2'],
  ] as const) {
    const behind = (edge: string): string => edge.replace(/\d/, (digit) => `${Number(digit) + 1}`);
    const { graph } = buildHeapGraph({
      ...SHARED,
      ...asyncFunction('inner'),
      ...asyncFunction('first'),
      ...asyncFunction('second'),
      'inner.promise': { name: 'Promise', edges: { 'internal:reactions_or_result': 'reaction' } },
      'first.promise': { name: 'Promise' },
      'second.promise': { name: 'Promise' },
      reaction: {
        ...REACTION,
        edges: { [next]: 'last', [behind(reject)]: 'second.resume', [behind(fulfill)]: 'second.resume' },
      },
      last: { ...REACTION, edges: { [reject]: 'first.resume', [fulfill]: 'first.resume' } },
    });
    const { suspended } = readSnapshot(graph);
    assert.deepEqual(
      suspended.map(({ point, awaitedBy }) => [point.functionName, awaitedBy.map(({ to }) => to)]),
      [
        ['inner', [1, 2]],
        ['first', []],
        ['second', []],
      ],
    );
    const point = suspended[0]?.point;
    assert.equal(point?.script, 'file:///app.js');
    assert.deepEqual(point.position, { line: 5, column: 3 });
    assert.equal(point.confirmed, false);
  }
});

test('a generator whose registers do not hold it is running or finished', () => {
  const { graph } = buildHeapGraph({
    ...SHARED,
    ...asyncFunction('running'),
    'running.promise': { name: 'Promise' },
    'running.registers': { type: 'array', edges: { 'internal:1': 'script.name' } },
  });
  assert.deepEqual(readSnapshot(graph).suspended, []);
});

test('a promise that only functions await is settled by nothing', () => {
  const { graph } = buildHeapGraph({
    ...SHARED,
    ...asyncFunction('waiting'),
    'waiting.promise': { name: 'Promise' },
    awaited: { name: 'Promise', edges: { 'internal:reactions_or_result': 'reaction' } },
    reaction: { ...REACTION, edges: { 'hidden:0': 'waiting.resume', 'hidden:1': 'waiting.resume' } },
    list: { name: 'Array', edges: { 'element:0': 'awaited' } },
  });
  const [waiting] = readSnapshot(graph).suspended;
  assert.deepEqual(
    waiting?.awaits.map(({ kind }) => kind),
    ['nothing'],
  );
});

test('a heap without generators has an empty graph', () => {
  const { graph } = buildHeapGraph({ one: {} });
  assert.deepEqual(readSnapshot(graph).suspended, []);
});

test('without time to ask V8, the place where a function begins stands in for its position', async () => {
  const { graph } = buildHeapGraph({
    ...SHARED,
    ...asyncFunction('waiting'),
    'waiting.promise': { name: 'Promise' },
  });
  const read = readSnapshot(graph);
  const cdp = {
    post: () => assert.fail('nothing is to be asked'),
    on: () => {},
    close: () => {},
  };
  assert.deepEqual(await confirmPositions(cdp, read, null, { budgetMs: 0 }), {
    confirmed: 0,
    unconfirmed: 1,
  });
  assert.deepEqual(read.suspended[0]?.point.position, { line: 5, column: 3 });
});

test('a thread that goes away while it is asked leaves the graph as it is', async () => {
  const { graph } = buildHeapGraph({
    ...SHARED,
    ...asyncFunction('waiting'),
    'waiting.promise': { name: 'Promise' },
    awaited: { name: 'Promise', edges: { 'internal:reactions_or_result': 'reaction' } },
    reaction: { ...REACTION, edges: { 'hidden:0': 'waiting.resume', 'hidden:1': 'waiting.resume' } },
    held: { name: 'Array', id: 4711, edges: { 'element:0': 'waiting.resume' } },
  });
  const read = readSnapshot(graph, { held: 4711 });
  const cdp = { post: () => Promise.reject(new Error('closed')), on: () => {}, close: () => {} };
  const outcome = await confirmPositions(cdp, read, { objectId: 'held' }, { budgetMs: 10_000 });
  assert.deepEqual(outcome, { confirmed: 0, unconfirmed: 1 });
});
