import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pageRuns } from '#src/v8/memory/page-runs.js';
import { PagedMemory } from '#src/v8/memory/paged-memory.js';
import { PAGE } from '#src/v8/memory/page-store.js';
import { type Range, sizeOf } from '#src/v8/memory/range.js';
import { FakeMemory } from './fake-memory.js';

const BASE = 0x7f00_0000_0000;
const forever = Number.POSITIVE_INFINITY;

function pattern(pages: number): Buffer {
  const bytes = Buffer.alloc(pages * PAGE);
  for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(Math.imul(at + 1, 0x9e3779b1) >>> 0, at);
  return bytes;
}

test('reads words, halves and smaller units', () => {
  const bytes = pattern(2);
  bytes.writeBigUInt64LE(0x0000_7f12_3456_7891n, 16);
  bytes.writeInt32LE(-2, 24);
  bytes.writeInt32LE(-7, 28);
  const memory = new PagedMemory(new FakeMemory({ start: BASE, bytes }));
  assert.equal(memory.word(BASE + 16), 0x7f12_3456_7891);
  assert.equal(memory.low(BASE + 24), -2);
  assert.equal(memory.high(BASE + 24), -7);
  assert.equal(memory.i32(BASE + 28), -7);
  assert.equal(memory.u32(BASE + 28), 0xffff_fff9);
  assert.equal(memory.u8(BASE + 17), 0x78);
  assert.equal(memory.u16(BASE + 18), 0x3456);
  assert.equal(memory.word(BASE + PAGE - 8), Number(bytes.readBigUInt64LE(PAGE - 8)));
});

test('what is not mapped is zero, and no address throws', () => {
  const memory = new PagedMemory(new FakeMemory({ start: BASE, bytes: pattern(1) }));
  const nowhere = [BASE + PAGE, BASE - 8, 0, 8, -8, Number.NaN, forever, -forever, 2 ** 47, 2 ** 53, 2 ** 60];
  for (const address of nowhere) {
    assert.equal(memory.word(address), 0);
    assert.equal(memory.low(address), 0);
    assert.equal(memory.high(address), 0);
    assert.equal(memory.u8(address), 0);
    assert.equal(memory.bytes(address, 8), null);
    assert.equal(memory.isMapped(address), false);
  }
  assert.equal(memory.isMapped(BASE), true);
});

test('a page that can be read in part only is not mapped', () => {
  const memory = new PagedMemory(new FakeMemory({ start: BASE, bytes: pattern(1).subarray(0, 100) }));
  assert.equal(memory.word(BASE), 0);
  assert.equal(memory.isMapped(BASE), false);
});

test('copies bytes across pages, and none where one is missing', () => {
  const bytes = pattern(3);
  const memory = new PagedMemory(
    new FakeMemory({ start: BASE, bytes }, { start: BASE + 4 * PAGE, bytes: pattern(1) }),
  );
  assert.deepEqual(memory.bytes(BASE + 5, 2 * PAGE), bytes.subarray(5, 5 + 2 * PAGE));
  assert.deepEqual(memory.bytes(BASE + 3 * PAGE - 4, 4), bytes.subarray(-4));
  assert.equal(memory.bytes(BASE + 3 * PAGE - 4, 5), null);
  assert.equal(memory.bytes(BASE + 2 * PAGE, 2 * PAGE + 1), null);
});

test('a small cache gives the same words as a large one', () => {
  const bytes = pattern(64);
  const fake = new FakeMemory({ start: BASE, bytes });
  const memory = new PagedMemory(fake, { maxBytes: 4 * PAGE });
  for (let step = 0, at = 0; step < 20_000; step++) {
    at = (Math.imul(at + step, 48_271) >>> 0) % bytes.length;
    at -= at % 8;
    assert.equal(memory.low(BASE + at), bytes.readInt32LE(at));
  }
  const { reads } = fake;
  for (let at = 0; at < PAGE; at += 8) memory.word(BASE + at);
  assert.ok(fake.reads - reads <= 1, 'a page is read once');
});

