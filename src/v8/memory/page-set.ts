import type { HeapPages } from './pages.js';

const CHUNK = 256 * 1024;

/**
 * Whether addresses lie in pages of V8, asked a few million times for one report: a hash table of the multiples of 256 KB that
 * belong to one.
 */
export class PageSet {
  readonly #slots: Int32Array;
  readonly #mask: number;
  #last = 0;

  constructor(pages: HeapPages) {
    let chunks = 0;
    for (const { size } of pages.pages) chunks += Math.ceil(size / CHUNK);
    const capacity = 2 ** Math.ceil(Math.log2(4 * chunks + 4));
    this.#slots = new Int32Array(capacity);
    this.#mask = capacity - 1;
    for (const { start, size } of pages.pages) {
      for (let at = start; at < start + size; at += CHUNK) this.#add(Math.floor(at / CHUNK));
    }
  }

  has(address: number): boolean {
    // User space ends at 2^47: the number of a chunk has 29 bits.
    const chunk = Math.floor(address / CHUNK);
    if (chunk === this.#last) return true;
    for (let slot = this.#hash(chunk); this.#slots[slot] !== 0; slot = (slot + 1) & this.#mask) {
      if (this.#slots[slot] !== chunk) continue;
      this.#last = chunk;
      return true;
    }
    return false;
  }

  #add(chunk: number): void {
    let slot = this.#hash(chunk);
    while (this.#slots[slot] !== 0 && this.#slots[slot] !== chunk) slot = (slot + 1) & this.#mask;
    this.#slots[slot] = chunk;
  }

  #hash(chunk: number): number {
    return (Math.imul(chunk, 0x9e3779b1) >>> 8) & this.#mask;
  }
}
