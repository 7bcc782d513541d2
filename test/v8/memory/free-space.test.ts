import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findFreeSpace } from '#src/v8/memory/free-space.js';
import { PagedMemory } from '#src/v8/memory/paged-memory.js';
import { FakeMemory } from './fake-memory.js';

const READ_ONLY = 0x1000_0000_0000;
const PAGES = 0x2000_0000_0000;
const SIZE = 64 * 1024;
/** Tagged, of the maps below. */
const META = READ_ONLY + 1;
const FREE = READ_ONLY + 3 * 64 + 1;
const OBJECT = READ_ONLY + 4 * 64 + 1;

/** The maps of maps, of both fillers, of free blocks and of an object. */
function readOnlyPage(): Buffer {
  const bytes = Buffer.alloc(4096);
  const maps = [
    { type: 200, words: 10 },
    { type: 20, words: 1 },
    { type: 20, words: 2 },
    { type: 21, words: 0 },
    { type: 300, words: 3 },
  ];
  for (const [index, { type, words }] of maps.entries()) {
    put(bytes, index * 64, META);
    bytes.writeUInt8(words, index * 64 + 8);
    bytes.writeUInt16LE(type, index * 64 + 12);
  }
  return bytes;
}

function put(bytes: Buffer, at: number, word: number): void {
  bytes.writeBigUInt64LE(BigInt(word), at);
}

interface Page {
  /** Free blocks, by where they begin: bytes. What lies between them is objects. */
  blocks: Record<number, number>;
  /** What was free earlier, and now lies within a block. */
  earlier?: Record<number, number>;
  /** V8 has moved all away: at the beginning of each object is where it is now. */
  emptied?: boolean;
}

function pageOf({ blocks, earlier = {}, emptied = false }: Page, unit: number): Buffer {
  const bytes = Buffer.alloc(SIZE);
  const putBlock = (at: number, size: number): void => {
    put(bytes, at, FREE);
    put(bytes, at + 8, (size / unit) * 2 ** 32);
  };
  for (let at = 0, index = 0; at < SIZE; index++) {
    const size = blocks[at];
    if (size !== undefined) putBlock(at, size);
    else put(bytes, at, emptied ? PAGES + at : OBJECT);
    // Objects of several sizes, as wrong sizes of blocks would end well otherwise.
    at += size ?? 24 + 16 * (index % 3);
    const next = Object.keys(blocks).find((block) => Number(block) < at && Number(block) > at - 56);
    if (next !== undefined && size === undefined) at = Number(next);
  }
  for (const [at, size] of Object.entries(earlier)) putBlock(Number(at), size);
  return bytes;
}

function unitIn(pages: readonly Page[], unit: number, usual: number): number | undefined {
  const memory = new PagedMemory(
    new FakeMemory(
      { start: READ_ONLY, bytes: readOnlyPage() },
      ...pages.map((page, index) => ({ start: PAGES + index * SIZE, bytes: pageOf(page, unit) })),
    ),
  );
  const readOnly = [{ start: READ_ONLY, end: READ_ONLY + 5 * 64 }];
  const ranges = pages.map((_, index) => [{ start: PAGES + index * SIZE, end: PAGES + (index + 1) * SIZE }]);
  const found = findFreeSpace(memory, readOnly, ranges, usual);
  if (found !== null) assert.equal(found.map, FREE);
  return found?.unit;
}

const BLOCKS = { 0: 248, 2400: 1000, 24_000: 1208, 48_000: SIZE - 48_000 };

for (const unit of [1, 8]) {
  for (const usual of [1, 8]) {
    test(`sizes in units of ${unit}, where ${usual} is usual`, () => {
      assert.equal(unitIn([{ blocks: BLOCKS }], unit, usual), unit);
    });
  }

  test(`what was free earlier lies within the blocks, in units of ${unit}`, () => {
    const earlier = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [24_016 + index * 32, 40]));
    assert.equal(unitIn([{ blocks: BLOCKS, earlier }], unit, unit), unit);
  });

  test(`pages that V8 has just emptied say nothing, in units of ${unit}`, () => {
    const emptied = { blocks: BLOCKS, emptied: true };
    assert.equal(unitIn([emptied, emptied, emptied, { blocks: BLOCKS }], unit, unit), unit);
  });
}

test('without free blocks it is what is usual', () => {
  for (const usual of [1, 8]) assert.equal(unitIn([{ blocks: {} }], 1, usual), usual);
});

test('where no page says anything, it is not known', () => {
  assert.equal(unitIn([{ blocks: {}, earlier: { 0: 32, 240: 16 } }], 1, 1), undefined);
});