test('notes the pages that are used, cached ones too', () => {
  const memory = new PagedMemory(new FakeMemory({ start: BASE, bytes: pattern(8) }));
  memory.word(BASE);
  memory.word(BASE + 8);
  assert.deepEqual(memory.endRecording(), []);
  memory.startRecording();
  memory.word(BASE + 16);
  memory.word(BASE + 3 * PAGE + 8);
  memory.word(BASE + 3 * PAGE + 16);
  memory.word(BASE + 24);
  memory.word(BASE + 20 * PAGE);
  const ascending = (addresses: readonly number[]): number[] => [...addresses].sort((a, b) => a - b);
  assert.deepEqual(ascending(memory.endRecording()), [BASE, BASE + 3 * PAGE]);
  memory.word(BASE + 6 * PAGE);
  memory.startRecording();
  memory.u8(BASE + 5 * PAGE);
  assert.deepEqual(memory.endRecording(), [BASE + 5 * PAGE]);
});

test('frozen pages keep what they were, the rest is live', () => {
  const bytes = pattern(8);
  const before = Buffer.from(bytes);
  const memory = new PagedMemory(new FakeMemory({ start: BASE, bytes }));
  memory.word(BASE + 7 * PAGE);
  const missed = freeze(
    memory,
    [BASE + 4 * PAGE, BASE, BASE + PAGE + 8],
    [{ start: BASE + 4 * PAGE + 100, end: BASE + 5 * PAGE + 1 }],
    forever,
  );
  assert.deepEqual(missed, []);
  bytes.fill(0x11);
  for (const page of [0, 1, 4, 5]) {
    assert.equal(memory.isCopied(memory.nodeAt(BASE + page * PAGE + 8)), true);
    assert.equal(memory.low(BASE + page * PAGE + 8), before.readInt32LE(page * PAGE + 8));
  }
  for (const page of [2, 3, 6, 7]) {
    assert.equal(memory.isCopied(memory.nodeAt(BASE + page * PAGE)), false);
    assert.equal(memory.low(BASE + page * PAGE), 0x1111_1111);
  }
  const raw = Buffer.alloc(8 * PAGE);
  assert.equal(memory.readRaw(BASE, raw), raw.length);
  const expected = Buffer.from(bytes);
  for (const page of [0, 1, 4, 5]) before.copy(expected, page * PAGE, page * PAGE, (page + 1) * PAGE);
  assert.deepEqual(raw, expected);
  assert.deepEqual(memory.bytes(BASE + 100, 6 * PAGE), expected.subarray(100, 100 + 6 * PAGE));
  memory.thaw();
  assert.equal(memory.low(BASE), 0x1111_1111);
  assert.equal(memory.isCopied(memory.nodeAt(BASE)), false);
});

test('of the copies some are kept, the rest is live again and counts as used', () => {
  const bytes = pattern(200);
  const before = Buffer.from(bytes);
  const memory = new PagedMemory(new FakeMemory({ start: BASE, bytes }), { maxBytes: 8 * PAGE });
  const page = (first: number, end: number): Range => ({
    start: BASE + first * PAGE,
    end: BASE + end * PAGE,
  });
  memory.prepare(40 * PAGE);
  assert.deepEqual(freeze(memory, [], [page(0, 10), page(70, 90)], forever), []);
  memory.word(BASE + 100 * PAGE);
  bytes.fill(0x11);
  memory.keepCopies([page(2, 4), page(9, 75), page(80, 81), page(150, 160)]);
  const kept = new Set([2, 3, 9, 70, 71, 72, 73, 74, 80]);
  for (let round = 0; round < 2; round++) {
    for (let at = 0; at < 110; at++) {
      const expected = kept.has(at) ? before.readInt32LE(at * PAGE + 8) : 0x1111_1111;
      assert.equal(memory.low(BASE + at * PAGE + 8), expected, String(at));
      assert.equal(memory.isCopied(memory.nodeAt(BASE + at * PAGE)), kept.has(at));
    }
  }
  assert.ok(memory.isUsed(page(0, 64)) && memory.isUsed(page(64, 128)));
  assert.equal(memory.isUsed(page(128, 192)), false);
  const raw = Buffer.alloc(12 * PAGE);
  assert.equal(memory.readRaw(BASE, raw), raw.length);
  for (let at = 0; at < 12; at++)
    assert.equal(raw.readInt32LE(at * PAGE), kept.has(at) ? before.readInt32LE(at * PAGE) : 0x1111_1111);
  memory.thaw();
  assert.equal(memory.low(BASE + 2 * PAGE), 0x1111_1111);
});

