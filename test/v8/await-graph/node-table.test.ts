import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NodeTable } from '#src/v8/await-graph/node-table.js';
import { Random } from '../../support/random.js';

const SEED = 20_261_129;

for (const room of [0, 1, 256, 5000]) {
  test(`tells what a Map tells, with room for ${room} (seed ${SEED})`, () => {
    const random = new Random(SEED);
    const table = new NodeTable(room);
    const expected = new Map<number, number>();
    // Neighbours, words of one block, and the largest numbers there are.
    const nodes = [
      ...Array.from({ length: 2000 }, (_, index) => index),
      ...Array.from({ length: 2000 }, (_, index) => index * 32_768 + 5),
      ...Array.from({ length: 2000 }, () => random.below(2 ** 31 - 1)),
      2 ** 31 - 2,
    ];
    for (let step = 0; step < 20_000; step++) {
      const node = random.pick(nodes);
      const fresh = random.below(2 ** 31);
      if (step % 3 === 0) {
        assert.equal(table.numberOf(node, fresh), expected.get(node) ?? fresh);
        if (!expected.has(node)) expected.set(node, fresh);
      } else if (step % 3 === 1) {
        table.set(node, fresh);
        expected.set(node, fresh);
      } else {
        assert.equal(table.add(node), !expected.has(node));
        if (!expected.has(node)) expected.set(node, 0);
      }
    }
    assert.equal(table.size, expected.size);
    for (const node of nodes) {
      assert.equal(table.get(node), expected.get(node) ?? -1);
      assert.equal(table.has(node), expected.has(node));
    }
  });
}
