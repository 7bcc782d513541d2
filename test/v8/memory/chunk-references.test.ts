import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlockSet, ChunkReferences } from '#src/v8/memory/chunk-references.js';
import type { Range } from '#src/v8/memory/range.js';

const CHUNK = 2 ** 18;
const BLOCK = 2 ** 14;
const BASE = 2 ** 40;

function chunk(index: number): Range {
  return { start: BASE + index * CHUNK, end: BASE + (index + 1) * CHUNK };
}

/** Notes memory that begins with a chunk and holds these pointers, byte offset → address. */
function noted(start: number, bytes: number, pointers: ReadonlyMap<number, number>): ChunkReferences {
  const words = new Int32Array(bytes / 4);
  for (const [offset, address] of pointers) {
    words[offset / 4] = address | 0;
    words[offset / 4 + 1] = Math.floor(address / 2 ** 32);
  }
  const references = new ChunkReferences();
  references.note(words, 0, words.length, start);
  return references;
}

test('chunks that point to nothing of what is looked for are left out', () => {
  for (const bytes of [3 * CHUNK, 3 * CHUNK - 8, CHUNK + 4096]) {
    const pointers = new Map([
      [64, chunk(7).start + 1],
      [CHUNK + 4088, chunk(9).start + 4097],
    ]);
    const references = noted(BASE, bytes, pointers);
    const all = { start: BASE, end: BASE + bytes };
    const parts = (...targets: number[]): Range[] => references.partsWith(new BlockSet(targets), [all]);
    assert.deepEqual(parts(chunk(7).start + 999), [chunk(0)]);
    assert.deepEqual(parts(chunk(7).start + BLOCK, chunk(7).end - 7), []);
    assert.deepEqual(parts(chunk(9).start + 999), [
      { start: chunk(1).start, end: Math.min(all.end, chunk(1).end) },
    ]);
    assert.deepEqual(parts(chunk(7).start, chunk(9).start), [
      { start: BASE, end: Math.min(all.end, chunk(1).end) },
    ]);
    assert.deepEqual(parts(chunk(8).start), []);
  }
});

test('what was not noted may point to anything', () => {
  const references = noted(chunk(1).start, CHUNK, new Map());
  const all = { start: BASE + 4096, end: chunk(2).end };
  assert.deepEqual(references.partsWith(new BlockSet([chunk(5).start]), [all]), [
    { start: BASE + 4096, end: chunk(0).end },
    chunk(2),
  ]);
});

test('what is noted of a chunk bit by bit adds up, and more chunks than there was room for', () => {
  const references = new ChunkReferences();
  for (let index = 0; index < 300; index++) {
    for (const [offset, target] of [
      [0, 1000 + index],
      [8192, 2000 + index],
    ] as const) {
      const words = new Int32Array(16);
      words[4] = chunk(target).start | 0;
      references.note(words, 0, words.length, chunk(index).start + offset);
    }
  }
  const all = { start: BASE, end: chunk(299).end };
  for (const target of [1000, 1299, 2000, 2299]) {
    const found = references.partsWith(new BlockSet([chunk(target).start]), [all]);
    assert.deepEqual(found, [chunk(target % 1000)]);
  }
});

test('whole ranges may be looked for', () => {
  const references = noted(BASE, 2 * CHUNK, new Map([[CHUNK + 64, chunk(7).start + 5 * BLOCK + 1]]));
  const all = { start: BASE, end: BASE + 2 * CHUNK };
  const parts = (range: Range): Range[] => references.partsWith(new BlockSet([], [range]), [all]);
  assert.deepEqual(parts(chunk(7)), [chunk(1)]);
  assert.deepEqual(parts({ start: chunk(7).start + 6 * BLOCK, end: chunk(7).end }), []);
});

test('what seems to point everywhere is never left out, and takes no room', () => {
  const references = new ChunkReferences();
  const everywhere = Int32Array.from({ length: CHUNK / 4 }, (_, at) => (at % 2 === 0 ? at * BLOCK : 0));
  const nowhere = new Int32Array(CHUNK / 4).fill(BLOCK);
  for (let index = 0; index < 300; index++)
    references.note(index === 150 ? nowhere : everywhere, 0, CHUNK / 4, chunk(index).start);
  const all = { start: BASE, end: chunk(299).end };
  assert.deepEqual(references.partsWith(new BlockSet([chunk(9).start]), [all]), [
    { start: BASE, end: chunk(149).end },
    { start: chunk(151).start, end: all.end },
  ]);
});
