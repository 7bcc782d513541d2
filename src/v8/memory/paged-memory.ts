import type { Memory } from '../../os/linux/memory.js';
import { withoutOverlap, type CopyPlan, type PageRun } from './copy-plan.js';
import { FrozenPages } from './frozen-pages.js';
import { giveBack } from './give-back.js';

/** Addresses from `start` up to, not including, `end`. */
export interface Range {
  start: number;
  end: number;
}

export interface PagedMemoryOptions {
  /** Of the cache, in bytes; the address space is taken at once, real memory as pages are read. Default: 16 MB. */
  maxBytes?: number;
}

export const PAGE = 4096;
/** Memory from `start` up to `end` that somebody has read already. */
interface Lent extends Range {
  words: Int32Array<ArrayBuffer>;
}

/** The size of V8's pages. */
const AREA = 256 * 1024;
const PAGE_WORDS = PAGE / 4;
const DEFAULT_MAX_BYTES = 16 * 1024 * 1024;
/** User space of x64 and arm64 with 48-bit addresses ends here. */
export const END_OF_USER_SPACE = 2 ** 47;

/**
 * Words of a `Memory`, through a cache of whole 4 KB pages. A page that is not mapped reads as zeros, which is no
 * valid tagged pointer. What is cached stays as it was first read until `thaw()` or `freeze()`.
 *
 * The cache is two-way set associative in one array: no object and no hash table per page, and the page that was
 * used last needs no look-up at all. Frozen pages are read where they were copied to, and take no room in the cache.
 */
export class PagedMemory {
  /** The raw reader below the cache. Scans use `readRaw`, which knows of the frozen pages. */
  readonly memory: Memory;
  readonly #cache: Int32Array<ArrayBuffer>;
  readonly #buffer: Buffer;
  readonly #setMask: number;
  /** By slot: the number of the page, 0 for none. */
  readonly #numbers: Float64Array;
  /** By slot: 1 where the page is mapped. */
  readonly #mapped: Uint8Array;
  /** By slot: the recording that already knows of it. */
  readonly #noted: Int32Array;
  /** By set: the way that was used last. */
  readonly #recent: Uint8Array;
  readonly #nowhere: number;
  /** The page used last: its address (NaN for none), and the index of its first 32-bit word. */
  #base = Number.NaN;
  #at = 0;
  /** What has it: the cache, or a copy. */
  #words: Int32Array<ArrayBuffer>;
  #isMapped = false;
  #recording = 0;
  #recorded = new Set<number>();
  /** Ascending by start. */
  #frozen: readonly PageRun[] = [];
  #copies = new FrozenPages([]);
  /** By {@link AREA}: where pages were read from live memory since it was frozen or thawed. */
  readonly #live = new Set<number>();
  /** What a scan has in its hands. */
  #lent: Lent | null = null;

  constructor(memory: Memory, options: PagedMemoryOptions = {}) {
    this.memory = memory;
    const sets = 2 ** Math.max(0, Math.floor(Math.log2((options.maxBytes ?? DEFAULT_MAX_BYTES) / PAGE / 2)));
    const slots = 2 * sets;
    // One more, which stays empty: what addresses outside of user space read.
    const bytes = new ArrayBuffer((slots + 1) * PAGE);
    this.#cache = new Int32Array(bytes);
    this.#words = this.#cache;
    this.#buffer = Buffer.from(bytes);
    this.#setMask = sets - 1;
    this.#nowhere = slots;
    this.#numbers = new Float64Array(slots);
    this.#mapped = new Uint8Array(slots + 1);
    this.#noted = new Int32Array(slots);
    this.#recent = new Uint8Array(sets);
  }

  /** The memory that {@link locate} last pointed into. */
  get words(): Int32Array {
    return this.#words;
  }

  /** The index, in {@link words} as they are from now on, of the 32-bit word that has this address in it. */
  locate(address: number): number {
    let offset = address - this.#base;
    if (!(offset >= 0 && offset < PAGE)) offset = this.#select(address);
    return this.#at + (offset >> 2);
  }

