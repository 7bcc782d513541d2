import { END_OF_USER_SPACE, type PagedMemory } from './paged-memory.js';
import { PAGE } from './page-store.js';
import type { Range } from './range.js';
import type { Region } from './regions.js';

/** V8's chunks begin at multiples of this. Those of large objects are longer, some others shorter. */
export const CHUNK = 256 * 1024;

/** One chunk, as its header (V8 11 and 12) or the metadata that the header points at (13 and later) tells. */
export interface Chunk {
  start: number;
  size: number;
  areaStart: number;
  areaEnd: number;
  /** The area, as what is used of most chunks: one list for all who ask, as this is asked while a thread is parked. */
  area: readonly Range[];
  /** 0 for the read-only pages that all isolates share. */
  heap: number;
  /** The Space (C++ object) that it belongs to; 0 for none. */
  owner: number;
  flags: number;
  allocatedBytes: number;
  /** What links of lists point at: the header or the metadata. */
  base: number;
  next: number;
  previous: number;
}

/** Where the fields are, in words. */
export interface ChunkKind {
  name: string;
  /** The fields are not in the chunk but where this word of the header points to. */
  metadata: number | null;
  /** Of the header, always. */
  flags: number;
  size: number;
  areaStart: number;
  areaEnd: number;
  heap: number;
  owner: number;
  allocatedBytes: number;
  /** The reserved memory: its start is the chunk's, followed by its size. */
  reservation: number;
  /** The two links of the list of its space: next, previous. */
  links: number;
  /** The flag of large objects' chunks. */
  largeFlag: number;
  /** In bytes, of the sizes of free blocks. */
  freeSpaceUnit: number;
  /** From V8's Heap to the allocation areas of the Isolate that it is in, in bytes: where none of them is in use. */
  areasOffset: number;
}

/** Seen: 11.3 (Node 20.20), 12.4 (22.23), 13.6 (24.21), 14.6 (26.10). Each chunk is checked against itself. */
export const CHUNK_KINDS: readonly ChunkKind[] = [
  {
    name: '14.6',
    metadata: 1,
    flags: 0,
    size: 6,
    areaStart: 9,
    areaEnd: 7,
    heap: 8,
    owner: 10,
    allocatedBytes: 3,
    reservation: 1,
    links: 32,
    largeFlag: 0x80,
    freeSpaceUnit: 8,
    areasOffset: -0xf2f8,
  },
  {
    name: '13.6',
    metadata: 1,
    flags: 0,
    size: 6,
    areaStart: 9,
    areaEnd: 7,
    heap: 8,
    owner: 10,
    allocatedBytes: 3,
    reservation: 1,
    links: 33,
    largeFlag: 0x400,
    freeSpaceUnit: 8,
    areasOffset: -0xef30,
  },
  {
    name: '12.4',
    metadata: null,
    flags: 0,
    size: 2,
    areaStart: 4,
    areaEnd: 5,
    heap: 3,
    owner: 9,
    allocatedBytes: 6,
    reservation: 11,
    links: 33,
    largeFlag: 0x80,
    freeSpaceUnit: 1,
    areasOffset: -0xdde0,
  },
  {
    name: '11.3',
    metadata: null,
    flags: 1,
    size: 0,
    areaStart: 3,
    areaEnd: 4,
    heap: 2,
    owner: 8,
    allocatedBytes: 5,
    reservation: 10,
    links: 33,
    largeFlag: 0x80,
    freeSpaceUnit: 1,
    areasOffset: -0xd208,
  },
];

/** The same in all versions seen. */
export const FROM_PAGE = 8;
export const TO_PAGE = 16;
/** Chunks are looked for at most this often: 64 GB. */
const MAX_CANDIDATES = 1 << 18;
const WORDS = 40;
/** The area begins behind the header, which had up to 4.5 KB (mark bits and all) before it moved elsewhere. */
const MAX_HEADER = 2 * PAGE;

export interface FoundChunks {
  kind: ChunkKind;
  /** Ascending by start. */
  chunks: Chunk[];
  /** False where there was too much memory to look at. */
  complete: boolean;
}

/** The kind that was right last is tried first: the processes of a machine mostly run one version. */
let usualKind: ChunkKind | null = null;

/** Looks at every multiple of 256 KB in the regions. `null` where no kind of header makes sense. */
export function findChunks(memory: PagedMemory, regions: readonly Region[]): FoundChunks | null {
  let best: FoundChunks | null = null;
  let most = 0;
  for (const kind of new Set([usualKind ?? CHUNK_KINDS[0]!, ...CHUNK_KINDS])) {
    const found = findChunksOf(kind, memory, regions);
    const links = countLinks(found.chunks);
    if (links > most) {
      best = found;
      most = links;
    }
    // Some are linked to none: those of spaces with one chunk. The other kinds then need not be tried.
    if (2 * links > found.chunks.length) break;
  }
  usualKind = best?.kind ?? usualKind;
  return best;
}

/** How many chunks are linked both ways: nothing but the right offsets makes any so. */
function countLinks(chunks: readonly Chunk[]): number {
  const byBase = new Map(chunks.map((chunk) => [chunk.base, chunk]));
  return chunks.filter((chunk) => chunk.owner !== 0 && byBase.get(chunk.next)?.previous === chunk.base)
    .length;
}

