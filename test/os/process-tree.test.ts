import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildProcessTree, stateWithWord } from '#src/os/process-tree.js';
import type { ProcessNode } from '#src/report/schema.js';

function node(pid: number): ProcessNode {
  return { pid, ppid: 0, user: null, uid: null, state: 'S', command: ['x'], children: [] };
}

function shape({ pid, children }: ProcessNode): unknown {
  return children.length === 0 ? pid : [pid, ...children.map(shape)];
}

test('descendants only, children by id', () => {
  const parents = new Map([
    [1, 0],
    [30, 10],
    [20, 10],
    [10, 1],
    [21, 20],
    [99, 1],
  ]);
  const { tree, problem } = buildProcessTree(10, parents, node);
  assert.deepEqual(shape(tree!), [10, [20, 21], 30]);
  assert.equal(problem, null);
});

test('a process that vanished takes its branch along; a circle ends', () => {
  const parents = new Map([
    [10, 12],
    [11, 10],
    [12, 11],
    [13, 10],
    [14, 13],
  ]);
  const { tree } = buildProcessTree(10, parents, (pid) => (pid === 13 ? null : node(pid)));
  assert.deepEqual(shape(tree!), [10, [11, 12]]);
  const gone = buildProcessTree(10, parents, () => null);
  assert.deepEqual(gone, { tree: null, problem: 'there is no process 10' });
});

test('very many, however deep', () => {
  const parents = new Map(Array.from({ length: 5000 }, (_, pid) => [pid + 1, pid]));
  const { tree, problem } = buildProcessTree(1, parents, node);
  let depth = 0;
  for (let at = tree; at; at = at.children[0] ?? null) depth++;
  assert.equal(depth, 1000);
  assert.match(problem!, /^more than 1000 processes/);
});

test('states in words', () => {
  assert.equal(stateWithWord('S'), 'S (sleeping)');
  assert.equal(stateWithWord('t'), 't (tracing stop)');
  assert.equal(stateWithWord('?'), '?');
});
