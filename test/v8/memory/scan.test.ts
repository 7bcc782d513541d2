import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pageRuns } from '#src/v8/memory/page-runs.js';
import type { FreeSpace } from '#src/v8/memory/free-space.js';
import { PagedMemory } from '#src/v8/memory/paged-memory.js';
import type { Range } from '#src/v8/memory/range.js';
import { Needles, scanWords, type ScanResult } from '#src/v8/memory/scan.js';
import { FakeMemory } from './fake-memory.js';

const BASE = 0x1234_0000_0000;
const SIZE = 3 * 256 * 1024;
const MAP = 0x4567_89ab_c011;

interface Found extends ScanResult {
  addresses: number[];
}

interface Options {
  ranges?: Range[];
  free?: FreeSpace | null;
  deadline?: number;
  resident?: Range[];
}

function scan(memory: PagedMemory, needles: Iterable<number>, options: Options = {}): Found {
  const addresses: number[] = [];
  const { resident } = options;
  const result = scanWords(
    memory,
    {
      ranges: options.ranges ?? [{ start: BASE, end: BASE + SIZE }],
      needles: new Needles(needles),
      skipFreeSpace: options.free ?? null,
      resident: resident === undefined ? null : { within: (range) => common(range, resident), close() {} },
      deadline: options.deadline ?? Number.POSITIVE_INFINITY,
    },
    (address) => addresses.push(address),
  );
  return { ...result, addresses };
}

function common(range: Range, ranges: readonly Range[]): Range[] {
  return ranges
    .map(({ start, end }) => ({ start: Math.max(start, range.start), end: Math.min(end, range.end) }))
    .filter(({ start, end }) => start < end);
}

function put(bytes: Buffer, at: number, word: number): void {
  bytes.writeBigUInt64LE(BigInt(word), at);
}

function of(bytes: Buffer): PagedMemory {
  return new PagedMemory(new FakeMemory({ start: BASE, bytes }));
}

test('finds one word and many, wherever they are', () => {
  const bytes = Buffer.alloc(SIZE);
  const needles: number[] = [];
  const expected: number[] = [];
  for (let at = 0, step = 0; at < SIZE; at += 8 * (1 + (step++ % 97))) {
    // Neighbours of the words that are looked for, too: the same lower half, or the same upper one.
    const word = 0x2000_0000_0001 + step * 8;
    put(bytes, at, step % 3 === 0 ? word : step % 3 === 1 ? word + 2 ** 32 : word ^ 2);
    if (step % 3 !== 0) continue;
    needles.push(word);
    expected.push(BASE + at);
  }
  const memory = of(bytes);
  assert.deepEqual(scan(memory, needles).addresses, expected);
  assert.deepEqual(scan(memory, [needles[5]!]).addresses, [expected[5]]);
  assert.deepEqual(scan(memory, [needles.at(-1)!, 17]).addresses, [expected.at(-1)]);
  assert.deepEqual(scan(memory, []).addresses, []);
  const { complete, bytes: read } = scan(memory, needles);
  assert.deepEqual({ complete, read }, { complete: true, read: SIZE });
});

test('finds a hundred thousand words', () => {
  const bytes = Buffer.alloc(SIZE);
  const needles = Array.from({ length: 100_000 }, (_, index) => 0x3000_0000_0001 + index * 40);
  for (let at = 0; at < SIZE; at += 8) put(bytes, at, 0x3000_0000_0001 + at);
  const set = new Set(needles);
  const expected = [];
  for (let at = 0; at < SIZE; at += 8) if (set.has(0x3000_0000_0001 + at)) expected.push(BASE + at);
  assert.deepEqual(scan(of(bytes), needles).addresses, expected);
});

for (const unit of [1, 8]) {
  test(`skips free blocks with sizes in units of ${unit}`, () => {
    const needle = 0x2000_0000_0001;
    const blocks = [
      { at: 0, size: 16 },
      { at: 64, size: 24 },
      // Its map is the last word of what is read at once, or the one before that.
      { at: 256 * 1024 - 8, size: 64 },
      { at: 2 * 256 * 1024 - 16, size: 32 },
      // Longer than what is read at once; up to the end.
      { at: SIZE - 200_000, size: 200_000 },
    ];
    const bytes = Buffer.alloc(SIZE);
    for (let at = 0; at < SIZE; at += 8) put(bytes, at, needle);
    for (const { at, size } of blocks) {
      put(bytes, at, MAP);
      put(bytes, at + 8, (size / unit) * 2 ** 32);
    }
    const expected: number[] = [];
    for (let at = 0; at < SIZE; at += 8)
      if (!blocks.some((block) => at >= block.at && at < block.at + block.size)) expected.push(BASE + at);
    for (const needles of [[needle], [needle, 9]])
      assert.deepEqual(scan(of(bytes), needles, { free: { map: MAP, unit } }).addresses, expected);
  });
}

