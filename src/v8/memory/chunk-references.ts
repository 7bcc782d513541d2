import type { Range } from './paged-memory.js';

/** V8's pages are of whole chunks of 256 KB. */
const CHUNK_BITS = 18;
const CHUNK = 2 ** CHUNK_BITS;
/** A set of chunks is one of the lowest bits of their numbers: heaps of up to 1 GB are told apart chunk by chunk. */
const SET_BITS = 12;
const SET_MASK = 2 ** SET_BITS - 1;
const SET_WORDS = 2 ** SET_BITS / 32;

/**
 * Into which chunks the words of each chunk point: a pass over the heap can leave out those that point to nothing of what is
 * looked for. Of 1 GB it takes 2 MB.
 */
export class ChunkReferences {
  /** By the number of the chunk: where its set begins. */
  readonly #sets = new Map<number, number>();
  #bits = new Int32Array(64 * SET_WORDS);

  /** @param words memory from `address` on: `length` 32-bit words */
  note(words: Int32Array, length: number, address: number): void {
    for (let at = 0; at < length;) {
      const start = address + at * 4;
      const end = Math.min(length, at + (CHUNK - (start % CHUNK)) / 4);
      noteWords(words, at, end, this.#bits, this.#setOf(Math.floor(start / CHUNK)));
      at = end;
    }
  }

  /** The parts of a range that may point into one of these chunks, those of chunks that were not noted included. */
  *partsWith(targets: ChunkSet, range: Range): Generator<Range> {
    let from = range.start;
    for (let start = range.start; start < range.end;) {
      const end = Math.min(range.end, (Math.floor(start / CHUNK) + 1) * CHUNK);
      const set = this.#sets.get(Math.floor(start / CHUNK));
      if (set !== undefined && !targets.meets(this.#bits, set)) {
        if (from < start) yield { start: from, end: start };
        from = end;
      }
      start = end;
    }
    if (from < range.end) yield { start: from, end: range.end };
  }

  #setOf(chunk: number): number {
    let set = this.#sets.get(chunk);
    if (set !== undefined) return set;
    this.#sets.set(chunk, (set = this.#sets.size * SET_WORDS));
    if (set === this.#bits.length) {
      const bits = new Int32Array(2 * set);
      bits.set(this.#bits);
      this.#bits = bits;
    }
    return set;
  }
}

/** The chunks that some addresses are in. */
export class ChunkSet {
  readonly #bits = new Int32Array(SET_WORDS);

  constructor(addresses: Iterable<number>) {
    for (const address of addresses) {
      const index = indexOf(address | 0);
      this.#bits[index >>> 5]! |= 1 << (index & 31);
    }
  }

  /** Whether it has any in common with the set that begins there. */
  meets(bits: Int32Array, set: number): boolean {
    for (let at = 0; at < SET_WORDS; at++) if ((this.#bits[at]! & bits[set + at]!) !== 0) return true;
    return false;
  }
}

/** From so many words on it is worth it to go over {@link marks} afterwards. */
const MANY_WORDS = 4 * (SET_MASK + 1);
const marks = new Uint8Array(SET_MASK + 1);

/** What is no pointer sets a bit as well, which costs less than to ask. */
function noteWords(words: Int32Array, from: number, end: number, bits: Int32Array, set: number): void {
  if (end - from < MANY_WORDS) {
    for (let at = from; at < end; at += 2) {
      const index = indexOf(words[at]!);
      bits[set + (index >>> 5)]! |= 1 << (index & 31);
    }
    return;
  }
  // To store a byte is many times faster than to change a bit of a word that was changed just before.
  marks.fill(0);
  let at = from;
  // Four at a time: two thirds of what single ones take.
  for (; at + 8 <= end; at += 8) {
    marks[indexOf(words[at]!)] = 1;
    marks[indexOf(words[at + 2]!)] = 1;
    marks[indexOf(words[at + 4]!)] = 1;
    marks[indexOf(words[at + 6]!)] = 1;
  }
  for (; at < end; at += 2) marks[indexOf(words[at]!)] = 1;
  for (let index = 0; index <= SET_MASK; index++) {
    if (marks[index] !== 0) bits[set + (index >>> 5)]! |= 1 << (index & 31);
  }
}

/** By the lower half of an address. */
function indexOf(low: number): number {
  return (low >>> CHUNK_BITS) & SET_MASK;
}
