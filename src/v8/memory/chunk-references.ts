import type { Range } from './range.js';

/** V8's pages are of whole chunks of 256 KB. */
const CHUNK = 1 << 18;
/**
 * What is pointed to is told apart by blocks of 16 KB: chunks hold too much for that, like the maps and names that half of
 * the heap points to. A set of blocks is one of the lowest bits of their numbers, so that those of 4 GB differ: a chunk may point to
 * hundreds of them, and thousands may be looked for.
 */
const BLOCK_BITS = 14;
const BLOCK = 1 << BLOCK_BITS;
const BLOCKS = 1 << (32 - BLOCK_BITS);

/** What is full of numbers and texts seems to point everywhere: more blocks than these are not kept, and nothing is left out. */
const MAX_BLOCKS = 2048;

/** A list of blocks that a part of a chunk points into: where it is among all. */
interface Noted {
  start: number;
  end: number;
}

/**
 * Into which blocks the words of each chunk point: a pass over the heap can leave out those that point to nothing of what is
 * looked for. Of 1 GB it takes some 4 MB, 32 at most.
 */
export class ChunkReferences {
  /** By the number of the chunk; `null` where it points to too much. */
  readonly #noted = new Map<number, Noted[] | null>();
  #blocks = new Int32Array(64 * 1024);
  #size = 0;

  /** @param words with memory from `address` on: from index `first` on, `length` 32-bit words */
  note(words: Int32Array, first: number, length: number, address: number): void {
    const stop = first + length;
    for (let at = first; at < stop;) {
      const start = address + (at - first) * 4;
      const end = Math.min(stop, at + ((CHUNK - (start % CHUNK)) >> 2));
      this.#noteChunk(Math.floor(start / CHUNK), words, at, end);
      at = end;
    }
  }

  /** The parts of ranges that may point into one of these blocks, those of chunks that were not noted included. */
  partsWith(targets: BlockSet, ranges: readonly Range[]): Range[] {
    return ranges.flatMap((range) => [...this.#partsWith(targets, range)]);
  }

  *#partsWith(targets: BlockSet, range: Range): Generator<Range> {
    let from = range.start;
    for (let start = range.start; start < range.end;) {
      const end = Math.min(range.end, (Math.floor(start / CHUNK) + 1) * CHUNK);
      const noted = this.#noted.get(Math.floor(start / CHUNK)) ?? null;
      if (noted !== null && !noted.some((list) => targets.meets(this.#blocks, list.start, list.end))) {
        if (from < start) yield { start: from, end: start };
        from = end;
      }
      start = end;
    }
    if (from < range.end) yield { start: from, end: range.end };
  }

  #noteChunk(chunk: number, words: Int32Array, from: number, end: number): void {
    while (this.#blocks.length - this.#size < MAX_BLOCKS + 8) {
      const blocks = new Int32Array(2 * this.#blocks.length);
      blocks.set(this.#blocks);
      this.#blocks = blocks;
    }
    const start = this.#size;
    const size = listBlocks(words, from, end, this.#blocks, start);
    const noted = this.#noted.get(chunk);
    if (size - start > MAX_BLOCKS) this.#noted.set(chunk, null);
    else if (noted === undefined) this.#noted.set(chunk, [{ start, end: size }]);
    else noted?.push({ start, end: size });
    if (size - start <= MAX_BLOCKS) this.#size = size;
  }
}

/** The blocks that some addresses are in, and those of ranges that begin with a block. */
export class BlockSet {
  readonly #has = new Uint8Array(BLOCKS);

  constructor(addresses: Iterable<number>, ranges: Iterable<Range> = []) {
    for (const address of addresses) this.#has[blockOf(address | 0)] = 1;
    for (const { start, end } of ranges)
      for (let at = start; at < end; at += BLOCK) this.#has[blockOf(at | 0)] = 1;
  }

  /** Whether it has any of those in the list. */
  meets(blocks: Int32Array, start: number, end: number): boolean {
    for (let at = start; at < end; at++) if (this.#has[blocks[at]!] !== 0) return true;
    return false;
  }
}

/** All 0, but while a list is made. */
const marks = new Uint8Array(BLOCKS);

/**
 * Adds what these words point into, each block once, up to some more than {@link MAX_BLOCKS}; returns where the list ends. What
 * is no pointer adds a block as well, which costs less than to ask.
 *
 * Eight words at a time, as long as all of them point to what is in the list: half of what single ones take.
 */
function listBlocks(words: Int32Array, from: number, end: number, into: Int32Array, start: number): number {
  let size = start;
  for (let at = from; at < end && size - start <= MAX_BLOCKS;) {
    if (
      at + 16 <= end &&
      (marks[blockOf(words[at]!)]! &
        marks[blockOf(words[at + 2]!)]! &
        marks[blockOf(words[at + 4]!)]! &
        marks[blockOf(words[at + 6]!)]! &
        marks[blockOf(words[at + 8]!)]! &
        marks[blockOf(words[at + 10]!)]! &
        marks[blockOf(words[at + 12]!)]! &
        marks[blockOf(words[at + 14]!)]!) !==
        0
    ) {
      at += 16;
      continue;
    }
    for (const stop = Math.min(end, at + 16); at < stop; at += 2) {
      const block = blockOf(words[at]!);
      if (marks[block] !== 0) continue;
      marks[block] = 1;
      into[size++] = block;
    }
  }
  for (let at = start; at < size; at++) marks[into[at]!] = 0;
  return size;
}

/** By the lower half of an address. */
function blockOf(low: number): number {
  return low >>> BLOCK_BITS;
}
