import { Mismatch } from './mismatch.js';
import type { Range } from './range.js';
import type { HeapPages } from './pages.js';
import type { TaggedHeap } from './tagged-heap.js';

/** Seen: 5 of 49 broken off at most, right after a collection. */
const MOST = 4;

/**
 * Objects follow each other without gaps: if the sizes of all kinds are read right, one leads to the next up to the end of
 * each page. Not of quite all: in what a space has set aside for its next objects, and in what a collection has left behind
 * and has not swept yet, there may be anything. But most are whole.
 */
export function compareSizes(heap: TaggedHeap, pages: HeapPages, ownHeap: number): void {
  let whole = 0;
  let broken = 0;
  for (const page of pages.pages) {
    // Machine code is full of what looks like objects, and is none.
    if (page.heap !== ownHeap || page.young || page.large) continue;
    for (const range of pages.used(page)) {
      if (heap.type(heap.memory.nodeAt(range.start)) === heap.layout.types.instructionStream) continue;
      if (isWhole(heap, range)) whole++;
      else broken++;
    }
  }
  if (broken * MOST > whole) throw new Mismatch('the sizes of objects were misread');
}

function isWhole(heap: TaggedHeap, { start, end }: Range): boolean {
  let at = start;
  while (at < end) {
    const size = heap.size(heap.memory.nodeAt(at));
    if (size === 0) return false;
    at += size;
  }
  return at === end;
}
