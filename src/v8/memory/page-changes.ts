import type { Range } from './range.js';
import type { HeapPage, HeapPages } from './pages.js';
import { isSame } from './used-ranges.js';

/** Of the pages of an isolate, what may hold live objects. */
export function rangesOf(pages: HeapPages, heap: number, wanted: (page: HeapPage) => boolean): Range[] {
  return pages.pages.flatMap((page) =>
    page.heap === heap && !page.from && !page.readOnly && wanted(page) ? pages.used(page) : [],
  );
}

/** Pages of the old generation that were allocated into, or are new. */
export function changedPages(before: HeapPages, after: HeapPages, heap: number): HeapPage[] {
  return after.pages.filter((page) => {
    if (page.heap !== heap || page.young || page.readOnly) return false;
    const earlier = before.at(page.areaStart);
    if (earlier === null || earlier.young || earlier.allocatedBytes !== page.allocatedBytes) return true;
    // V8 counts a whole allocation area when it takes it; how far it is filled shows in what is used.
    return !isSame(before.used(earlier), after.used(page));
  });
}

/** Bytes that a thread allocates to be parked and to answer when it goes on: 5.0 KB and 0.5 KB (20.20 to 26.10). */
export const ALLOCATED = { parked: 8 * 1024, answered: 1024 } as const;
/** Other threads sweep the old generation, and what is counted of its pages changes by a few KB when one is done. */
const MAX_SWEPT = 1 << 20;

/**
 * Whether the thread has done more in between than what takes so little memory: what it held may then have gone from where
 * nobody had looked yet to where somebody had, or V8 may have moved it.
 */
export function hasRun(before: HeapPages, after: HeapPages, heap: number, allowedBytes: number): boolean {
  let [allocated, grown] = [0, 0];
  for (const page of before.pages) {
    if (page.heap !== heap || page.readOnly || page.from) continue;
    const now = after.at(page.areaStart);
    if (now === null || now.heap !== heap || now.young !== page.young || now.from) return true;
    if (page.young) {
      // Up to where objects follow each other from the beginning.
      const more = (after.used(now)[0]?.end ?? 0) - (before.used(page)[0]?.end ?? 0);
      if (more < 0) return true;
      allocated += more;
    } else grown += Math.max(0, now.allocatedBytes - page.allocatedBytes);
  }
  return allocated > allowedBytes || grown > MAX_SWEPT;
}

/** Sweeping that was under way already frees a little here and there. */
const MAX_FREED = 128 * 1024;

/**
 * Whether pages of the old generation were swept in between. What is allocated into one then may make it look as it did before:
 * full pages all have the same count.
 */
export function wereSwept(before: HeapPages, after: HeapPages, heap: number): boolean {
  let freed = 0;
  for (const page of before.pages) {
    if (page.heap !== heap || page.young || page.readOnly) continue;
    const now = after.at(page.areaStart);
    if (now !== null && isSamePage(page, now)) freed += Math.max(0, page.allocatedBytes - now.allocatedBytes);
  }
  return freed > MAX_FREED;
}

/**
 * Whether V8 may have moved what was read of the old generation, which counts as not moving otherwise: it has given back a
 * page of that since. Others may go, like those that a collection found empty.
 *
 * @param isUsed whether anything was read of these addresses
 */
export function hasMoved(
  before: HeapPages,
  after: HeapPages,
  heap: number,
  isUsed: (range: Range) => boolean,
): boolean {
  return before.pages.some((page) => {
    if (page.heap !== heap || page.young || page.readOnly) return false;
    const isGone = !isSamePage(page, after.at(page.areaStart));
    return isGone && isUsed({ start: page.start, end: page.start + page.size });
  });
}

/** Whether a page is in use by the same space later on. */
export function isSamePage(before: HeapPage, after: HeapPage | null): boolean {
  return after !== null && after.heap === before.heap && after.space === before.space;
}
