import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NodeNumbers } from '#src/v8/memory/node-numbers.js';

const PAGE = 4096;
const BASE = 0x7f00_0000_0000;

test('pointers and small integers have numbers of their own, and give them back', () => {
  const numbers = new NodeNumbers();
  const words: number[] = [];
  for (let page = 0; page < 3000; page++) {
    const start = BASE + ((page * 7919) % 100_000) * PAGE;
    words.push(start + 1, start + 8 * (page % 512) + 1, start + PAGE - 8 + 1);
  }
  // 5 as V8 writes it is the address of a page, too.
  for (const integer of [0, 1, 5, 2 ** 31 - 1, -1, -(2 ** 31)]) words.push((integer >>> 0) * 2 ** 32);
  words.push(5 * 2 ** 32 + 1);
  const distinct = [...new Set(words)];
  const given = distinct.map((word) => numbers.number(word));
  assert.equal(new Set(given).size, distinct.length);
  for (const [at, number] of given.entries()) {
    assert.ok(Number.isInteger(number) && number >= 0 && number < 2 ** 31);
    assert.equal(numbers.word(number), distinct[at]);
    assert.equal(numbers.number(distinct[at]!), number);
  }
});

test('what is no number of these is none', () => {
  const numbers = new NodeNumbers();
  const number = numbers.number(BASE + 9);
  assert.equal(numbers.word(number), BASE + 9);
  for (const word of [1, 9, PAGE - 7]) assert.equal(new NodeNumbers().number(word), -1);
  for (const other of [-1, 2 ** 31 - 1, number + 512]) assert.equal(numbers.word(other), 0);
});
