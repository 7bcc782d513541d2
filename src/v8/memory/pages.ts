import { areasAt, findAllocationAreas, readAllocationAreas } from './allocation-areas.js';
import { CHUNK, findChunks, FROM_PAGE, isYoung } from './chunks.js';
import type { Chunk, ChunkKind, FoundChunks } from './chunks.js';
import { findFreeSpace, type FreeSpace } from './free-space.js';
import type { PagedMemory } from './paged-memory.js';
import type { Range } from './range.js';
import { heapRegions, type Region } from './regions.js';
import { Problems, readSpaces, rereadSpaces, type Space } from './spaces.js';
import { addUsed, isSame } from './used-ranges.js';

/** One of V8's chunks. */
export interface HeapPage {
  /** A multiple of 256 KB; chunks of large objects are longer than that. */
  start: number;
  size: number;
  /** Where the objects are: the first begins at `areaStart`. */
  areaStart: number;
  areaEnd: number;
  /** Address of V8's Heap (C++ object), which tells isolates apart; 0 for read-only pages, shared by all of them. */
  heap: number;
  /** Address of V8's Space (C++ object); 0 for read-only pages. */
  space: number;
  young: boolean;
  /** Of the half of the young generation that is not in use: nothing in it is alive. */
  from: boolean;
  /** Holds one object only. */
  large: boolean;
  readOnly: boolean;
  /** As V8 counts them; changes when the page is swept, and when memory of it is taken for allocation. */
  allocatedBytes: number;
}

export interface HeapPages {
  /** Ascending by start. */
  readonly pages: readonly HeapPage[];
  /** The page with this address in it, header included. */
  at(address: number): HeapPage | null;
  /** Isolates, by the address of their Heap. */
  readonly heaps: readonly number[];
  /** What of the page may hold live objects, ascending. Dead ones that no collection has seen yet are in there too. */
  used(page: HeapPage): readonly Range[];
  /** The young pages in use of this heap, and the Range that is used of each. */
  young(heap: number): Range[];
  readonly freeSpace: FreeSpace | null;
  /** What later readings can be given. */
  readonly known: KnownPages;
  /** Whether `used` is free of memory that holds nothing alive, in all heaps. It never leaves out what is alive. */
  readonly exact: boolean;
  /** Why it is not: of one heap, or of all. A heap that changes while it is read is rarely exact. */
  problems(heap?: number): string[];
  /** Makes ready to see what has changed of one heap. */
  watch(heap: number): HeapWatch;
  /** These pages, with those of one heap as they are now: many times faster than `readHeapPages`. */
  refresh(memory: PagedMemory, heap: number): HeapPages;
  /** Of these pages those of one heap, and those of all: what it takes to refresh them no longer hangs on other heaps. */
  only(heap: number): HeapPages;
  /** Which kind of header the chunks have, by the V8 version that it was first seen in. */
  readonly kind: string;
}

/** For while a thread is parked: hardly anything is made then that garbage would have to be collected for. */
export interface HeapWatch {
  /** Spaces that V8 has not allocated into since are not read again. */
  look(memory: PagedMemory): ChangedHeap;
}

export interface ChangedHeap {
  /** What may hold live objects: of the young generation, of pages of the old one that were allocated into, and of new ones. */
  readonly fresh: readonly Range[];
  /** All pages as they were then: to be asked for when the thread goes on. */
  pages(): HeapPages;
}

/** The same as long as a process runs; `null`: not known. */
export interface KnownPages {
  freeSpace: FreeSpace | null;
  /** From a Heap to its allocation areas, in bytes. */
  areasOffset: number | null;
}

/** Pages that are looked through at most to see what free blocks are like. */
const PAGES_FOR_FREE_SPACE = 64;

/**
 * Finds V8's heaps in the memory of a process, from the text of its `/proc/PID/maps`. Never throws.
 *
 * @param known what an earlier reading has shown
 */
