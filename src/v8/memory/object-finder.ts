import type { ObjectPage } from './object-starts.js';
import type { HeapPages } from './pages.js';
import type { TaggedHeap } from './tagged-heap.js';

/** Finds the object that a word belongs to; 0 if unknown. Words that follow each other are mostly of one page. */
export function objectFinder(objects: TaggedHeap, pages: HeapPages): (slot: number) => number {
  let page: ObjectPage | null = null;
  return (slot) => {
    const address = objects.address(slot);
    if (page === null || address < page.areaStart || address >= page.areaEnd) {
      const found = pages.at(address);
      page = found && { areaStart: found.areaStart, areaEnd: found.areaEnd, ranges: pages.used(found) };
    }
    return page === null ? 0 : objects.objectAt(address, page);
  };
}
