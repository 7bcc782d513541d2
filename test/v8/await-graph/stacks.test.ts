import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AwaitGraph, SuspendedFunction, Via } from '#src/v8/await-graph/await-graph.js';
import { type StackBranch, stacks } from '#src/v8/await-graph/stacks.js';

/** Functions by name, each with the names of those that await it. */
function graphOf(awaitedBy: Record<string, readonly string[]>, over: readonly string[] = []): AwaitGraph {
  const names = Object.keys(awaitedBy);
  const suspended = names.map((functionName, index): SuspendedFunction => ({
    index,
    node: index,
    point: {
      kind: 'async function',
      functionName,
      script: 'app.js',
      functionLocation: { line: names.length - index, column: 1 },
      position: null,
      confirmed: false,
      internal: false,
    },
    over: over.includes(functionName),
    awaits: [],
    awaitedBy: (awaitedBy[functionName] ?? []).map((to) => ({ from: index, to: names.indexOf(to), via: [] })),
    continuations: [],
    asyncContext: [],
    contextHolder: -1,
    resumedBy: -1,
  }));
  return { suspended, cut: null };
}

/** `a b (c | d)`: a awaited by b, and that by both c and d; `…` where a stack goes on elsewhere. */
function show({ frames, branches, repeated }: StackBranch): string {
  const names = frames.map(({ suspended, via }) => {
    return [...via.map(({ kind }) => `[${kind}]`), ...(suspended ? [suspended.point.functionName] : [])].join(
      ' ',
    );
  });
  const rest = branches.length === 0 ? [] : [`(${branches.map(show).join(' | ')})`];
  return [...names, ...(repeated ? ['…'] : []), ...rest].join(' ');
}

function shown(graph: AwaitGraph): string[] {
  return stacks(graph).map(({ root }) => show(root));
}

test('a chain is one stack, innermost function first', () => {
  assert.deepEqual(shown(graphOf({ a: ['b'], b: ['c'], c: [] })), ['a b c']);
});

test('what several await stands once, and they are its branches', () => {
  assert.deepEqual(shown(graphOf({ a: ['b'], b: ['c', 'd'], c: [], d: ['e'], e: [] })), ['a b (c | d e)']);
});

test('a function that awaits several stands in the stack of each', () => {
  assert.deepEqual(shown(graphOf({ a: ['c'], b: ['c'], c: ['d'], d: [] })), ['a c d', 'b c d']);
});

test('where branches meet again, what follows stands only once', () => {
  assert.deepEqual(shown(graphOf({ a: ['b', 'c'], b: ['d'], c: ['d'], d: ['e'], e: [] })), [
    'a (b d e | c d …)',
  ]);
});

test('a cycle is a stack that ends where it comes back, and begins at the first in the sources', () => {
  assert.deepEqual(shown(graphOf({ a: ['b'], b: ['a'] })), ['b a b …']);
  assert.deepEqual(shown(graphOf({ a: ['a'] })), ['a a …']);
});

test('a stack that leads into a cycle contains it', () => {
  assert.deepEqual(shown(graphOf({ a: ['b'], b: ['c'], c: ['b'] })), ['a b c b …']);
});

test('a diamond of diamonds does not multiply', () => {
  const graph: Record<string, string[]> = {};
  for (let level = 0; level < 40; level++) {
    graph[`a${level}`] = [`b${level}`, `c${level}`];
    graph[`b${level}`] = [`a${level + 1}`];
    graph[`c${level}`] = [`a${level + 1}`];
  }
  graph['a40'] = [];
  const [only, ...others] = shown(graphOf(graph));
  assert.equal(others.length, 0);
  assert.equal(only?.match(/\ba\d+/g)?.length, 1 + 2 * 40);
});

test('100,000 functions in one chain make a stack that is cut, not an overflow', () => {
  const suspended = graphOf({ one: [] }).suspended;
  const [one] = suspended;
  assert.ok(one);
  const chain = Array.from({ length: 100_000 }, (_, index): SuspendedFunction => {
    const to = index + 1;
    return { ...one, index, awaitedBy: to < 100_000 ? [{ from: index, to, via: [] }] : [] };
  });
  const [stack] = stacks({ suspended: chain, cut: null });
  assert.equal(stack?.root.frames.length, 10_000);
  assert.equal(stack.root.repeated, true);
});

test('callbacks that nothing awaits are the end of a stack', () => {
  const graph = graphOf({ a: [] });
  const via: Via = { kind: 'then', index: null, callback: null, closure: -1 };
  graph.suspended[0]!.continuations = [[via, { ...via, kind: 'catch' }]];
  assert.deepEqual(shown(graph), ['a [then] [catch]']);
});

test('what is over stands nowhere', () => {
  assert.deepEqual(shown(graphOf({ a: [], b: [] }, ['a'])), ['b']);
});
