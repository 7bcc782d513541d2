import { topWithoutArea, type AllocationArea, type AllocationAreas } from './allocation-areas.js';
import { FROM_PAGE, isYoung, type Chunk, type ChunkKind } from './chunks.js';
import type { PagedMemory } from './paged-memory.js';
import type { Range } from './range.js';
import type { Problems, Space } from './spaces.js';

/** One heap, as it was found. */
export interface FoundHeap {
  kind: ChunkKind;
  /** Of other heaps too. */
  spaces: readonly Space[];
  heap: number;
  areas: AllocationAreas | undefined;
}

/** Adds what may hold live objects of each chunk of the heap. Where that is not known, it is all of the chunk. */
export function addUsed(
  memory: PagedMemory,
  { kind, spaces, heap, areas }: FoundHeap,
  used: Map<Chunk, readonly Range[]>,
  problems: Problems,
): void {
  if (areas === undefined) problems.add(heap, 'the allocation areas were not found');
  for (const space of spaces) {
    if (space.heap !== heap) continue;
    const first = space.chunks[0];
    if (first === undefined) continue;
    if (!space.listed || (first.flags & kind.largeFlag) !== 0)
      for (const chunk of space.chunks) used.set(chunk, chunk.area);
    else if ((first.flags & FROM_PAGE) !== 0) for (const chunk of space.chunks) used.set(chunk, []);
    else if (isYoung(first)) addYoung(memory, space, areas, used, problems);
    else
      for (const chunk of space.chunks)
        used.set(chunk, areas === undefined ? chunk.area : unallocated(chunk, areas.old));
  }
}

/** Pages of the young generation are filled one after the other, in the order of the list. */
function addYoung(
  memory: PagedMemory,
  space: Space,
  areas: AllocationAreas | undefined,
  used: Map<Chunk, readonly Range[]>,
  problems: Problems,
): void {
  const { chunks, current, heap } = space;
  const end = current === null ? -1 : chunks.indexOf(current);
  const top = areas?.young.limit === 0 ? topWithoutArea(memory, space) : (areas?.young.top ?? null);
  const known = current !== null && top !== null && top >= current.areaStart && top <= current.areaEnd;
  if (!known) problems.add(heap, 'how far the young generation is filled is not known');
  for (const [index, chunk] of chunks.entries()) {
    if (end !== -1 && index > end) used.set(chunk, []);
    else if (areas === undefined) used.set(chunk, chunk.area);
    else if (chunk === current && known) used.set(chunk, without(chunk, { start: top, end: chunk.areaEnd }));
    else used.set(chunk, unallocated(chunk, areas.young));
  }
}

/** All of the area but what allocation has set aside and not used yet. */
function unallocated(chunk: Chunk, { top, limit }: AllocationArea): readonly Range[] {
  return without(chunk, { start: top, end: limit });
}

function without({ area, areaStart, areaEnd }: Chunk, hole: Range): readonly Range[] {
  if (hole.start >= areaEnd || hole.end <= areaStart || hole.start >= hole.end) return area;
  return [
    { start: areaStart, end: Math.max(areaStart, hole.start) },
    { start: Math.min(areaEnd, hole.end), end: areaEnd },
  ].filter(({ start, end }) => start < end);
}

export function isSame(one: readonly Range[], other: readonly Range[]): boolean {
  return (
    one === other ||
    (one.length === other.length &&
      one.every(({ start, end }, at) => start === other[at]!.start && end === other[at]!.end))
  );
}
