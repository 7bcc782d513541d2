import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PAGE, PageStore } from '#src/v8/memory/page-store.js';
import { PageTable } from '#src/v8/memory/page-table.js';

test('pages are handed out behind each other, across the pieces that they come in, and taken back', () => {
  const store = new PageStore(4);
  const runs = [3, 3, 3, 1].map((most) => store.take(most));
  assert.deepEqual(runs, [
    { first: 0, count: 3 },
    { first: 3, count: 1 },
    { first: 4, count: 3 },
    { first: 7, count: 1 },
  ]);
  for (let page = 0; page < store.taken; page++)
    store.words(page).fill(page + 1, store.position(page), store.position(page) + PAGE / 4);
  for (const { first, count } of runs) {
    const bytes = store.bytes(first, count);
    assert.equal(bytes.length, count * PAGE);
    for (let at = 0; at < count; at++) assert.equal(bytes.readInt32LE(at * PAGE + PAGE - 4), first + at + 1);
  }
  store.drop(5);
  assert.equal(store.taken, 5);
  assert.deepEqual(store.take(), { first: 5, count: 1 });
});

test('to make pages ready leaves those alone that are in use, and hands none out', () => {
  const store = new PageStore(8);
  store.take(2);
  store.words(1)[store.position(1)] = 7;
  store.warm(20);
  assert.equal(store.taken, 2);
  assert.equal(store.words(1)[store.position(1)], 7);
  assert.deepEqual(store.take(6), { first: 2, count: 6 });
});

test('what is given back has no length any more', () => {
  const store = new PageStore();
  const { first } = store.take(2);
  const words = store.words(first);
  store.giveBack();
  assert.equal(words.length, 0);
  assert.equal(store.taken, 0);
  assert.equal(store.words(store.take().first)[0], 0);
});

test('a table finds as many pages as are put into it, and none after it was cleared', () => {
  const table = new PageTable();
  const numbers = Array.from(
    { length: 5000 },
    (_, at) => 0x7_f000_0000 + ((at * 7919) % 65_536) * 2 - (at % 2) * 0x8_0000_0000,
  );
  for (const [page, number] of numbers.entries()) table.add(number, page);
  for (const [page, number] of numbers.entries()) assert.equal(table.find(number), page);
  assert.equal(table.find(17), -1);
  table.clear();
  for (const number of numbers) assert.equal(table.find(number), -1);
  table.add(17, 3);
  assert.equal(table.find(17), 3);
});
