import type { Range } from './paged-memory.js';
import type { HeapPage, HeapPages } from './pages.js';

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

/** More than this of the old generation, in bytes, is not what a thread allocates there by itself in a moment. */
const MAX_GROWN = 2 ** 20;
/** Less than this, in bytes, is given back when an allocation area is left for another one (32 to 208 seen, Node 20 and 24). */
const MAX_SHRUNK = 64 * 1024;

/** Whether V8 may have collected garbage in between: allocation alone only fills the young generation up. */
export function hasCollected(before: HeapPages, after: HeapPages, heap: number): boolean {
  // Of each page, up to where objects follow each other from its beginning.
  const filled = (pages: HeapPages): Map<number, number> =>
    new Map(
      pages.pages
        .filter((page) => page.heap === heap && page.young && !page.from)
        .map((page) => [page.start, pages.used(page)[0]?.end ?? 0]),
    );
  const later = filled(after);
  const isFilledUp = [...filled(before)].every(([start, end]) => (later.get(start) ?? 0) >= end);
  if (!isFilledUp) return true;
  // A sweep gives memory back, and what survives a scavenge twice comes to the old generation.
  let [grown, shrunk] = [0, 0];
  for (const page of before.pages) {
    if (page.heap !== heap || page.young) continue;
    const now = after.at(page.areaStart);
    if (now === null) return true;
    const more = now.allocatedBytes - page.allocatedBytes;
    if (more > 0) grown += more;
    else shrunk -= more;
  }
  return grown > MAX_GROWN || shrunk > MAX_SHRUNK;
}

export function isSame(one: readonly Range[], other: readonly Range[]): boolean {
  return (
    one.length === other.length &&
    one.every(({ start, end }, at) => start === other[at]!.start && end === other[at]!.end)
  );
}
