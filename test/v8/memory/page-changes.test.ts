import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changedPages, hasMoved, hasRun, isSamePage, wereSwept } from '#src/v8/memory/page-changes.js';
import type { HeapPage, HeapPages } from '#src/v8/memory/pages.js';
import type { Range } from '#src/v8/memory/range.js';

const CHUNK = 256 * 1024;
const HEAP = 0x1000;

/** The page at a place, counted in chunks. */
function page(place: number, changes: Partial<HeapPage> = {}): HeapPage {
  const start = 0x10_0000_0000 + place * CHUNK;
  return {
    start,
    size: CHUNK,
    areaStart: start + 4096,
    areaEnd: start + CHUNK,
    heap: HEAP,
    space: 0x2000,
    young: false,
    from: false,
    large: false,
    readOnly: false,
    allocatedBytes: 200_000,
    ...changes,
  };
}

/** Of pages as they were at one moment; what is used of each goes as far as it says, from the beginning of its area on. */
function pagesOf(...all: (HeapPage | [HeapPage, number])[]): HeapPages {
  const used = new Map<HeapPage, Range[]>();
  for (const one of all) {
    const [each, bytes] = Array.isArray(one) ? one : [one, 100_000];
    used.set(each, [{ start: each.areaStart, end: each.areaStart + bytes }]);
  }
  const pages = [...used.keys()];
  const found: Pick<HeapPages, 'pages' | 'at' | 'used'> = {
    pages,
    at: (address) => pages.find(({ start, size }) => address >= start && address < start + size) ?? null,
    used: (each) => used.get(each) ?? [],
  };
  return found as HeapPages;
}

test('pages of the old generation have changed that are new, counted otherwise or filled further', () => {
  const before = pagesOf(page(0), page(1), page(2), page(3, { young: true }), page(4, { heap: 7 }));
  const grown = page(1, { allocatedBytes: 200_008 });
  const filled = page(2);
  const added = page(5);
  const promoted = page(3);
  const after = pagesOf(
    page(0),
    grown,
    [filled, 100_008],
    promoted,
    added,
    page(4, { heap: 7, allocatedBytes: 1 }),
  );
  assert.deepEqual(changedPages(before, after, HEAP), [grown, filled, promoted, added]);
});

test('a page is the same as long as the same space has it', () => {
  assert.equal(isSamePage(page(0), page(0, { allocatedBytes: 8 })), true);
  assert.equal(isSamePage(page(0), page(0, { space: 0x3000 })), false);
  assert.equal(isSamePage(page(0), page(0, { heap: 0x4000 })), false);
  assert.equal(isSamePage(page(0), null), false);
});

test('the old generation was swept if much of it has become free, in all pages together', () => {
  const before = pagesOf(page(0), page(1), page(2, { young: true }), page(3, { heap: 7 }));
  const freed = (...bytes: number[]): HeapPages =>
    pagesOf(
      ...bytes.map((each, place) => page(place, { allocatedBytes: 200_000 - each })),
      page(2, { young: true, allocatedBytes: 0 }),
      page(3, { heap: 7, allocatedBytes: 0 }),
    );
  assert.equal(wereSwept(before, freed(0, 0), HEAP), false);
  assert.equal(wereSwept(before, freed(64 * 1024, 64 * 1024), HEAP), false);
  assert.equal(wereSwept(before, freed(64 * 1024, 64 * 1024 + 8), HEAP), true);
  // What one page has gained makes up for nothing.
  assert.equal(wereSwept(before, freed(128 * 1024 + 8, -128 * 1024), HEAP), true);
  // A page that is gone was not swept but given back.
  assert.equal(wereSwept(before, pagesOf(page(1)), HEAP), false);
});

test('what was read has moved if a page of it has been given back, or has another use', () => {
  const before = pagesOf(page(0), page(1), page(2, { young: true }));
  const used =
    (...places: number[]) =>
    ({ start }: Range): boolean =>
      places.some((place) => start === page(place).start);
  assert.equal(
    hasMoved(before, pagesOf(page(0), page(1)), HEAP, () => true),
    false,
  );
  assert.equal(hasMoved(before, pagesOf(page(0)), HEAP, used(1)), true);
  assert.equal(hasMoved(before, pagesOf(page(0)), HEAP, used(0)), false);
  assert.equal(hasMoved(before, pagesOf(page(0), page(1, { space: 0x3000 })), HEAP, used(1)), true);
});

test('a thread has run if it has allocated more than allowed, or collected', () => {
  const young = page(1, { young: true });
  const before = pagesOf(page(0), [young, 1000]);
  const runs = (after: HeapPages, allowed = 8000): boolean => hasRun(before, after, HEAP, allowed);
  const now = (bytes: number): [HeapPage, number] => [page(1, { young: true }), bytes];
  assert.equal(runs(pagesOf(page(0), now(9000))), false);
  assert.equal(runs(pagesOf(page(0), now(9008))), true);
  assert.equal(runs(pagesOf(page(0), now(992))), true);
  assert.equal(runs(pagesOf(page(0))), true);
  assert.equal(runs(pagesOf(page(0), [page(1, { young: true, from: true }), 1000])), true);
  assert.equal(runs(pagesOf(page(0), [page(1), 1000])), true);
  assert.equal(runs(pagesOf(page(0, { allocatedBytes: 200_000 + 2 ** 20 }), now(1000))), false);
  assert.equal(runs(pagesOf(page(0, { allocatedBytes: 200_008 + 2 ** 20 }), now(1000))), true);
});
