import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NodeLists } from '#src/v8/await-graph/node-lists.js';
import { Random } from '../../support/random.js';

const SEED = 20_261_129;

for (const room of [0, 1, 5000]) {
  test(`keeps each node's values in their order, with room for ${room} (seed ${SEED})`, () => {
    const random = new Random(SEED);
    const lists = new NodeLists(room);
    const expected = new Map<number, number[]>();
    for (let value = 0; value < 5000; value++) {
      const node = random.below(500);
      lists.add(node, value);
      expected.set(node, [...(expected.get(node) ?? []), value]);
    }
    assert.equal(lists.size, 5000);
    for (let node = 0; node < 600; node++) {
      const values: number[] = [];
      for (let entry = lists.first(node); entry !== -1; entry = lists.next(entry))
        values.push(lists.value(entry));
      assert.deepEqual(values, expected.get(node) ?? []);
      assert.equal(lists.length(node), values.length);
    }
  });
}