  /** The lower half of the 8-byte word that has this address in it; 0 if unmapped. */
  low(address: number): number {
    const at = this.locate(address);
    return this.#words[at & ~1]!;
  }

  /** The upper half of the 8-byte word that has this address in it; 0 if unmapped. */
  high(address: number): number {
    const at = this.locate(address);
    return this.#words[at | 1]!;
  }

  /** Unsigned 64 bits, exact below 2^53; 0 if unmapped. */
  word(address: number): number {
    const at = this.locate(address);
    return (this.#words[at & ~1]! >>> 0) + (this.#words[at | 1]! >>> 0) * 2 ** 32;
  }

  /** 0 if unmapped. */
  u8(address: number): number {
    return (this.i32(address) >>> ((address & 3) * 8)) & 0xff;
  }

  /** Of an even address; 0 if unmapped. */
  u16(address: number): number {
    return (this.i32(address) >>> ((address & 2) * 8)) & 0xffff;
  }

  /** Of a multiple of four; 0 if unmapped. */
  u32(address: number): number {
    return this.i32(address) >>> 0;
  }

  /** Of a multiple of four; 0 if unmapped. */
  i32(address: number): number {
    const at = this.locate(address);
    return this.#words[at]!;
  }

  /** A copy; `null` if any of it is unmapped. The caller bounds the length. */
  bytes(address: number, length: number): Buffer | null {
    const copy = Buffer.allocUnsafe(length);
    for (let done = 0; done < length;) {
      const offset = this.#select(address + done);
      if (!this.#isMapped) return null;
      const piece = Math.min(PAGE - offset, length - done);
      copy.set(
        new Uint8Array(this.#words.buffer, this.#words.byteOffset + this.#at * 4 + offset, piece),
        done,
      );
      done += piece;
    }
    return copy;
  }

  /** Whether the page of this address can be read. */
  isMapped(address: number): boolean {
    this.#select(address);
    return this.#isMapped;
  }

  /** From now on the pages that are used are noted, those in the cache too, frozen ones not. Forgets what was noted before. */
  startRecording(): void {
    this.#recording++;
    this.#recorded = new Set();
    this.#forgetLast();
  }

  /** Start addresses of the pages used since `startRecording`, in no order. */
  recorded(): Iterable<number> {
    return this.#recorded;
  }

  /** From now on what these have copied is read from there, and the rest from live memory, not from what was cached. */
  freeze(plans: readonly CopyPlan[]): void {
    this.#setFrozen(withoutOverlap(plans.flatMap(({ copied }) => copied)));
  }

  /** Whether anything near these addresses was copied, or read from live memory, not by a scan, since `freeze` or `thaw`. */
  isUsed({ start, end }: Range): boolean {
    const run = this.#frozen[this.#firstRunEndingAfter(start)];
    if (run !== undefined && run.start < end) return true;
    for (let at = Math.floor(start / AREA); at * AREA < end; at++) if (this.#live.has(at)) return true;
    return false;
  }

  isFrozen(address: number): boolean {
    return this.#copies.find(Math.floor(address / PAGE)) !== -1;
  }

  /** Whole pages of this need not be read again until it is taken back, by `null`: they are neither cached nor recorded. */
  lend(lent: Lent | null): void {
    this.#lent = lent;
    this.#forgetLast();
  }

  /** Forgets the copies, and all that is cached. */
  thaw(): void {
    this.#setFrozen([]);
  }

  /** The same, and gives the memory of the copies back. */
  discard(): void {
    const stores = new Set(this.#frozen.map(({ bytes }) => bytes.buffer as ArrayBuffer));
    this.thaw();
    for (const store of stores) giveBack(store);
  }

  /** Of no use afterwards. */
  close(): void {
    this.discard();
    giveBack(this.#cache.buffer);
    this.memory.close();
  }

  /**
   * Fills `into` from memory, not through the cache, but with frozen pages as they were copied. Returns how many
   * bytes could be read before the first that could not. Addresses are multiples of 8.
   */
  readRaw(address: number, into: Buffer): number {
    if (this.#frozen.length === 0) return this.memory.read(address, into);
    const end = address + into.length;
    let index = this.#firstRunEndingAfter(address);
    for (let at = address; at < end;) {
      const run = this.#frozen[index];
      const frozen = run !== undefined && run.start <= at;
      const stop = Math.min(end, frozen ? run.end : (run?.start ?? end));
      const target = into.subarray(at - address, stop - address);
      if (frozen) {
        run.bytes.copy(target, 0, at - run.start, stop - run.start);
        index++;
      } else {
        const read = this.memory.read(at, target);
        if (read < target.length) return at - address + Math.max(0, read);
      }
      at = stop;
    }
    return into.length;
  }

  /**
   * What of a range has contents: what was copied, though its memory may have been given back since, and what `within` says
   * of the rest. Ascending; neighbours are one.
   */
  contentsOf(range: Range, within: (range: Range) => readonly Range[]): Range[] {
    const parts: Range[] = [];
    const add = ({ start, end }: Range): void => {
      const last = parts.at(-1);
      if (last !== undefined && last.end === start) last.end = end;
      else parts.push({ start, end });
    };
    let from = range.start;
    for (let index = this.#firstRunEndingAfter(from); from < range.end; index++) {
      const run = this.#frozen[index];
      const start = Math.min(range.end, Math.max(from, run?.start ?? range.end));
      if (from < start) for (const part of within({ start: from, end: start })) add(part);
      from = Math.min(range.end, Math.max(start, run?.end ?? range.end));
      if (start < from) add({ start, end: from });
    }
    return parts;
  }

  /** Makes the page of the address the last used one; returns the offset in it. */
  #select(address: number): number {
    if (!(address >= PAGE && address < END_OF_USER_SPACE)) {
      this.#forgetLast();
      return 0;
    }
    const number = Math.floor(address / PAGE);
    this.#base = number * PAGE;
    const lent = this.#lent;
    if (lent !== null && this.#base >= lent.start && this.#base + PAGE <= lent.end) {
      this.#words = lent.words;
      this.#at = (this.#base - lent.start) / 4;
      this.#isMapped = true;
      return address - this.#base;
    }
    const copy = this.#copies.find(number);
    if (copy !== -1) {
      this.#words = this.#copies.words(copy);
      this.#at = this.#copies.position(copy);
      this.#isMapped = true;
      return address - this.#base;
    }
    const set = (number ^ (number / 2 ** 14)) & this.#setMask;
    let slot = 2 * set;
    if (this.#numbers[slot] !== number) {
      slot++;
      if (this.#numbers[slot] !== number) {
        slot = 2 * set + (1 - this.#recent[set]!);
        this.#fill(slot, number);
      }
    }
    this.#recent[set] = slot & 1;
    if (this.#recording !== this.#noted[slot]) {
      this.#noted[slot] = this.#recording;
      this.#recorded.add(number * PAGE);
    }
    this.#words = this.#cache;
    this.#at = slot * PAGE_WORDS;
    this.#isMapped = this.#mapped[slot] === 1;
    return address - this.#base;
  }

  #fill(slot: number, number: number): void {
    this.#live.add(Math.floor((number * PAGE) / AREA));
    const page = this.#buffer.subarray(slot * PAGE, (slot + 1) * PAGE);
    const mapped = this.readRaw(number * PAGE, page) === PAGE;
    if (!mapped) page.fill(0);
    this.#numbers[slot] = number;
    this.#mapped[slot] = mapped ? 1 : 0;
    this.#noted[slot] = 0;
  }

  #firstRunEndingAfter(address: number): number {
    let low = 0;
    let high = this.#frozen.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#frozen[middle]!.end > address) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #forgetLast(): void {
    this.#base = Number.NaN;
    this.#words = this.#cache;
    this.#at = this.#nowhere * PAGE_WORDS;
    this.#isMapped = false;
  }

  #setFrozen(runs: readonly PageRun[]): void {
    this.#frozen = runs;
    this.#copies = new FrozenPages(runs);
    this.#forgetPages();
  }

  #forgetPages(): void {
    this.#live.clear();
    this.#numbers.fill(0);
    this.#forgetLast();
  }
}
