import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PromiseOwners } from '#src/v8/await-graph/promise-owners.js';
import { Vertices } from '#src/v8/await-graph/vertices.js';

test('generators have the first numbers, promises those behind, as they come up', () => {
  const vertices = new Vertices(Int32Array.of(700, 500));
  assert.deepEqual(
    [700, 500].map((node) => vertices.of(node)),
    [0, 1],
  );
  assert.deepEqual(
    [900, 300, 900].map((node) => vertices.of(node)),
    [2, 3, 2],
  );
  assert.equal(vertices.count, 4);
  assert.deepEqual(
    [0, 1, 2, 3].map((vertex) => vertices.node(vertex)),
    [700, 500, 900, 300],
  );
  assert.deepEqual(
    [700, 900, 1].map((node) => vertices.find(node)),
    [0, 2, -1],
  );
  assert.deepEqual(
    [500, 900, 1].map((node) => vertices.generator(node)),
    [1, -1, -1],
  );
  assert.deepEqual(
    [1, 2].map((vertex) => vertices.isGenerator(vertex)),
    [true, false],
  );
});

test('many more promises than were reckoned with', () => {
  const vertices = new Vertices(new Int32Array(0));
  for (let node = 1; node < 10_000; node++) assert.equal(vertices.of(node * 3), node - 1);
  for (let node = 1; node < 10_000; node++) assert.equal(vertices.node(node - 1), node * 3);
});

test('a promise belongs to the last generator that claimed it', () => {
  const owners = new PromiseOwners(3, 0);
  owners.set(100, 0);
  owners.set(2000, 1);
  owners.set(101, 1);
  owners.set(100, 2);
  assert.deepEqual(
    [100, 101, 2000, 5000].map((promise) => owners.ownerOf(promise)),
    [2, 1, 1, -1],
  );
  assert.deepEqual(
    [0, 1, 2].map((generator) => owners.promisesOf(generator)),
    [[], [2000, 101], [100]],
  );
  assert.deepEqual(
    [0, 1, 2].map((generator) => owners.onlyPromiseOf(generator)),
    [-1, -2, 100],
  );
});
