import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Adjacency, Links } from '#src/v8/await-graph/links.js';

function linksOf(vertex: number, { first, links }: Adjacency): number[] {
  return [...links.subarray(first[vertex], first[vertex + 1])];
}

test('links by where they begin and where they end, in their order', () => {
  const links = new Links();
  for (const [from, to] of [
    [0, 3],
    [1, 3],
    [0, 2],
    [2, 0],
    [0, 3],
  ] as const)
    links.add(from, to, null);
  const [out, into] = [links.byStart(5), links.byEnd(5)];
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((vertex) => linksOf(vertex, out)),
    [[0, 2, 4], [1], [3], [], []],
  );
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((vertex) => linksOf(vertex, into)),
    [[3], [], [2], [0, 1, 4], []],
  );
});

test('a link that was removed leads nowhere, and the others keep their indices', () => {
  const links = new Links();
  for (const [from, to] of [
    [0, 1],
    [0, 2],
    [1, 2],
  ] as const)
    links.add(from, to, null);
  links.remove(1);
  assert.equal(links.length, 3);
  assert.deepEqual(linksOf(0, links.byStart(3)), [0]);
  assert.deepEqual(linksOf(2, links.byEnd(3)), [2]);
});
