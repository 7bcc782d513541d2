import type { Memory } from '../../os/linux/memory.js';
import { PAGE, PAGE_BITS, type PageStore } from './page-store.js';
import type { Range } from './range.js';

/** Neighbouring pages that were copied, behind each other. */
export interface PageCopy extends Range {
  /** The first of them, in the store. */
  page: number;
}

/** Reads of this size reach 6 GB/s (of 4 KB: 3.4 GB/s); the deadline is looked at between them. */
const PIECE = 256 * 1024;

/** Copies of pages, made while a thread is parked: no more is done then than must be. */
export class PageCopies {
  readonly #memory: Memory;
  readonly #store: PageStore;
  /** Ascending by start once they are sorted, each page once. */
  #copies: PageCopy[] = [];

  constructor(memory: Memory, store: PageStore) {
    this.#memory = memory;
    this.#store = store;
  }

  /** Ascending by start once they are sorted. */
  get all(): readonly PageCopy[] {
    return this.#copies;
  }

  bytes({ start, end, page }: PageCopy): Buffer {
    return this.#store.bytes(page, (end - start) >> PAGE_BITS);
  }

  /**
   * Copies until `deadline` (of `performance.now()`), or until the store has so many pages left; adds the addresses of the pages that
   * were not to `missed`.
   */
  take(runs: readonly Range[], deadline: number, left: number, missed: number[]): void {
    for (const run of runs) {
      for (let start = run.start; start < run.end; start += PIECE) {
        const end = Math.min(run.end, start + PIECE);
        if (performance.now() < deadline) {
          const { length } = this.#copies;
          const misses = missed.length;
          this.#takePiece(start, end, left, missed);
          if (performance.now() < deadline) continue;
          // This thread may have had to wait for a processor in the midst of it.
          this.#copies.length = length;
          missed.length = misses;
        }
        for (let page = start; page < end; page += PAGE) missed.push(page);
      }
    }
  }

  /** The copies are made of still memory, so that it does not matter which is kept of a page. */
  sort(): void {
    const kept: PageCopy[] = [];
    for (const copy of this.#copies.toSorted((a, b) => a.start - b.start)) {
      const from = Math.max(copy.start, kept.at(-1)?.end ?? 0);
      if (from < copy.end)
        kept.push({ start: from, end: copy.end, page: copy.page + ((from - copy.start) >> PAGE_BITS) });
    }
    this.#copies = kept;
  }

  clear(): void {
    this.#copies = [];
  }

  /** What there is of some ranges, which are of whole pages and ascending. */
  within(ranges: readonly Range[]): PageCopy[] {
    const kept: PageCopy[] = [];
    let index = 0;
    for (const { start, end, page } of this.#copies) {
      while (index < ranges.length && ranges[index]!.end <= start) index++;
      for (let at = index; at < ranges.length && ranges[at]!.start < end; at++) {
        const from = Math.max(start, ranges[at]!.start);
        kept.push({
          start: from,
          end: Math.min(end, ranges[at]!.end),
          page: page + ((from - start) >> PAGE_BITS),
        });
      }
    }
    return kept;
  }

  /** Forgets all but these, and packs them behind so many pages of the store that are for something else. So many more are left free. */
  keep(kept: readonly PageCopy[], behind: number, free: number): void {
    const runs = kept.map(({ start, end, page }) => ({ page, count: (end - start) >> PAGE_BITS }));
    const firsts = this.#store.repack(runs, behind, free);
    this.#copies = kept.map((copy, at) => ({ ...copy, page: firsts[at]! }));
  }

  // What follows asks for copies that are sorted.

  /** Whether there is one of any of these addresses. */
  meet({ start, end }: Range): boolean {
    const copy = this.#copies[this.#firstEndingAfter(start)];
    return copy !== undefined && copy.start < end;
  }

  /** Fills `into` from the copies, and where there are none from memory: see `PagedMemory.readRaw`. */
  read(address: number, into: Buffer): number {
    const end = address + into.length;
    let index = this.#firstEndingAfter(address);
    for (let at = address; at < end;) {
      const copy = this.#copies[index];
      const isCopied = copy !== undefined && copy.start <= at;
      const stop = Math.min(end, isCopied ? copy.end : (copy?.start ?? end));
      const target = into.subarray(at - address, stop - address);
      if (isCopied) {
        this.bytes(copy).copy(target, 0, at - copy.start, stop - copy.start);
        index++;
      } else {
        const read = this.#memory.read(at, target);
        if (read < target.length) return at - address + Math.max(0, read);
      }
      at = stop;
    }
    return into.length;
  }

  /** The parts of a range that were copied, and what `within` says of the rest. Ascending; neighbours are one. */
  partsOf(range: Range, within: (range: Range) => readonly Range[]): Range[] {
    const parts: Range[] = [];
    const add = ({ start, end }: Range): void => {
      const last = parts.at(-1);
      if (last !== undefined && last.end === start) last.end = end;
      else parts.push({ start, end });
    };
    let from = range.start;
    for (let index = this.#firstEndingAfter(from); from < range.end; index++) {
      const copy = this.#copies[index];
      const start = Math.min(range.end, Math.max(from, copy?.start ?? range.end));
      if (from < start) for (const part of within({ start: from, end: start })) add(part);
      from = Math.min(range.end, Math.max(start, copy?.end ?? range.end));
      if (start < from) add({ start, end: from });
    }
    return parts;
  }

  /** The index of the first one that ends behind an address. */
  #firstEndingAfter(address: number): number {
    let low = 0;
    let high = this.#copies.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#copies[middle]!.end > address) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Goes on behind a page that is not mapped. */
  #takePiece(from: number, end: number, left: number, missed: number[]): void {
    for (let start = from; start < end;) {
      const count = (end - start) >> PAGE_BITS;
      const first = this.#store.take(count, left);
      if (first === -1) {
        for (let page = start; page < end; page += PAGE) missed.push(page);
        return;
      }
      const read = this.#memory.read(start, this.#store.bytes(first, count));
      const whole = Math.max(0, read >> PAGE_BITS);
      if (whole > 0) this.#copies.push({ start, end: start + whole * PAGE, page: first });
      start += whole * PAGE;
      if (whole === count) continue;
      this.#store.drop(first + whole);
      missed.push(start);
      start += PAGE;
    }
  }
}
