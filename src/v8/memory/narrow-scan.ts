import { type ChunkReferences, BlockSet } from './chunk-references.js';
import type { Range } from './range.js';
import { isSamePage } from './page-changes.js';
import type { HeapPage, HeapPages } from './pages.js';

/** Leaves out of ranges what holds none of these. */
export type Narrow = (ranges: readonly Range[], needles: readonly number[]) => readonly Range[];

/**
 * By where the chunks pointed to when they were noted. What points into pages that have been allocated into since pointed
 * there already, or to where the objects were before a collection moved them: into the young generation, or a page that V8
 * has given back since or uses otherwise.
 *
 * Other words that have been written since are taken for too rare to go over all of the heap for them.
 */
export function narrowBy(
  references: ChunkReferences,
  before: HeapPages,
  after: HeapPages,
  isFresh: (page: HeapPage | null) => boolean,
): Narrow {
  const left = before.pages
    .filter(
      (page) =>
        page.young || !isSamePage(page, after.at(page.areaStart)) || isFresh(after.at(page.areaStart)),
    )
    .map(({ start, size }) => ({ start, end: start + size }));
  return (ranges, needles) => {
    const mayHaveMoved = needles.some((needle) => isFresh(after.at(needle)));
    const targets = new BlockSet(needles, mayHaveMoved ? left : []);
    return references.partsWith(targets, ranges);
  };
}