export function readHeapPages(
  memory: PagedMemory,
  maps: string,
  known: KnownPages = { freeSpace: null, areasOffset: null },
): HeapPages | { reason: string } {
  const regions = heapRegions(maps);
  const found = findChunks(memory, regions);
  if (found === null || !found.chunks.some(({ heap }) => heap !== 0))
    return { reason: 'no pages of V8 with a known layout were found in memory' };
  if (hasOtherFlags(found)) return { reason: 'the flags of V8’s pages are not those of a known version' };

  const { kind } = found;
  const { spaces, problems } = readSpaces(memory, found);
  const heaps = [...new Set(spaces.map(({ heap }) => heap))];
  const areas =
    known.areasOffset === null
      ? findAllocationAreas(memory, heaps, spaces, kind.areasOffset)
      : areasAt(memory, heaps, spaces, known.areasOffset);
  if (!found.complete)
    for (const heap of heaps) problems.add(heap, 'there is too much memory to look through');

  const used = new Map<Chunk, readonly Range[]>();
  for (const chunk of found.chunks) if (chunk.heap === 0) used.set(chunk, clip(chunk, regions));
  for (const heap of heaps)
    addUsed(memory, { kind, spaces, heap, areas: areas?.byHeap.get(heap) }, used, problems);
  const state = { kind, spaces, areasOffset: areas?.offset ?? null, used, problems };
  return new Found(state, (pages) => known.freeSpace ?? findFreeSpaceIn(memory, pages, kind));
}

/** What of the pages of the old generation with the most free space shows what free blocks are like. */
function findFreeSpaceIn(memory: PagedMemory, found: HeapPages, kind: ChunkKind): FreeSpace | null {
  const free = (page: HeapPage): number => page.areaEnd - page.areaStart - page.allocatedBytes;
  const old = found.pages.filter((page) => !page.readOnly && !page.young && !page.large && free(page) > 0);
  const emptiest = old.sort((a, b) => free(b) - free(a)).slice(0, PAGES_FOR_FREE_SPACE);
  const readOnly = found.pages.filter((page) => page.readOnly);
  const used = (page: HeapPage): readonly Range[] => found.used(page);
  return findFreeSpace(memory, readOnly.flatMap(used), emptiest.map(used), kind.freeSpaceUnit);
}

interface State {
  kind: ChunkKind;
  spaces: readonly Space[];
  /** From a Heap to its allocation areas; `null`: not known, and that of this version of V8 is tried. */
  areasOffset: number | null;
  used: ReadonlyMap<Chunk, readonly Range[]>;
  problems: Problems;
}

class Found implements HeapPages {
  readonly pages: readonly HeapPage[];
  readonly heaps: readonly number[];
  readonly freeSpace: FreeSpace | null;
  readonly kind: string;
  readonly #state: State;
  readonly #used = new Map<HeapPage, readonly Range[]>();
  readonly #ofChunks = new Map<Chunk, HeapPage>();
  readonly #starts: Float64Array;
  #last: HeapPage | null = null;