test('does not take for free what has an impossible size', () => {
  const needle = 0x2000_0000_0001;
  const bytes = Buffer.alloc(SIZE);
  put(bytes, 0, MAP);
  put(bytes, 8, needle); // no Smi
  put(bytes, 16, MAP); // 0
  put(bytes, 32, MAP);
  put(bytes, 40, (SIZE + 8) * 2 ** 32); // beyond the end
  put(bytes, 56, needle);
  put(bytes, 64, MAP);
  put(bytes, 72, 20 * 2 ** 32); // no whole words
  put(bytes, 80, needle);
  put(bytes, SIZE - 8, MAP); // no room for a size
  for (const needles of [[needle], [needle, 9]]) {
    const { addresses } = scan(of(bytes), needles, { free: { map: MAP, unit: 1 } });
    assert.deepEqual(addresses, [BASE + 8, BASE + 56, BASE + 80]);
  }
});

test('goes on with the next range where memory is missing, and says so', () => {
  const bytes = Buffer.alloc(8192);
  put(bytes, 0, 17);
  const memory = new PagedMemory(
    new FakeMemory({ start: BASE, bytes }, { start: BASE + 4 * 8192, bytes: Buffer.from(bytes) }),
  );
  const ranges = [
    { start: BASE, end: BASE + 2 * 8192 },
    { start: BASE + 2 * 8192, end: BASE + 3 * 8192 },
    { start: BASE + 4 * 8192, end: BASE + 5 * 8192 },
  ];
  const { addresses, complete, bytes: read } = scan(memory, [17], { ranges });
  assert.deepEqual(addresses, [BASE, BASE + 4 * 8192]);
  assert.equal(complete, false);
  assert.equal(read, 2 * 8192);
});

test('stops at the deadline', () => {
  const { complete, late, bytes } = scan(of(Buffer.alloc(SIZE)), [17], { deadline: performance.now() - 1 });
  assert.deepEqual({ complete, late, bytes }, { complete: false, late: true, bytes: 0 });
});

test('looks at frozen pages as they were copied', () => {
  const bytes = Buffer.alloc(SIZE);
  put(bytes, 4096, 17);
  put(bytes, 300_000, 17);
  const memory = of(bytes);
  memory.copy(pageRuns([BASE + 4096], []), Number.POSITIVE_INFINITY);
  memory.freeze();
  bytes.fill(0);
  put(bytes, 8, 17);
  assert.deepEqual(scan(memory, [17]).addresses, [BASE + 8, BASE + 4096]);
});

// V8 gives pages of its young generation back when a collection has emptied them, right after a thread goes on for instance.
test('looks at frozen pages that have no contents any more, and at no others that have none', () => {
  const bytes = Buffer.alloc(SIZE);
  const page = (number: number): Range => ({ start: BASE + number * 4096, end: BASE + (number + 1) * 4096 });
  for (let at = 0; at < 12; at++) put(bytes, at * 4096 + 8, 17);
  const memory = of(bytes);
  const runs = pageRuns([page(3).start, page(9).start], [{ start: page(5).start + 8, end: page(6).end }]);
  memory.copy(runs, Number.POSITIVE_INFINITY);
  memory.freeze();
  const found = (resident: Range[], ranges?: Range[]): number[] =>
    scan(memory, [17], { resident, ...(ranges === undefined ? {} : { ranges }) }).addresses.map(
      (address) => (address - BASE - 8) / 4096,
    );
  assert.deepEqual(found([]), [3, 5, 6, 9]);
  assert.deepEqual(
    found([page(0), { start: page(4).start, end: page(5).end }, page(11)]),
    [0, 3, 4, 5, 6, 9, 11],
  );
  assert.deepEqual(found([page(7)], [{ start: page(6).start, end: page(8).end }]), [6, 7]);
  assert.deepEqual(found([page(0)], [page(1), { start: page(2).start, end: page(3).start + 16 }]), [3]);
});
