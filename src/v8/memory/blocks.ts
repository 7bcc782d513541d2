/** V8's pages begin with a block, and are of whole ones. */
const BLOCK_BITS = 18;
export const BLOCK = 1 << BLOCK_BITS;
const WORD_BITS = BLOCK_BITS - 3;
/** Of 8 bytes, in a block. */
export const BLOCK_WORDS = 1 << WORD_BITS;
/** 16 GB of memory. The last numbers of words are for what is no word. */
const MAX_BLOCKS = (1 << 16) - 1;

/**
 * Numbers the words of memory: a *node* is the number of a block of 256 KB, in the order in which these come up, and the place of
 * the word in it. So a pointer fits into 31 bits, which V8 hands about as they are, where it makes an object of a number that is
 * larger; and what is kept of pages, or of words, is found by an index. Words that follow each other have numbers that do so, within a
 * block. 0 is no node.
 */
export class Blocks {
  /** A hash table: a block's place in memory (its address / 2^18; 0: an empty slot), then its number. */
  #slots = new Int32Array(2 * 2048);
  #mask = 2047;
  /** By number. */
  #starts = new Float64Array(1024);
  #count = 1;

  /** Numbers are below this. */
  get count(): number {
    return this.#count;
  }

  /** More memory was asked for than can be numbered. */
  get isFull(): boolean {
    return this.#count >= MAX_BLOCKS;
  }

  /** The number of the block with an address in user space, which comes in halves; 0 if it has none. */
  find(low: number, high: number): number {
    const place = (high << (32 - BLOCK_BITS)) | (low >>> BLOCK_BITS);
    const slots = this.#slots;
    for (let slot = hash(place) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const found = slots[2 * slot]!;
      if (found === place) return slots[2 * slot + 1]!;
      if (found === 0) return 0;
    }
  }

  /** The same, and a new number if it has none. 0 for the first block of memory, where nothing is, and if there are too many. */
  number(low: number, high: number): number {
    const known = this.find(low, high);
    if (known !== 0) return known;
    const place = (high << (32 - BLOCK_BITS)) | (low >>> BLOCK_BITS);
    if (place === 0 || this.isFull) return 0;
    const number = this.#count++;
    if (number === this.#starts.length) {
      const starts = new Float64Array(2 * number);
      starts.set(this.#starts);
      this.#starts = starts;
    }
    this.#starts[number] = place * BLOCK;
    this.#put(place, number);
    if (3 * number > 2 * this.#mask) this.#grow();
    return number;
  }

  /** Its start address. */
  start(block: number): number {
    return this.#starts[block] ?? 0;
  }

  /** The address of a word. */
  address(node: number): number {
    return this.start(node >>> WORD_BITS) + (node & (BLOCK_WORDS - 1)) * 8;
  }

  #put(place: number, number: number): void {
    let slot = hash(place) & this.#mask;
    while (this.#slots[2 * slot] !== 0) slot = (slot + 1) & this.#mask;
    this.#slots[2 * slot] = place;
    this.#slots[2 * slot + 1] = number;
  }

  #grow(): void {
    this.#slots = new Int32Array(2 * this.#slots.length);
    this.#mask = this.#slots.length / 2 - 1;
    for (let number = 1; number < this.#count; number++) this.#put(this.#starts[number]! / BLOCK, number);
  }
}

/** The node of an address whose block has that number. */
export function nodeIn(block: number, low: number): number {
  return block === 0 ? 0 : (block << WORD_BITS) | ((low & (BLOCK - 1)) >>> 3);
}

export function blockOf(node: number): number {
  return node >>> WORD_BITS;
}

function hash(place: number): number {
  return Math.imul(place, 0x9e3779b1) >>> 11;
}
