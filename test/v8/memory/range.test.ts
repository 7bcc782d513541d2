import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Range, sizeOf, without } from '#src/v8/memory/range.js';
import { Random } from '../../support/random.js';

const SEED = 20_261_129;

function random(random: Random): Range[] {
  const ranges: Range[] = [];
  for (let at = random.below(4); at < 60; at += 1 + random.below(6)) {
    const end = at + 1 + random.below(8);
    ranges.push({ start: at, end });
    at = end;
  }
  return ranges;
}

function numbers(ranges: readonly Range[]): number[] {
  return ranges.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, at) => start + at));
}

test(`what is left of ranges is in none of the others, seed ${SEED}`, () => {
  const source = new Random(SEED);
  for (let round = 0; round < 500; round++) {
    const ranges = random(source);
    const others = random(source);
    const taken = new Set(numbers(others));
    const left = without(ranges, others);
    assert.deepEqual(
      numbers(left),
      numbers(ranges).filter((number) => !taken.has(number)),
    );
    assert.equal(sizeOf(left), numbers(left).length);
    assert.ok(left.every(({ start, end }) => start < end));
  }
  assert.deepEqual(without([{ start: 1, end: 3 }], []), [{ start: 1, end: 3 }]);
  assert.deepEqual(without([], [{ start: 1, end: 3 }]), []);
});
