import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PAGE, PageStore } from '#src/v8/memory/page-store.js';

test('pages are handed out behind each other as long as there is room, and taken back', () => {
  const store = new PageStore();
  assert.equal(store.take(), -1);
  store.reserve(10);
  assert.deepEqual([store.take(3), store.take(), store.take(5), store.take(2)], [0, 3, 4, -1]);
  assert.equal(store.take(1, 1), -1);
  assert.equal(store.take(), 9);
  for (let page = 0; page < store.taken; page++)
    store.words.fill(page + 1, (page * PAGE) / 4, ((page + 1) * PAGE) / 4);
  const bytes = store.bytes(4, 5);
  assert.equal(bytes.length, 5 * PAGE);
  for (let at = 0; at < 5; at++) assert.equal(bytes.readInt32LE(at * PAGE + PAGE - 4), 4 + at + 1);
  store.drop(5);
  assert.equal(store.taken, 5);
  assert.equal(store.take(), 5);
});

test('to make pages ready leaves those alone that are in use, and hands none out', () => {
  const store = new PageStore();
  store.reserve(20);
  store.take(2);
  store.words[PAGE / 4] = 7;
  store.warm(30);
  assert.equal(store.taken, 2);
  assert.equal(store.words[PAGE / 4], 7);
  assert.equal(store.take(6), 2);
});

test('to reserve less than there is changes nothing, more takes all back', () => {
  const store = new PageStore();
  store.reserve(4);
  store.take(2);
  const { words } = store;
  store.reserve(3);
  assert.equal(store.words, words);
  store.reserve(5);
  assert.equal(store.taken, 0);
  assert.equal(store.room, 5);
  assert.notEqual(store.words, words);
});

test('what is let go of is there no longer', () => {
  const store = new PageStore();
  store.reserve(2);
  store.take(2);
  store.release();
  assert.equal(store.words.length, 0);
  assert.equal(store.taken, 0);
  assert.equal(store.take(), -1);
  store.reserve(1);
  assert.equal(store.words[store.take()], 0);
});

test('runs of pages are packed behind others, and the rest goes back', () => {
  const store = new PageStore();
  store.reserve(20);
  store.take(12);
  for (let page = 0; page < 12; page++)
    store.words.fill(page + 1, (page * PAGE) / 4, ((page + 1) * PAGE) / 4);
  const runs = [
    { page: 4, count: 2 },
    { page: 9, count: 1 },
  ];
  assert.deepEqual(store.repack(runs, 3, 5), [3, 5]);
  assert.equal(store.room, 11);
  assert.equal(store.taken, 6);
  const firstOf = (page: number): number | undefined => store.words[(page * PAGE) / 4];
  assert.deepEqual([0, 1, 2, 3, 4, 5, 6].map(firstOf), [0, 0, 0, 5, 6, 10, 0]);
});