function findChunksOf(kind: ChunkKind, memory: PagedMemory, regions: readonly Region[]): FoundChunks {
  const reader = new WordReader(memory);
  const chunks: Chunk[] = [];
  let candidates = 0;
  let behind = 0;
  for (const [index, region] of regions.entries()) {
    const first = Math.max(Math.ceil(region.start / CHUNK) * CHUNK, behind);
    for (let start = first; start + PAGE <= region.end; start += CHUNK) {
      if (++candidates > MAX_CANDIDATES) return { kind, chunks, complete: false };
      const chunk = readChunk(kind, reader, start);
      if (chunk === null) continue;
      // Read-only pages of V8 14 have holes, so that they consist of several mappings.
      if (chunk.heap === 0 ? region.writable : !isCovered(regions, index, start + chunk.size)) continue;
      chunks.push(chunk);
      behind = Math.ceil((start + chunk.size) / CHUNK) * CHUNK;
      start = behind - CHUNK;
    }
  }
  return { kind, chunks, complete: true };
}

/** Whether this region and those right behind it reach up to `end`. */
function isCovered(regions: readonly Region[], index: number, end: number): boolean {
  let region = regions[index]!;
  while (region.end < end) {
    const next = regions[++index];
    if (next === undefined || next.start !== region.end) return false;
    region = next;
  }
  return true;
}

/** `null` where the header contradicts itself. */
export function readChunk(kind: ChunkKind, reader: WordReader, start: number): Chunk | null {
  if (!reader.read(start, kind.metadata === null ? WORDS : 2)) return null;
  const flags = reader.low(kind.flags);
  let base = start;
  if (kind.metadata !== null) {
    base = reader.word(kind.metadata);
    if (base % 8 !== 0 || !reader.read(base, WORDS)) return null;
  }
  const size = reader.word(kind.size);
  const areaStart = reader.word(kind.areaStart);
  const areaEnd = reader.word(kind.areaEnd);
  const heap = reader.word(kind.heap);
  const owner = reader.word(kind.owner);
  const allocatedBytes = reader.word(kind.allocatedBytes);
  const fits =
    size % PAGE === 0 &&
    size > 0 &&
    areaStart > start &&
    areaStart <= start + MAX_HEADER &&
    areaStart % 8 === 0 &&
    areaEnd > areaStart &&
    areaEnd <= start + size &&
    // Of a large object's chunk V8 goes on to count what it had before it was cut short: 1 MB in chunks of 160 KB (26.10).
    ((flags & kind.largeFlag) !== 0 || allocatedBytes <= size);
  if (!fits) return null;
  if (heap === 0) {
    // Read-only: shared by all isolates, in no space, and the reservation is forgotten when it is sealed.
    if (owner !== 0 || areaEnd <= start + size - 2 * PAGE) return null;
  } else {
    const reserved = reader.word(kind.reservation) === start && reader.word(kind.reservation + 1) === size;
    if (!reserved || heap % 8 !== 0 || heap >= END_OF_USER_SPACE || owner % 8 !== 0) return null;
  }
  return {
    start,
    size,
    areaStart,
    areaEnd,
    area: [{ start: areaStart, end: areaEnd }],
    heap,
    owner,
    flags,
    allocatedBytes,
    base,
    next: reader.word(kind.links),
    previous: reader.word(kind.links + 1),
  };
}

/** Whether a chunk is still as it was read. Makes no objects: it is asked of thousands of chunks while a thread is parked. */
export function isUnchanged(kind: ChunkKind, reader: WordReader, chunk: Chunk): boolean {
  if (!reader.read(chunk.start, kind.metadata === null ? WORDS : 2)) return false;
  if (reader.low(kind.flags) !== chunk.flags) return false;
  if (kind.metadata !== null) {
    if (reader.word(kind.metadata) !== chunk.base || !reader.read(chunk.base, WORDS)) return false;
  }
  return (
    reader.word(kind.allocatedBytes) === chunk.allocatedBytes &&
    reader.word(kind.size) === chunk.size &&
    reader.word(kind.areaStart) === chunk.areaStart &&
    reader.word(kind.areaEnd) === chunk.areaEnd &&
    reader.word(kind.heap) === chunk.heap &&
    reader.word(kind.owner) === chunk.owner &&
    reader.word(kind.reservation) === chunk.start &&
    reader.word(kind.links) === chunk.next &&
    reader.word(kind.links + 1) === chunk.previous
  );
}

/** The chunk that a link of a list points at. */
export function readLinkedChunk(kind: ChunkKind, reader: WordReader, base: number): Chunk | null {
  if (kind.metadata === null) return readChunk(kind, reader, base);
  if (base % 8 !== 0 || !reader.read(base, WORDS)) return null;
  const start = reader.word(kind.reservation);
  const chunk = start % CHUNK === 0 ? readChunk(kind, reader, start) : null;
  return chunk?.base === base ? chunk : null;
}

/** Of the young generation, either half. */
export function isYoung(chunk: Chunk): boolean {
  return (chunk.flags & (FROM_PAGE | TO_PAGE)) !== 0;
}

/** A few words at a time, not through the cache: a heap of 1 GB has 4,000 headers that are looked at once. */
export class WordReader {
  readonly #memory: PagedMemory;
  readonly #buffer = Buffer.alloc(64 * 8);
  readonly #words = new Int32Array(this.#buffer.buffer, this.#buffer.byteOffset, 128);

  constructor(memory: PagedMemory) {
    this.#memory = memory;
  }

  /** At most 64 words. False where any of it is not mapped. */
  read(address: number, count: number): boolean {
    if (!(address >= PAGE && address < END_OF_USER_SPACE)) return false;
    const target = this.#buffer.subarray(0, count * 8);
    return this.#memory.readRaw(address, target) === target.length;
  }

  low(index: number): number {
    return this.#words[2 * index]!;
  }

  word(index: number): number {
    return (this.#words[2 * index]! >>> 0) + (this.#words[2 * index + 1]! >>> 0) * 2 ** 32;
  }
}