test('freezing tells of the pages that were not copied', () => {
  const memory = new PagedMemory(
    new FakeMemory({ start: BASE, bytes: pattern(2) }, { start: BASE + 3 * PAGE, bytes: pattern(2) }),
  );
  const all = { start: BASE, end: BASE + 6 * PAGE };
  assert.deepEqual(freeze(memory, [], [all], forever), [BASE + 2 * PAGE, BASE + 5 * PAGE]);
  assert.equal(memory.isCopied(memory.nodeAt(BASE + 2 * PAGE)), false);
  assert.equal(memory.isCopied(memory.nodeAt(BASE + 4 * PAGE)), true);
  const late = freeze(
    memory,
    [BASE],
    [{ start: BASE + 3 * PAGE, end: BASE + 4 * PAGE }],
    performance.now() - 1,
  );
  assert.deepEqual(late, [BASE, BASE + 3 * PAGE]);
  assert.equal(memory.isCopied(memory.nodeAt(BASE)), false);
});

test('several lots are copied together, overlapping ones too', () => {
  const bytes = pattern(8);
  const memory = new PagedMemory(new FakeMemory({ start: BASE, bytes }));
  const first = pageRuns([BASE + 6 * PAGE + 8], [{ start: BASE, end: BASE + 3 * PAGE }]);
  assert.equal(sizeOf(first), 4 * PAGE);
  assert.deepEqual(memory.copy(first, forever), []);
  // What is read in between is not of the copies.
  memory.word(BASE + 7 * PAGE);
  assert.deepEqual(memory.copy(pageRuns([], [{ start: BASE + PAGE, end: BASE + 5 * PAGE }]), forever), []);
  memory.freeze();
  const before = Buffer.from(bytes);
  bytes.fill(0);
  for (const page of [0, 1, 2, 3, 4, 6])
    assert.equal(memory.low(BASE + page * PAGE), before.readInt32LE(page * PAGE));
  assert.equal(memory.isCopied(memory.nodeAt(BASE + 5 * PAGE)), false);
});

/** Returns the pages that were not copied. */
function freeze(memory: PagedMemory, pages: number[], ranges: Range[], deadline: number): number[] {
  memory.thaw();
  const missed = memory.copy(pageRuns(pages, ranges), deadline);
  memory.freeze();
  return missed;
}

test('words have numbers by which they are found again, one behind the other within a block', () => {
  const bytes = pattern(64 * 3);
  const memory = new PagedMemory(new FakeMemory({ start: BASE, bytes }));
  for (let at = 0; at < bytes.length; at += 4104) {
    const address = BASE + at - (at % 8);
    const node = memory.nodeAt(address);
    assert.equal(memory.blocks.address(node), address);
    const index = memory.at(node);
    assert.equal(memory.words[index], bytes.readInt32LE(address - BASE));
    if (address % (64 * PAGE) !== 0) assert.equal(memory.nodeAt(address - 8), node - 1);
  }
  for (const nowhere of [0, 8, 64 * PAGE - 8, -8, Number.NaN, 2 ** 47, 2 ** 53])
    assert.equal(memory.nodeAt(nowhere), 0);
  const index = memory.at(0);
  assert.equal(memory.words[index], 0);
});

