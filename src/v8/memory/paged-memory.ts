import type { Memory } from '../../os/linux/memory.js';
import { beginCollection } from './begin-collection.js';
import { BLOCK, blockOf, Blocks, nodeIn } from './blocks.js';
import { PageCopies } from './page-copies.js';
import { PAGE, PAGE_BITS, PageStore } from './page-store.js';
import { type Range, sizeOf } from './range.js';

export interface PagedMemoryOptions {
  /** Of what is cached, in bytes. Default: 64 MB, with the copies; 16 MB beside these if they are large. */
  maxBytes?: number;
}

/** As much as is read of 100,000 functions until it is known what of it is to be copied, into the same memory. */
const MAX_BYTES = 64 * 1024 * 1024;
const LEAST_BYTES = 16 * 1024 * 1024;
/** User space of x64 and arm64 with 48-bit addresses ends here. */
export const END_OF_USER_SPACE = 2 ** 47;
/** Upper halves of addresses are below this. */
const HIGHEST = END_OF_USER_SPACE / 2 ** 32;
const UPPER = 2 ** 32;

const PAGE_WORDS = PAGE / 4;
/** Nodes of a page, and pages of a block. */
const NODE_BITS = 9;
const BLOCK_PAGE_BITS = 6;
/** What may be scanned at a time; it may begin within a page. */
export const SCANNED_BYTES = 256 * 1024;
const SCANNED_PAGES = SCANNED_BYTES / PAGE + 1;
/** The first pages of the store: one that is never used, so that no page is at 0; one that what is not mapped reads as; those scanned. */
const EMPTY = 1;
const SCANNED = 2;
const FIRST = SCANNED + SCANNED_PAGES;
/** A collection that is under way may leave what is let go of meanwhile, and V8 then goes on with that one only: once did not always do (20.20). */
const COLLECTIONS = 3;

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
  /** Numbers the words that are asked for. */
  readonly blocks = new Blocks();
  readonly #maxPages: number;
  readonly #leastPages: number;
  readonly #store = new PageStore();
  /** They are read from only once they are frozen. */
  readonly #copies: PageCopies;
  #isFrozen = false;
  /** How often V8 is to be made to collect garbage yet. */
  #collectionsDue = 0;
  /** So many pages of the store are not for the cache. */
  #kept = FIRST;
  /** By page of the blocks: where it is in {@link words}, an index; 0 where it is not at hand. */
  #places = new Int32Array(64 << BLOCK_PAGE_BITS);
  /** Pages that were used since they are recorded, by their numbers; `null`: they are not. */
  #recorded: number[] | null = null;
  /** Pages that came while they were not to be recorded, though others are. */
  #unrecorded: number[] | null = null;
  /** By block: 1 where pages were read from live memory since it was frozen or thawed. */
  #live = new Uint8Array(64);
  /** Whole pages among what is scanned: no need to read them again. */
  readonly #lent: Range = { start: 0, end: 0 };
  /** Where the first of them is, an index of {@link words}. */
  #lentAt = 0;

  constructor(memory: Memory, { maxBytes = MAX_BYTES }: PagedMemoryOptions = {}) {
    this.memory = memory;
    this.#maxPages = Math.max(1, Math.floor(maxBytes / PAGE));
    this.#leastPages = Math.min(this.#maxPages, LEAST_BYTES / PAGE);
    this.#copies = new PageCopies(memory, this.#store);
  }

  /** 32-bit words of all pages that are at hand. */
  get words(): Int32Array<ArrayBuffer> {
    return this.#store.words;
  }

  /**
   * The index, in {@link words} as they are from now on, of the lower half of a word. It holds until the next call of anything here: the
   * page may have to make room.
   */
  at(node: number): number {
    const page = node >>> NODE_BITS;
    const place = this.#places[page]!;
    return (place === 0 ? this.#fill(page) : place) + ((node & ((1 << NODE_BITS) - 1)) << 1);
  }

  /** The node of the word with an address in it, which comes in halves; 0 outside of user space, and if there are too many. */
  node(low: number, high: number): number {
    if (high >>> 0 >= HIGHEST) return 0;
    const block = this.blocks.number(low, high);
    if (block << BLOCK_PAGE_BITS >= this.#places.length) this.#growTables();
    return nodeIn(block, low);
  }

  /** The same, of an address. */
  nodeAt(address: number): number {
    return address > 0 && address < END_OF_USER_SPACE
      ? this.node(address | 0, Math.floor(address / UPPER) | 0)
      : 0;
  }

  /** The lower half of the 8-byte word that has this address in it; 0 if unmapped. */
  low(address: number): number {
    const at = this.at(this.nodeAt(address));
    return this.words[at]!;
  }

  /** The upper half of the 8-byte word that has this address in it; 0 if unmapped. */
  high(address: number): number {
    const at = this.at(this.nodeAt(address));
    return this.words[at + 1]!;
  }

  /** Unsigned 64 bits, exact below 2^53; 0 if unmapped. */
  word(address: number): number {
    const at = this.at(this.nodeAt(address));
    const { words } = this;
    return (words[at]! >>> 0) + (words[at + 1]! >>> 0) * UPPER;
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
    const at = this.at(this.nodeAt(address));
    return this.words[at + ((address & 4) >> 2)]!;
  }

  /** A copy; `null` if any of it is unmapped. The caller bounds the length. */
  bytes(address: number, length: number): Buffer | null {
    const copy = Buffer.allocUnsafe(length);
    for (let done = 0; done < length;) {
      const from = address + done;
      const at = this.at(this.nodeAt(from - (from % 8)));
      if (at < SCANNED * PAGE_WORDS) return null;
      const piece = Math.min(PAGE - (from % PAGE), length - done);
      copy.set(new Uint8Array(this.words.buffer, at * 4 + (from % 8), piece), done);
      done += piece;
    }
    return copy;
  }

  /** Whether the page of this address can be read. */
  isMapped(address: number): boolean {
    return this.at(this.nodeAt(address)) >= SCANNED * PAGE_WORDS;
  }

  /** From now on the pages that are used are noted, those that are scanned if they are used by themselves. */
  startRecording(): void {
    this.#recorded = [];
    this.#forgetCached();
  }

  /** What this reads is not noted. */
  withoutRecording(read: () => void): void {
    const recorded = this.#recorded;
    this.#recorded = null;
    this.#unrecorded = [];
    try {
      read();
    } finally {
      // They come up again when they are used next.
      for (const page of this.#unrecorded) this.#places[page] = 0;
      this.#unrecorded = null;
      this.#recorded = recorded;
    }
  }

  /** Start addresses of the pages used since `startRecording`, in no order; some may occur again. */
  endRecording(): number[] {
    const recorded = this.#recorded ?? [];
    this.#recorded = null;
    return recorded.map((page) => this.#addressOf(page));
  }

  /** Takes so much from the system as will be copied, without using it yet. */
  reserve(bytes: number): void {
    const count = FIRST + Math.max(this.#maxPages, Math.ceil(bytes / PAGE) + this.#leastPages);
    if (count <= this.#store.room) return;
    this.#store.reserve(count);
    // To take as much makes V8 collect what is left of a reading before, or go on with that.
    this.#collectionsDue = count > FIRST + this.#maxPages ? 1 : 0;
    this.thaw();
  }

  /**
   * Makes memory ready for copies of so many bytes, and room for more. What was copied or cached before is forgotten.
   *
   * @param room bytes, at least as many
   */
  prepare(bytes: number, room = bytes): void {
    this.thaw();
    this.reserve(room);
    this.#store.warm(Math.ceil(bytes / PAGE));
  }

  /**
   * Copies runs of pages, to be read from there once this is frozen.
   *
   * @param deadline of `performance.now()`
   * @returns the addresses of the pages that were not copied
   */
  copy(runs: readonly Range[], deadline: number): number[] {
    if (this.#store.room === 0) this.reserve(0);
    const missed: number[] = [];
    this.#copies.take(runs, deadline, this.#leastPages, missed);
    this.#kept = Math.max(FIRST, this.#store.taken);
    return missed;
  }

  /** From now on what was copied since the last `thaw` is read from there, and the rest from live memory. */
  freeze(): void {
    this.#copies.sort();
    this.#isFrozen = true;
    this.#live.fill(0);
    this.#forgetCached();
  }

  /**
   * Forgets the copies of all but these ranges, which are of whole pages and ascending; none, if it would be no more than may be cached
   * beside large copies anyway.
   */
  keepCopies(ranges: readonly Range[]): void {
    if (!this.#isFrozen) return;
    const kept = this.#copies.within(ranges);
    if (sizeOf(this.#copies.all) - sizeOf(kept) < this.#leastPages * PAGE) return;
    // What was read of the others counts as read from live memory: if that moves, it is found no longer.
    for (const { start, end } of this.#copies.all)
      for (let at = start; at < end; at += PAGE) this.#live[blockOf(this.nodeAt(at))] = 1;
    this.#copies.keep(kept, FIRST, this.#leastPages);
    this.#kept = this.#store.taken;
    this.#forgetCached();
    this.#collectionsDue = COLLECTIONS;
    this.collect();
  }

  /** Has V8 collect large memory that was let go of. To be called between steps: a collection that was under way then leaves it to the next. */
  collect(): void {
    if (this.#collectionsDue === 0) return;
    this.#collectionsDue--;
    beginCollection();
  }

  /** Whether anything near these addresses was copied, or read from live memory, not by a scan, since `freeze` or `thaw`. */
  isUsed({ start, end }: Range): boolean {
    if (this.#isFrozen && this.#copies.meet({ start, end })) return true;
    for (let at = start; at < end; at += BLOCK) {
      const block = this.blocks.find(at | 0, Math.floor(at / UPPER) | 0);
      if (block !== 0 && this.#live[block] === 1) return true;
    }
    return false;
  }

  /** Whether the page of this word is read as it was copied. */
  isCopied(node: number): boolean {
    const place = this.#places[node >>> NODE_BITS]!;
    return place >= FIRST * PAGE_WORDS && place < this.#kept * PAGE_WORDS;
  }

  /** Each of what was copied, with its bytes, ascending. */
  *copied(): Generator<Range & { bytes: Buffer }> {
    if (!this.#isFrozen) return;
    for (const copy of this.#copies.all)
      yield { start: copy.start, end: copy.end, bytes: this.#copies.bytes(copy) };
  }

  /**
   * Reads memory to go over it, up to {@link SCANNED_BYTES}, not through the cache, but frozen pages as they were copied. Its whole
   * pages need not be read again until the next scan, or `endScan`.
   *
   * @param address a multiple of 8, as is the length
   * @returns how many bytes could be read before the first that could not
   */
  scan(address: number, length: number): number {
    this.endScan();
    if (this.#store.room === 0) this.reserve(0);
    const before = address % PAGE;
    const area = this.#store.bytes(SCANNED, SCANNED_PAGES);
    const read = this.readRaw(address - before, area.subarray(0, before + length)) - before;
    if (read <= 0) return 0;
    this.#lentAt = SCANNED * PAGE_WORDS;
    this.#lent.start = address - before;
    this.#lent.end = address + read - ((address + read) % PAGE);
    return read;
  }

  /** The index, in {@link words}, of the word at this address of what {@link scan} has read. */
  scanned(address: number): number {
    return this.#lentAt + ((address - this.#lent.start) >> 2);
  }

  /** The pages that were scanned are to be read again. */
  endScan(): void {
    const { start, end } = this.#lent;
    for (let at = start; at < end; at += PAGE) {
      const block = this.blocks.find(at | 0, Math.floor(at / UPPER) | 0);
      if (block === 0) continue;
      const page = (block << BLOCK_PAGE_BITS) | ((at / PAGE) & ((1 << BLOCK_PAGE_BITS) - 1));
      const place = this.#places[page]!;
      if (place >= SCANNED * PAGE_WORDS && place < FIRST * PAGE_WORDS) this.#places[page] = 0;
    }
    this.#lent.end = this.#lent.start;
  }

  /** Forgets the copies, and all that is cached. */
  thaw(): void {
    this.#copies.clear();
    this.#isFrozen = false;
    this.#kept = FIRST;
    this.#live.fill(0);
    this.#forgetCached();
  }

  /** Of no use afterwards. */
  close(): void {
    this.thaw();
    this.#store.release();
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

  #addressOf(page: number): number {
    return this.blocks.address(page << NODE_BITS);
  }

  /** Brings a page to hand; returns where it is. */
  #fill(page: number): number {
    if (this.#store.room === 0) this.reserve(0);
    const place = this.#bring(page);
    this.#places[page] = place;
    if (place !== EMPTY * PAGE_WORDS) {
      this.#recorded?.push(page);
      this.#unrecorded?.push(page);
    }
    return place;
  }

  #bring(page: number): number {
    const address = this.#addressOf(page);
    // The first page of memory is never mapped.
    if (address === 0) return EMPTY * PAGE_WORDS;
    const { start, end } = this.#lent;
    if (address >= start && address < end) return this.#lentAt + ((address - start) >> 2);
    this.#live[page >>> BLOCK_PAGE_BITS] = 1;
    const most = Math.max(this.#leastPages, this.#maxPages - (this.#kept - FIRST));
    const room = Math.min(most, this.#store.room - this.#kept);
    if (this.#store.taken - this.#kept >= room) this.#forgetCached();
    const place = this.#store.take();
    if (this.memory.read(address, this.#store.bytes(place, 1)) === PAGE) return place * PAGE_WORDS;
    this.#store.drop(place);
    return EMPTY * PAGE_WORDS;
  }

  /** All but the copies. */
  #forgetCached(): void {
    this.#places.fill(0);
    this.#unrecorded?.splice(0);
    this.#store.drop(this.#kept);
    if (!this.#isFrozen) return;
    for (const { start, end, page } of this.#copies.all) {
      for (let at = start; at < end; at += PAGE)
        this.#places[this.nodeAt(at) >>> NODE_BITS] = (page + ((at - start) >> PAGE_BITS)) * PAGE_WORDS;
    }
  }

  #growTables(): void {
    const places = new Int32Array(2 * this.#places.length);
    places.set(this.#places);
    this.#places = places;
    const live = new Uint8Array(2 * this.#live.length);
    live.set(this.#live);
    this.#live = live;
  }
}
