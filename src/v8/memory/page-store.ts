import { giveBack } from './give-back.js';

export const PAGE_BITS = 12;
export const PAGE = 2 ** PAGE_BITS;
const PAGE_WORDS = PAGE / 4;

/**
 * Memory for pages, all in one piece, handed out one behind the other and taken back in the reverse order. A page is a number from 0 on.
 * What was never written to takes address space only.
 */
export class PageStore {
  #words = new Int32Array(new ArrayBuffer(0));
  #bytes = Buffer.alloc(0);
  /** In pages. */
  #room = 0;
  #taken = 0;
  /** As many, from the first one on, have been written to. */
  #warm = 0;

  /** Of all pages: 32-bit words. Others from {@link reserve} on. */
  get words(): Int32Array<ArrayBuffer> {
    return this.#words;
  }

  /** How many are handed out. */
  get taken(): number {
    return this.#taken;
  }

  /** For how many there is room. */
  get room(): number {
    return this.#room;
  }

  /** Hands out so many pages. Returns the first; -1 if there is no room for them, or if so many are to be left. */
  take(count = 1, left = 0): number {
    if (this.#taken + count + left > this.#room) return -1;
    const first = this.#taken;
    this.#taken += count;
    this.#warm = Math.max(this.#warm, this.#taken);
    return first;
  }

  /** Takes all back but the first so many. */
  drop(taken: number): void {
    this.#taken = taken;
  }

  /**
   * Makes room for so many pages in all, by memory from the system that is not used yet. Where there is less, all are taken back, and
   * nothing is left of them.
   */
  reserve(count: number): void {
    if (count <= this.#room) return;
    this.giveBack();
    this.#allocate(count);
  }

  /**
   * Moves runs of pages into as little memory as they need, behind so many pages that are taken for something else and have nothing in them,
   * with room for so many more. Returns where each run begins by then. The rest goes back to the system.
   */
  repack(runs: readonly { page: number; count: number }[], behind: number, free: number): number[] {
    const old = this.#words;
    const pages = runs.reduce((sum, { count }) => sum + count, behind);
    this.#allocate(pages + free);
    this.#taken = behind;
    const firsts: number[] = [];
    for (const { page, count } of runs) {
      firsts.push(this.#taken);
      const words = old.subarray(page * PAGE_WORDS, (page + count) * PAGE_WORDS);
      this.#words.set(words, this.#taken * PAGE_WORDS);
      this.#taken += count;
    }
    this.#warm = this.#taken;
    giveBack(old.buffer);
    return firsts;
  }

  /**
   * Makes so many more pages ready to be written to: the kernel hands memory out at the first write to each page, which must
   * not fall into the time for which a thread is parked.
   */
  warm(count: number): void {
    const end = Math.min(this.#room, this.#taken + count);
    for (; this.#warm < end; this.#warm++) this.#words[this.#warm * PAGE_WORDS] = 0;
  }

  /** Of pages that follow each other. */
  bytes(first: number, count: number): Buffer {
    return this.#bytes.subarray(first * PAGE, (first + count) * PAGE);
  }

  /** All of it to the system. */
  giveBack(): void {
    if (this.#room > 0) giveBack(this.#words.buffer);
    this.#words = new Int32Array(new ArrayBuffer(0));
    this.#bytes = Buffer.alloc(0);
    this.#room = 0;
    this.#taken = 0;
    this.#warm = 0;
  }

  #allocate(count: number): void {
    const buffer = new ArrayBuffer(count * PAGE);
    this.#words = new Int32Array(buffer);
    this.#bytes = Buffer.from(buffer);
    this.#room = count;
    this.#taken = 0;
    this.#warm = 0;
  }
}