test('whole pages of what is scanned are read from there, until something else is', () => {
  const bytes = pattern(80);
  const fake = new FakeMemory({ start: BASE, bytes });
  const memory = new PagedMemory(fake);
  const first = memory.i32(BASE + 8);
  const start = BASE + PAGE / 2;
  assert.equal(memory.scan(start, 3 * PAGE), 3 * PAGE);
  assert.equal(memory.words[memory.scanned(start + 16)], bytes.readInt32LE(PAGE / 2 + 16));
  const { reads } = fake;
  bytes.fill(7);
  assert.equal(memory.i32(BASE + 8), first);
  assert.equal(memory.i32(BASE + PAGE), pattern(80).readInt32LE(PAGE));
  assert.equal(memory.i32(BASE + 3 * PAGE - 4), pattern(80).readInt32LE(3 * PAGE - 4));
  assert.equal(fake.reads, reads);
  assert.equal(memory.i32(BASE + 3 * PAGE), bytes.readInt32LE(3 * PAGE));
  assert.equal(memory.scan(BASE + 70 * PAGE, 64 * PAGE), 10 * PAGE);
  assert.equal(memory.i32(BASE + PAGE), 0x0707_0707);
  assert.equal(memory.scan(BASE + 90 * PAGE, PAGE), 0);
  memory.endScan();
  assert.equal(memory.i32(BASE + 8), first);
});

test('pages that are scanned are noted as well, and what is read without recording is not', () => {
  const memory = new PagedMemory(new FakeMemory({ start: BASE, bytes: pattern(16) }));
  memory.word(BASE + PAGE);
  memory.startRecording();
  const pages = (): number[] =>
    [...new Set(memory.endRecording())].map((address) => (address - BASE) / PAGE).sort((a, b) => a - b);
  for (const first of [2, 4]) {
    const start = BASE + first * PAGE;
    memory.scan(start, 2 * PAGE);
    memory.i32(start + 8);
    memory.i32(start + PAGE + 8);
    memory.i32(BASE + 8 * PAGE);
    memory.i32(start + 16);
    memory.endScan();
  }
  memory.withoutRecording(() => {
    memory.i32(BASE + 12 * PAGE);
    memory.i32(BASE + 13 * PAGE);
  });
  memory.i32(BASE + 13 * PAGE);
  assert.deepEqual(pages(), [2, 3, 4, 5, 8, 13]);
});

test('more is copied than is ever cached, and less is cached than was read', () => {
  const bytes = pattern(64);
  const memory = new PagedMemory(new FakeMemory({ start: BASE, bytes }), { maxBytes: 8 * PAGE });
  for (let page = 0; page < 64; page++)
    assert.equal(memory.i32(BASE + page * PAGE), bytes.readInt32LE(page * PAGE));
  memory.prepare(40 * PAGE);
  assert.deepEqual(freeze(memory, [], [{ start: BASE, end: BASE + 40 * PAGE }], forever), []);
  const before = Buffer.from(bytes);
  bytes.fill(0x11);
  for (let round = 0; round < 2; round++) {
    for (let page = 0; page < 64; page++) {
      const expected = page < 40 ? before.readInt32LE(page * PAGE + 4) : 0x1111_1111;
      assert.equal(memory.i32(BASE + page * PAGE + 4), expected);
    }
  }
});

test('where memory was copied or read is known, by 256 KB: not by scans', () => {
  const bytes = pattern(260);
  const memory = new PagedMemory(new FakeMemory({ start: BASE, bytes }));
  const area = (index: number): Range => ({
    start: BASE + index * 64 * PAGE,
    end: BASE + (index + 1) * 64 * PAGE,
  });
  const used = (): boolean[] => [0, 1, 2, 3].map((index) => memory.isUsed(area(index)));
  memory.readRaw(BASE, Buffer.alloc(PAGE));
  memory.word(BASE + 70 * PAGE);
  assert.deepEqual(used(), [false, true, false, false]);
  assert.ok(memory.isUsed({ start: BASE, end: BASE + 128 * PAGE }));
  freeze(memory, [BASE + 130 * PAGE], [], forever);
  assert.deepEqual(used(), [false, false, true, false]);
  memory.word(BASE + 200 * PAGE);
  assert.deepEqual(used(), [false, false, true, true]);
});

test('what is closed has no memory any more', () => {
  const bytes = pattern(2);
  const memory = new PagedMemory(new FakeMemory({ start: BASE, bytes }));
  freeze(memory, [BASE], [], forever);
  memory.word(BASE);
  const [copy] = memory.copied();
  assert.equal(copy?.bytes.length, PAGE);
  memory.close();
  assert.deepEqual([...memory.copied()], []);
  assert.equal(memory.words.length, 0);
});
