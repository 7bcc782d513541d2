import { isUnchanged, isYoung, readChunk, readLinkedChunk, WordReader } from './chunks.js';
import type { Chunk, ChunkKind, FoundChunks } from './chunks.js';
import type { PagedMemory } from './paged-memory.js';

/** A space of one heap, with its chunks in V8's order. */
export interface Space {
  /** Address of V8's Space (C++ object). */
  address: number;
  heap: number;
  chunks: Chunk[];
  /** False where they are in no list that agrees with itself, so that which of them are in use is not known. */
  listed: boolean;
  /** The first words of the Space, which count what is allocated among other things. */
  words: readonly number[];
  /** Only of the half of the young generation that is allocated into: the chunk where that happens. */
  current: Chunk | null;
}

/** By heap. */
export class Problems {
  readonly #byHeap = new Map<number, Set<string>>();

  add(heap: number, problem: string): void {
    const known = this.#byHeap.get(heap);
    if (known === undefined) this.#byHeap.set(heap, new Set([problem]));
    else known.add(problem);
  }

  of(heap: number): string[] {
    return [...(this.#byHeap.get(heap) ?? [])];
  }

  all(): string[] {
    return [...new Set([...this.#byHeap.values()].flatMap((problems) => [...problems]))];
  }
}

/** Words of a Space, the same from 11.3 to 14.6: its heap, first and last chunk of its list. */
const SPACE_HEAP = 1;
const SPACE_FIRST = 5;
const SPACE_LAST = 6;
/** The current page stands behind the list; a semi-space has 13 to 20 words in all. */
const CURRENT_FROM = 7;
const CURRENT_TO = 20;
/** Enough for what all spaces count: how much is allocated, committed, free. */
const SPACE_WORDS = 24;
/** 64 GB. */
const MAX_CHUNKS = 1 << 18;

export interface Spaces {
  spaces: Space[];
  /** Why not all of it is known, by heap. */
  problems: Problems;
}

/**
 * Follows the lists of chunks of all spaces of heaps that are in use. A chunk in no list is not in use: V8 keeps some for later, with what
 * they last held.
 */
export function readSpaces(memory: PagedMemory, { chunks, kind }: FoundChunks): Spaces {
  const byBase = new Map(chunks.map((chunk) => [chunk.base, chunk]));
  const byOwner = new Map<number, Chunk[]>();
  for (const chunk of chunks) {
    if (chunk.heap === 0 || chunk.owner === 0) continue;
    const siblings = byOwner.get(chunk.owner);
    if (siblings === undefined) byOwner.set(chunk.owner, [chunk]);
    else siblings.push(chunk);
  }
  const reader = new WordReader(memory);
  const problems = new Problems();
  const spaces: Space[] = [];
  const ofHeaps = new Map<number, Set<number>>();
  for (const [owner, siblings] of byOwner) {
    const { heap } = siblings[0]!;
    const known = ofHeaps.get(heap) ?? spacesOf(memory, heap);
    ofHeaps.set(heap, known);
    if (known.size < LEAST_SPACES) continue;
    const space = readSpace(reader, owner, heap, find);
    if (space === null) problems.add(heap, CHANGING);
    else if (!isYoung(siblings[0]!) && !known.has(owner))
      problems.add(heap, 'a collection is going on, which has spaces of its own');
    spaces.push(space ?? { address: owner, heap, chunks: siblings, listed: false, words: [], current: null });
  }
  return { spaces, problems };

  /** Those that were added to a list after the search for chunks are not among the ones that were found. */
  function find(base: number): Chunk | null {
    const known = byBase.get(base);
    if (known !== undefined) return known;
    const chunk = readLinkedChunk(kind, reader, base);
    if (chunk !== null) byBase.set(base, chunk);
    return chunk;
  }
}

/** Being changed as it is read, or laid out otherwise. What has the owner is then taken for in use. */
const CHANGING = 'the pages of a space are in no list that agrees with itself';

/**
 * The spaces of one heap, as they are now, and those that had no chunk before. What has not changed is the same object as
 * before.
 *
 * @param byBase the chunks of these spaces
 */
export function rereadSpaces(
  memory: PagedMemory,
  kind: ChunkKind,
  before: readonly Space[],
  byBase: ReadonlyMap<number, Chunk>,
  problems: Problems,
): Space[] {
  const reader = new WordReader(memory);
  const spaces: Space[] = [];
  for (const space of before) {
    const { address, heap } = space;
    const first = space.chunks[0];
    const mayHaveChanged = first === undefined || !space.listed || isYoung(first) || !isSame(reader, space);
    const now = mayHaveChanged ? readSpace(reader, address, heap, find) : space;
    if (now === null) problems.add(heap, CHANGING);
    spaces.push(now ?? { ...space, listed: false });
  }
  const heap = before[0]?.heap ?? 0;
  const known = new Set(before.map(({ address }) => address));
  for (const address of spacesOf(memory, heap)) {
    if (known.has(address)) continue;
    const space = readSpace(reader, address, heap, find);
    if (space !== null) spaces.push(space);
  }
  return spaces;

  function find(base: number): Chunk | null {
    const known = byBase.get(base);
    if (known !== undefined && isUnchanged(kind, reader, known)) return known;
    const chunk = known === undefined ? null : readChunk(kind, reader, known.start);
    return chunk?.base === base ? chunk : readLinkedChunk(kind, reader, base);
  }
}

function isSame(reader: WordReader, { address, words }: Space): boolean {
  return reader.read(address, SPACE_WORDS) && words.every((word, index) => reader.word(index) === word);
}

/** A Heap begins with pointers to its spaces, within 0x250 bytes in all versions seen. */
const POINTERS_TO_SPACES = 0x300;

/**
 * Of a heap that was torn down V8 13.6 keeps pages for others, with all that they held; of its Space objects there are up to 3
 * left in freed memory. Seen of heaps in use: 7 (11.3), 10 (12.4, 14.6), 9 to 10 (13.6).
 */
const LEAST_SPACES = 5;

/** What looks like a pointer to a space of this heap. */
function spacesOf(memory: PagedMemory, heap: number): Set<number> {
  const spaces = new Set<number>();
  for (let at = heap; at < heap + POINTERS_TO_SPACES; at += 8) {
    const address = memory.word(at);
    if (address !== 0 && address % 8 === 0 && memory.word(address + SPACE_HEAP * 8) === heap)
      spaces.add(address);
  }
  return spaces;
}

/** `null` where its list of chunks does not agree with itself. */
function readSpace(
  reader: WordReader,
  address: number,
  heap: number,
  find: (base: number) => Chunk | null,
): Space | null {
  if (!reader.read(address, SPACE_WORDS) || reader.word(SPACE_HEAP) !== heap) return null;
  const words = Array.from({ length: SPACE_WORDS }, (_, index) => reader.word(index));
  const chunks = follow(words[SPACE_FIRST]!, words[SPACE_LAST]!, find);
  if (chunks === null || chunks.some((chunk) => chunk.heap !== heap || chunk.owner !== address)) return null;
  return { address, heap, chunks, listed: true, words, current: findCurrent(words, chunks) };
}

/** Each chunk must point back at the one before, and the list end where its space says. */
function follow(first: number, last: number, find: (base: number) => Chunk | null): Chunk[] | null {
  if (first === 0 && last === 0) return [];
  const listed: Chunk[] = [];
  for (let base = first; base !== 0;) {
    const chunk = find(base);
    const before = listed.at(-1);
    if (chunk === null || chunk.previous !== (before?.base ?? 0)) return null;
    if (before !== undefined && chunk.owner !== before.owner) return null;
    if (listed.push(chunk) > MAX_CHUNKS) return null;
    base = chunk.next;
  }
  return listed.at(-1)?.base === last ? listed : null;
}

/** The only other pointer to one of its chunks that a semi-space has. */
function findCurrent(words: readonly number[], listed: readonly Chunk[]): Chunk | null {
  if (listed[0] === undefined || !isYoung(listed[0])) return null;
  const byBase = new Map(listed.map((chunk) => [chunk.base, chunk]));
  for (let index = CURRENT_FROM; index < CURRENT_TO; index++) {
    const chunk = byBase.get(words[index]!);
    if (chunk !== undefined) return chunk;
  }
  return null;
}
