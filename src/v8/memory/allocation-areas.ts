import { FROM_PAGE, isYoung, type Chunk } from './chunks.js';
import type { PagedMemory } from './paged-memory.js';
import type { Space } from './spaces.js';

/** V8's LinearAllocationArea: objects are made at `top`, which moves up to `limit`. All 0 where there is none. */
export interface AllocationArea {
  start: number;
  top: number;
  limit: number;
}

export interface AllocationAreas {
  young: AllocationArea;
  old: AllocationArea;
}

export interface FoundAreas {
  /** From a Heap to its areas, in bytes: the same for all isolates. */
  offset: number;
  byHeap: Map<number, AllocationAreas>;
}

/**
 * The Isolate has two areas one behind the other, at a fixed distance in front of its Heap. Seen: 0xd208 (11.3),
 * 0xdde0 (12.4), 0xef30 (13.6), 0xf2f8 (14.6) bytes.
 */
/** The half of the young generation that is in use, the other one, and a few. */
const WORDS_OF_YOUNG_SPACE = 44;
const SEARCHED_BEFORE_HEAP = 0x18000;
const SEARCHED_AFTER_HEAP = 0x1000;
const AREA = 24;

/**
 * By heap. Known by what they are: an area in the page of the young generation that is allocated into, and right
 * behind it one in old space. The distance is the same for all isolates; `null` where there is no one such place.
 * Heaps that are changing may be missing.
 */
export function findAllocationAreas(
  memory: PagedMemory,
  heaps: readonly number[],
  spaces: readonly Space[],
  usualOffset: number,
): FoundAreas | null {
  const lookup = chunkLookup(spaces);
  const current = new Set(spaces.map((space) => space.current).filter((chunk) => chunk !== null));
  const complete = new Set<number>();
  // Right after a collection there may be no area in old space, or none at all.
  const partial = new Set<number>();
  for (const heap of heaps) {
    for (const [offset, areas] of searchHeap(memory, heap, lookup)) {
      if (!current.has(lookup(areas.young.start, heap)!)) continue;
      (areas.old.limit === 0 ? partial : complete).add(offset);
    }
  }
  return (
    agreeing(complete.size > 0 ? complete : partial) ??
    (complete.size + partial.size === 0 ? agreeing(new Set([usualOffset])) : null)
  );

  /** At the offset that is right for more heaps than any other; where several are, at the usual one, if it is one of these. */
  function agreeing(offsets: ReadonlySet<number>): FoundAreas | null {
    const all = Array.from(offsets, (offset) => readAll(memory, heaps, offset, lookup));
    const most = Math.max(1, ...all.map(({ byHeap }) => byHeap.size));
    const best = all.filter(({ byHeap }) => byHeap.size === most);
    return best.length > 1 ? (best.find(({ offset }) => offset === usualOffset) ?? null) : (best[0] ?? null);
  }
}

/** Where the offset is known already. */
export function areasAt(
  memory: PagedMemory,
  heaps: readonly number[],
  spaces: readonly Space[],
  offset: number,
): FoundAreas {
  return readAll(memory, heaps, offset, chunkLookup(spaces));
}

function readAll(memory: PagedMemory, heaps: readonly number[], offset: number, lookup: Lookup): FoundAreas {
  const byHeap = new Map<number, AllocationAreas>();
  for (const heap of heaps) {
    const areas = readAreas(memory, heap + offset, heap, lookup);
    if (areas !== null) byHeap.set(heap, areas);
  }
  return { offset, byHeap };
}

/** Of one heap, where the offset is known already; `null` where they make no sense. */
export function readAllocationAreas(
  memory: PagedMemory,
  heap: number,
  offset: number,
  spaces: readonly Space[],
): AllocationAreas | null {
  // Two look-ups: fewer than it takes to sort the chunks.
  return readAreas(memory, heap + offset, heap, (address) => {
    for (const { chunks } of spaces) {
      const found = chunks.find((chunk) => chunk.areaStart <= address && address <= chunk.areaEnd);
      if (found !== undefined) return found.heap === heap ? found : null;
    }
    return null;
  });
}

type Lookup = (address: number, heap: number) => Chunk | null;

function chunkLookup(spaces: readonly Space[]): Lookup {
  const chunks = spaces.flatMap((space) => space.chunks).sort((a, b) => a.start - b.start);
  return (address, heap) => {
    let low = 0;
    let high = chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (chunks[middle]!.areaEnd >= address) high = middle;
      else low = middle + 1;
    }
    const chunk = chunks[low];
    return chunk !== undefined && chunk.areaStart <= address && chunk.heap === heap ? chunk : null;
  };
}

function* searchHeap(
  memory: PagedMemory,
  heap: number,
  lookup: Lookup,
): Generator<[number, AllocationAreas]> {
  for (let at = heap - SEARCHED_BEFORE_HEAP; at < heap + SEARCHED_AFTER_HEAP; at += 8) {
    // The first word points into a chunk of this heap: hardly anything gets beyond this.
    const start = memory.word(at);
    if (start === 0 || start % 8 !== 0 || lookup(start, heap) === null) continue;
    const areas = readAreas(memory, at, heap, lookup);
    if (areas !== null) yield [at - heap, areas];
  }
}

function readAreas(memory: PagedMemory, at: number, heap: number, lookup: Lookup): AllocationAreas | null {
  const young = readArea(memory, at, heap, lookup, true);
  const old = readArea(memory, at + AREA, heap, lookup, false);
  return young === null || old === null ? null : { young, old };
}

/**
 * How far the page is filled where there is no allocation area (V8 13 and later, right after a collection): behind
 * its two halves the space notes the top, and elsewhere nothing but how far the last collection had filled it.
 */
export function topWithoutArea(memory: PagedMemory, space: Space): number | null {
  const { current, address } = space;
  if (current === null) return null;
  let top: number | null = null;
  for (let at = address; at < address + WORDS_OF_YOUNG_SPACE * 8; at += 8) {
    const word = memory.word(at);
    if (word >= current.areaStart && word <= current.areaEnd && word > (top ?? 0)) top = word;
  }
  return top;
}

function readArea(
  memory: PagedMemory,
  at: number,
  heap: number,
  lookup: Lookup,
  young: boolean,
): AllocationArea | null {
  const area = { start: memory.word(at), top: memory.word(at + 8), limit: memory.word(at + 16) };
  if (area.start === 0 && area.top === 0 && area.limit === 0) return area;
  if (area.start % 8 !== 0 || area.top % 8 !== 0 || area.limit % 8 !== 0) return null;
  if (area.start > area.top || area.top > area.limit) return null;
  const chunk = lookup(area.start, heap);
  if (chunk === null || area.limit > chunk.areaEnd || isYoung(chunk) !== young) return null;
  return (chunk.flags & FROM_PAGE) !== 0 ? null : area;
}
