import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockOf, Blocks, nodeIn } from '#src/v8/memory/blocks.js';

const BLOCK = 2 ** 18;
const BASE = 0x7f00_0000_0000;

function halves(address: number): [low: number, high: number] {
  return [address | 0, Math.floor(address / 2 ** 32)];
}

test('blocks are numbered in the order in which they come up, and found again', () => {
  const blocks = new Blocks();
  const starts = Array.from({ length: 5000 }, (_, at) => BASE - ((at * 7919) % 100_000) * BLOCK);
  for (const [at, start] of starts.entries()) {
    assert.equal(blocks.find(...halves(start)), 0);
    assert.equal(blocks.number(...halves(start + 8 * at)), at + 1);
  }
  assert.equal(blocks.count, starts.length + 1);
  for (const [at, start] of starts.entries()) {
    assert.equal(blocks.find(...halves(start + BLOCK - 8)), at + 1);
    assert.equal(blocks.number(...halves(start)), at + 1);
    assert.equal(blocks.start(at + 1), start);
  }
});

test('words are numbered by their blocks, and have the addresses that they had', () => {
  const blocks = new Blocks();
  const nodes = new Set<number>();
  for (const address of [BASE, BASE + 8, BASE + BLOCK - 8, BASE + BLOCK, 5 * BLOCK + 16, 2 ** 47 - 8]) {
    const block = blocks.number(...halves(address));
    const node = nodeIn(block, address | 0);
    assert.ok(Number.isInteger(node) && node > 0 && node < 2 ** 31);
    assert.equal(blockOf(node), block);
    assert.equal(blocks.address(node), address);
    nodes.add(node);
  }
  assert.equal(nodes.size, 6);
});

test('the first block of memory has no number, nor have too many', () => {
  const blocks = new Blocks();
  assert.equal(blocks.number(...halves(BLOCK - 8)), 0);
  assert.equal(nodeIn(0, BLOCK - 8), 0);
  let last = 0;
  for (let at = 1; !blocks.isFull; at++) last = blocks.number(...halves(at * BLOCK));
  const highest = nodeIn(last, -8);
  // The last number of all is for what is no word.
  assert.ok(highest > 0 && highest < 2 ** 31 - 1, String(highest));
  assert.equal(blocks.number(...halves(BASE)), 0);
  assert.equal(blocks.find(...halves(BASE)), 0);
  assert.equal(blocks.find(...halves(BLOCK)), 1);
});
