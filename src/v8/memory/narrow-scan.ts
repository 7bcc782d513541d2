import { type ChunkReferences, ChunkSet } from './chunk-references.js';
import type { Range } from './paged-memory.js';
import type { HeapPage, HeapPages } from './pages.js';

/** Leaves out of ranges what holds none of these. */
export type Narrow = (ranges: readonly Range[], needles: readonly number[]) => readonly Range[];

/**
 * Whatever has not been allocated into since it was noted may have been written to: for what is older than that, this is
 * taken for too rare to go over all of the heap for it.
 */
export function narrowBy(
  references: ChunkReferences,
  pages: HeapPages,
  isFresh: (page: HeapPage | null) => boolean,
): Narrow {
  return (ranges, needles) => {
    if (needles.some((needle) => isFresh(pages.at(needle)))) return ranges;
    const targets = new ChunkSet(needles);
    return ranges.flatMap((range) => [...references.partsWith(targets, range)]);
  };
}
