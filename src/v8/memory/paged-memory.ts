import type { Memory } from '../../os/linux/memory.js';
import { PageCopies } from './page-copies.js';
import { PageRecording } from './page-recording.js';
import { PAGE, PAGE_BITS, PageStore } from './page-store.js';
import { PageTable } from './page-table.js';
import type { Range } from './range.js';

export interface PagedMemoryOptions {
  /** Of what is cached, in bytes. Default: 64 MB, with the copies; 16 MB beside these if they are large. */
  maxBytes?: number;
}

/** Memory from `start` up to `end` that somebody has read already. */
interface Lent extends Range {
  words: Int32Array<ArrayBuffer>;
}

/** The size of V8's pages. */
const AREA = 256 * 1024;
/** As much as is read of 100,000 functions until it is known what of it is to be copied, into the same memory. */
const MAX_BYTES = 64 * 1024 * 1024;
const LEAST_BYTES = 16 * 1024 * 1024;
/** User space of x64 and arm64 with 48-bit addresses ends here. */
export const END_OF_USER_SPACE = 2 ** 47;
/** Upper halves of addresses are below this. */
const HIGHEST = END_OF_USER_SPACE / 2 ** 32;
/** No upper half of an address. */
const NOWHERE = -1;
/** In place of a page of the store. */
const UNMAPPED = -2;
/** What is not mapped reads this. */
const EMPTY = new Int32Array(PAGE / 4);

/**
 * Words of a `Memory`, by whole 4 KB pages, each of which is read once. A page that is not mapped reads as zeros, which is no
 * valid tagged pointer. What is cached stays as it was first read until `thaw()` or `freeze()`, or until there is no more
 * room, when all of it is forgotten.
 *
 * Pages that are copied to be read from the copy, once frozen, lie where the cached ones were before.
 */
export class PagedMemory {
  /** The raw reader below the cache. Scans use `readRaw`, which knows of the copies. */
  readonly memory: Memory;
  readonly #maxPages: number;
  readonly #leastPages: number;
  readonly #store: PageStore;
  readonly #table = new PageTable();
  /** They are read from only once they are frozen. */
  readonly #copies: PageCopies;
  #isFrozen = false;
  /** So many pages of the store are not for the cache. */
  #kept = 0;
  /** The page used last: the halves of its address, and the index of its first 32-bit word. */
  #low = 0;
  #high = NOWHERE;
  #at = 0;
  /** What has it. */
  #words: Int32Array<ArrayBuffer> = EMPTY;
  #isMapped = false;
  #recording: PageRecording | null = null;
  #epoch = 0;
  /** By {@link AREA}: where pages were read from live memory since it was frozen or thawed. */
  readonly #live = new Set<number>();
  /** What a scan has in its hands. */
  #lent: Lent | null = null;

  constructor(memory: Memory, { maxBytes = MAX_BYTES }: PagedMemoryOptions = {}) {
    this.memory = memory;
    this.#maxPages = Math.max(1, Math.floor(maxBytes / PAGE));
    this.#leastPages = Math.min(this.#maxPages, LEAST_BYTES / PAGE);
    this.#store = new PageStore(this.#maxPages);
    this.#copies = new PageCopies(memory, this.#store);
  }

  /** While this is the same, words stay where {@link locate} has found them. */
  get epoch(): number {
    return this.#epoch;
  }

  /** The memory that {@link locate} last pointed into. */
  get words(): Int32Array {
    return this.#words;
  }

  /** The index, in {@link words} as they are from now on, of the 32-bit word that has this address in it. */
  locate(address: number): number {
    const high = Math.floor(address / 2 ** 32);
    return high >= 0 && high < HIGHEST ? this.locateHalves(address | 0, high | 0) : this.locateHalves(0, 0);
  }