  constructor(
    state: State,
    freeSpace: (pages: HeapPages) => FreeSpace | null,
    before?: ReadonlyMap<Chunk, HeapPage>,
  ) {
    this.#state = state;
    this.kind = state.kind.name;
    // Of an isolate that has ended there may be spaces left, without pages (13.6).
    this.heaps = [...new Set(state.spaces.filter(({ chunks }) => chunks.length > 0).map(({ heap }) => heap))];
    const byStart = new Map<number, HeapPage>();
    for (const [chunk, ranges] of state.used) {
      // A chunk that was not read again is the same.
      const page = before?.get(chunk) ?? pageOf(chunk, state.kind.largeFlag);
      this.#ofChunks.set(chunk, page);
      this.#used.set(page, ranges);
      byStart.set(chunk.start, page);
    }
    this.#starts = Float64Array.from(byStart.keys()).sort();
    this.pages = Array.from(this.#starts, (start) => byStart.get(start)!);
    this.freeSpace = freeSpace(this);
    if (this.freeSpace === null)
      for (const heap of this.heaps) state.problems.add(heap, 'free blocks could not be told from objects');
  }

  watch(heap: number): HeapWatch {
    const { kind, spaces, areasOffset, used: before } = this.#state;
    const others = spaces.filter((space) => space.heap !== heap);
    const own = spaces.filter((space) => space.heap === heap);
    const byBase = new Map(own.flatMap(({ chunks }) => chunks.map((chunk) => [chunk.base, chunk])));
    const hasChanged = (chunk: Chunk, ranges: readonly Range[]): boolean => {
      const earlier = byBase.get(chunk.base);
      if (earlier === undefined || isYoung(earlier)) return true;
      return earlier.allocatedBytes !== chunk.allocatedBytes || !isSame(before.get(earlier) ?? [], ranges);
    };
    return {
      look: (memory) => {
        const problems = new Problems();
        const now = rereadSpaces(memory, kind, own, byBase, problems);
        const offset = areasOffset ?? kind.areasOffset;
        const areas = readAllocationAreas(memory, heap, offset, now) ?? undefined;
        const used = new Map<Chunk, readonly Range[]>();
        addUsed(memory, { kind, spaces: now, heap, areas }, used, problems);
        const fresh: Range[] = [];
        for (const [chunk, ranges] of used)
          if (isYoung(chunk) || hasChanged(chunk, ranges)) fresh.push(...ranges);
        return {
          fresh,
          pages: () => {
            for (const [chunk, ranges] of before) if (chunk.heap !== heap) used.set(chunk, ranges);
            for (const each of this.heaps)
              if (each !== heap) for (const problem of this.problems(each)) problems.add(each, problem);
            const state = { kind, spaces: [...others, ...now], areasOffset, used, problems };
            return new Found(state, () => this.freeSpace, this.#ofChunks);
          },
        };
      },
    };
  }

  refresh(memory: PagedMemory, heap: number): HeapPages {
    return this.watch(heap).look(memory).pages();
  }

  only(heap: number): HeapPages {
    const { spaces, used, ...state } = this.#state;
    const own = new Map([...used].filter(([chunk]) => chunk.heap === heap || chunk.heap === 0));
    const ofHeap = spaces.filter((space) => space.heap === heap);
    return new Found({ ...state, spaces: ofHeap, used: own }, () => this.freeSpace, this.#ofChunks);
  }

  get known(): KnownPages {
    return { freeSpace: this.freeSpace, areasOffset: this.#state.areasOffset };
  }

  get exact(): boolean {
    return this.#state.problems.all().length === 0;
  }

  problems(heap?: number): string[] {
    return heap === undefined ? this.#state.problems.all() : this.#state.problems.of(heap);
  }

  at(address: number): HeapPage | null {
    const last = this.#last;
    if (last !== null && address >= last.start && address < last.start + last.size) return last;
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#starts[middle]! <= address) low = middle + 1;
      else high = middle;
    }
    const page = this.pages[low - 1];
    if (page === undefined || address >= page.start + page.size) return null;
    this.#last = page;
    return page;
  }

  used(page: HeapPage): readonly Range[] {
    return this.#used.get(page) ?? [];
  }

  young(heap: number): Range[] {
    return this.pages.filter((page) => page.young && page.heap === heap).flatMap((page) => this.used(page));
  }
}

function pageOf(chunk: Chunk, largeFlag: number): HeapPage {
  return {
    start: chunk.start,
    size: chunk.size,
    areaStart: chunk.areaStart,
    areaEnd: chunk.areaEnd,
    heap: chunk.heap,
    space: chunk.owner,
    young: isYoung(chunk),
    from: (chunk.flags & FROM_PAGE) !== 0,
    large: (chunk.flags & largeFlag) !== 0,
    readOnly: chunk.heap === 0,
    allocatedBytes: chunk.allocatedBytes,
  };
}

/** All chunks that are longer than pages are must have the flag. */
function hasOtherFlags({ chunks, kind }: FoundChunks): boolean {
  return chunks.some(({ size, heap, flags }) => size > CHUNK && heap !== 0 && (flags & kind.largeFlag) === 0);
}

/** Of a read-only page: V8 14 leaves holes in them. */
function clip(chunk: Chunk, regions: readonly Region[]): Range[] {
  return regions
    .filter((region) => region.start < chunk.areaEnd && region.end > chunk.areaStart)
    .map((region) => ({
      start: Math.max(region.start, chunk.areaStart),
      end: Math.min(region.end, chunk.areaEnd),
    }));
}
