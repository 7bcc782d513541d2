export const PAGE_BITS = 12;
/** Made by a shift: what `**` makes, and all that is worked out with it, V8 takes for fractions, and computes slowly (20.20). */
export const PAGE = 1 << PAGE_BITS;
const PAGE_WORDS = PAGE / 4;
/**
 * Of more than this glibc (2.36) takes each piece from the system, untouched, and gives it back as soon as it is freed. What is smaller comes out
 * of what was freed before, once anything of its size was; it is cleared by writing to it, and stays.
 */
const MAPPED_BYTES = 32 << 20;
/** Of as little that does not matter. */
const SMALL_BYTES = 1 << 20;

/**
 * Memory for pages, all in one piece, handed out one behind the other and taken back in the reverse order. A page is a number from 0 on.
 * What was never written to takes address space only.
 *
 * What is let go of goes back to the system when V8 collects garbage (see `begin-collection.ts`). It could go back at once, by
 * a message that transfers it, but from the first such message on V8 makes sure at each access to any buffer of the thread that it has not
 * gone: the loops over memory take up to twice as long then (20.20).
 */
export class PageStore {
  #words: Int32Array<ArrayBuffer> = new Int32Array(0);
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
    if (count > this.#room) this.#allocate(count);
  }

  /**
   * Moves runs of pages into as little memory as they need, behind so many pages that are taken for something else and have nothing in them,
   * with room for so many more. Returns where each run begins by then.
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

  /** Lets go of all of it. */
  release(): void {
    this.#allocate(0);
  }

  #allocate(count: number): void {
    const bytes = count * PAGE;
    const buffer = new ArrayBuffer(bytes > SMALL_BYTES ? Math.max(bytes, MAPPED_BYTES + PAGE) : bytes);
    this.#words = new Int32Array(buffer);
    this.#bytes = Buffer.from(buffer);
    this.#room = count;
    this.#taken = 0;
    this.#warm = 0;
  }
}
