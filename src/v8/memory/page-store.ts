import { giveBack } from './give-back.js';

export const PAGE_BITS = 12;
export const PAGE = 2 ** PAGE_BITS;
const PAGE_WORDS = PAGE / 4;
/**
 * Pages. Memory is taken from the system in segments of this size, and used from their beginning on: what was never used takes
 * address space only. glibc gives segments of more than 32 MB back as soon as they are freed, and may keep smaller ones.
 */
const SEGMENT = 8192;

/** Memory for pages, handed out one behind the other, and taken back in the reverse order. A page is a number from 0 on. */
export class PageStore {
  readonly #segments: { words: Int32Array<ArrayBuffer>; bytes: Buffer }[] = [];
  /** Pages in each segment. */
  readonly #length: number;
  #taken = 0;
  /** As many, from the first one on, have been written to. */
  #warm = 0;

  /** @param maxPages where there will never be more of them than a few */
  constructor(maxPages = SEGMENT) {
    this.#length = Math.min(SEGMENT, maxPages);
  }

  /** How many are handed out. */
  get taken(): number {
    return this.#taken;
  }

  /** Hands out up to `most` pages that lie behind each other in memory; at least one. Returns the first. */
  take(most = 1): { first: number; count: number } {
    const first = this.#taken;
    const count = Math.min(most, this.#length - (first % this.#length));
    this.#grow(first + count);
    this.#taken += count;
    this.#warm = Math.max(this.#warm, this.#taken);
    return { first, count };
  }

  /** Takes all back but the first so many. */
  drop(taken: number): void {
    this.#taken = taken;
  }

  /** Takes memory for so many more pages from the system, without using it yet. */
  reserve(count: number): void {
    this.#grow(this.#taken + count);
  }

  /**
   * Makes so many more pages ready to be written to: the kernel hands memory out at the first write to each page, which must
   * not fall into the time for which a thread is parked.
   */
  warm(count: number): void {
    const end = this.#taken + count;
    this.reserve(count);
    for (; this.#warm < end; this.#warm++) this.words(this.#warm)[this.position(this.#warm)] = 0;
  }

  /** What has the page in it. */
  words(page: number): Int32Array<ArrayBuffer> {
    return this.#segments[(page / this.#length) | 0]!.words;
  }

  /** The index of the page's first 32-bit word in {@link words}. */
  position(page: number): number {
    return (page % this.#length) * PAGE_WORDS;
  }

  /** Of pages that were taken together. */
  bytes(page: number, count: number): Buffer {
    const start = (page % this.#length) * PAGE;
    return this.#segments[(page / this.#length) | 0]!.bytes.subarray(start, start + count * PAGE);
  }

  /** All of it to the system. */
  giveBack(): void {
    for (const { words } of this.#segments) giveBack(words.buffer);
    this.#segments.length = 0;
    this.#taken = 0;
    this.#warm = 0;
  }

  #grow(pages: number): void {
    while (this.#segments.length * this.#length < pages) {
      // One more than is used, so that it is more than 32 MB.
      const buffer = new ArrayBuffer((this.#length + 1) * PAGE);
      this.#segments.push({ words: new Int32Array(buffer), bytes: Buffer.from(buffer) });
    }
  }
}