  /**
   * The same, of an address in user space that comes in halves: V8 makes an object of every number of more than 32 bits that one
   * function hands to another, and this is asked for millions of times.
   */
  locateHalves(low: number, high: number): number {
    if ((low & -PAGE) !== this.#low || high !== this.#high) this.#select(low, high);
    return this.#at + ((low & (PAGE - 1)) >> 2);
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
      const offset = (address + done) % PAGE;
      this.locate(address + done);
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
    this.locate(address);
    return this.#isMapped;
  }

  /** From now on the pages that are used are noted, those in the cache and lent ones too. */
  startRecording(): void {
    this.#recording = new PageRecording();
    this.#forgetLast();
  }

  /** What this reads is not noted. */
  withoutRecording(read: () => void): void {
    const recording = this.#recording;
    this.#recording = null;
    this.#forgetLast();
    try {
      read();
    } finally {
      this.#recording = recording;
      this.#forgetLast();
    }
  }

  /** Start addresses of the pages used since `startRecording`, in no order; some may occur again. */
  endRecording(): readonly number[] {
    const addresses = this.#recording?.addresses ?? [];
    this.#recording = null;
    return addresses;
  }

  /** Takes so much from the system as will be needed, without using it yet. */
  reserve(bytes: number): void {
    this.#store.reserve(Math.ceil(bytes / PAGE));
  }

  /** Makes memory ready for copies of so many bytes. */
  prepare(bytes: number): void {
    this.#store.warm(Math.ceil(bytes / PAGE));
  }

  /**
   * Copies runs of pages, to be read from there once this is frozen.
   *
   * @param deadline of `performance.now()`
   * @returns the addresses of the pages that were not copied
   */
  copy(runs: readonly Range[], deadline: number): number[] {
    const missed: number[] = [];
    this.#copies.take(runs, deadline, missed);
    this.#kept = this.#store.taken;
    return missed;
  }

  /** From now on what was copied since the last `thaw` is read from there, and the rest from live memory. */
  freeze(): void {
    this.#copies.sort();
    this.#isFrozen = true;
    this.#live.clear();
    this.#forgetCached();
  }

  /** Whether anything near these addresses was copied, or read from live memory, not by a scan, since `freeze` or `thaw`. */
  isUsed({ start, end }: Range): boolean {
    if (this.#isFrozen && this.#copies.meet({ start, end })) return true;
    for (let at = Math.floor(start / AREA); at * AREA < end; at++) if (this.#live.has(at)) return true;
    return false;
  }

  isFrozen(address: number): boolean {
    return this.#isFrozen && this.#copies.meet({ start: address, end: address + 1 });
  }

  /** Each of what was copied, with its bytes, ascending. */
  *copied(): Generator<Range & { bytes: Buffer }> {
    if (!this.#isFrozen) return;
    for (const copy of this.#copies.all)
      yield { start: copy.start, end: copy.end, bytes: this.#copies.bytes(copy) };
  }

  /** Whole pages of this need not be read again until it is taken back, by `null`: they are not cached. */
  lend(lent: Lent | null): void {
    this.#lent = lent;
    this.#recording?.forgetLent();
    this.#forgetLast();
  }

  /** Forgets the copies, and all that is cached. */
  thaw(): void {
    this.#copies.clear();
    this.#isFrozen = false;
    this.#kept = 0;
    this.#live.clear();
    this.#forgetCached();
  }

  /** The same, and gives the memory back to the system. */
  discard(): void {
    this.thaw();
    this.#store.giveBack();
  }

  /** Of no use afterwards. */
  close(): void {
    this.discard();
    this.memory.close();
  }

  /**
   * Fills `into` from memory, not through the cache, but with frozen pages as they were copied. Returns how many
   * bytes could be read before the first that could not. Addresses are multiples of 8.
   */
  readRaw(address: number, into: Buffer): number {
    return this.#isFrozen ? this.#copies.read(address, into) : this.memory.read(address, into);
  }

  /**
   * What of a range has contents: what was copied, though its memory may have been given back since, and what `within` says
   * of the rest. Ascending.
   */
  contentsOf(range: Range, within: (range: Range) => readonly Range[]): readonly Range[] {
    return this.#isFrozen ? this.#copies.partsOf(range, within) : within(range);
  }

  /** Makes the page of the address the last used one. */
  #select(low: number, high: number): void {
    const number = high * (2 ** 32 / PAGE) + (low >>> PAGE_BITS);
    const base = number * PAGE;
    const lent = this.#lent;
    if (lent !== null && base >= lent.start && base + PAGE <= lent.end) {
      this.#words = lent.words;
      this.#at = (base - lent.start) / 4;
      this.#isMapped = true;
      this.#recording?.noteLent(base - lent.start, base);
    } else {
      let page = number === 0 ? UNMAPPED : this.#table.find(number);
      if (page === -1) page = this.#fill(number);
      this.#isMapped = page !== UNMAPPED;
      this.#words = this.#isMapped ? this.#store.words(page) : EMPTY;
      this.#at = this.#isMapped ? this.#store.position(page) : 0;
      if (this.#isMapped) this.#recording?.note(page, base);
    }
    this.#low = low & -PAGE;
    this.#high = high;
  }

  /** Reads a page; returns where it is in the store. */
  #fill(number: number): number {
    this.#live.add(Math.floor((number * PAGE) / AREA));
    const room = Math.max(this.#leastPages, this.#maxPages - this.#kept);
    if (this.#store.taken - this.#kept >= room) this.#forgetCached();
    const { first } = this.#store.take();
    const isMapped = this.memory.read(number * PAGE, this.#store.bytes(first, 1)) === PAGE;
    if (!isMapped) this.#store.drop(first);
    this.#table.add(number, isMapped ? first : UNMAPPED);
    return isMapped ? first : UNMAPPED;
  }

  /** All but the copies. */
  #forgetCached(): void {
    this.#table.clear();
    for (const { start, end, page } of this.#isFrozen ? this.#copies.all : [])
      for (let at = start; at < end; at += PAGE) this.#table.add(at / PAGE, page + (at - start) / PAGE);
    this.#store.drop(this.#kept);
    this.#recording?.forgetStored();
    this.#forgetLast();
  }

  #forgetLast(): void {
    this.#high = NOWHERE;
    this.#words = EMPTY;
    this.#at = 0;
    this.#isMapped = false;
    this.#epoch++;
  }
}
