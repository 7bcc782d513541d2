import { Mismatch } from './mismatch.js';
import type { HeapPage, HeapPages } from './pages.js';
import type { MemoryReader } from './reader.js';

/** Of elements: V8 gives so long an array a page of its own, and never moves it. */
const LENGTH = 20_000;
/** How far behind the beginning of the page the elements begin, bytes: behind a map and a length. */
const ELEMENTS = 16;
/** V8 may collect garbage, and list its pages otherwise, while they are read. */
const TRIES = 10;

/** The isolate of this thread (the address of its Heap), and its pages. */
export function findOwnHeap(reader: MemoryReader): { ownHeap: number; pages: HeapPages } {
  const marks = Array.from({ length: 4 }, () => Math.floor(Math.random() * 2 ** 30));
  const marked = Array.from({ length: LENGTH }, (_, index) => marks[index] ?? 0);
  for (let tries = 1; tries <= TRIES; tries++) {
    const pages = readAllPages(reader);
    const isMarked = ({ large, areaStart }: HeapPage): boolean =>
      large &&
      marks.every((_, at) => reader.memory.word(areaStart + ELEMENTS + 8 * at) === marked[at]! * 2 ** 32);
    const own = pages.pages.find(isMarked);
    if (own !== undefined) return { ownHeap: own.heap, pages: pages.only(own.heap) };
  }
  throw new Mismatch('the heap of this thread was not found');
}

/** As they are now. */
export function readAllPages(reader: MemoryReader): HeapPages {
  reader.memory.thaw();
  const pages = reader.readPages();
  if ('reason' in pages) throw new Mismatch(pages.reason);
  return pages;
}
