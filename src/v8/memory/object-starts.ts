import type { Range } from './range.js';
import type { TaggedHeap } from './tagged-heap.js';

/** A page of V8's heap, as far as finding objects in it needs to know. */
export interface ObjectPage {
  areaStart: number;
  areaEnd: number;
  /** Parts of the area each of which begins with an object: without what was allocated and is not used yet. Ascending. */
  ranges?: readonly Range[];
}

/** What is known of where objects begin in a range of a page. */
interface Walk {
  start: number;
  end: number;
  /** Block → offset from `start` of the first object that begins in the block, plus 1; 0: none, or not known. */
  firsts: Uint32Array;
  /** How far it was walked: an address where an object begins, if the walk did not end. */
  walked: number;
  /** How many objects followed each other since the walk began, or last lost its way. */
  chain: number;
}

const BLOCK_BITS = 9;
/** Of a walked page of 256 KB 2 KB are kept: at most 16 MB. */
const MAX_WALKS = 8192;
/** Ranges longer than this are no pages of many objects: a large object begins where its page's area does. */
const LARGEST_RANGE = 1 << 20;
/** After the walk lost its way, so many objects must follow each other before one is believed. */
const CHAIN = 16;

/**
 * Finds where objects begin. Memory itself does not tell: a word that points to a map may be a field of an object. But
 * objects follow each other without gaps, so a page is walked from its beginning, once, and places on the way are kept.
 */
export class ObjectStarts {
  readonly #heap: TaggedHeap;
  /** By the start of the range. */
  readonly #walks = new Map<number, Walk>();
  #lastStart = 0;
  #lastEnd = 0;

  constructor(heap: TaggedHeap) {
    this.#heap = heap;
  }

  /** The object that has the address in it; 0 if unknown. */
  find(address: number, page: ObjectPage): number {
    if (!(address >= this.#lastStart && address < this.#lastEnd)) {
      const start = this.#search(address, page);
      if (start === 0) return 0;
      this.#lastStart = start;
      this.#lastEnd = start + this.#sizeAt(start);
    }
    return this.#heap.memory.nodeAt(this.#lastStart);
  }

  #search(address: number, page: ObjectPage): number {
    const { start, end } = rangeOf(address, page);
    if (end === 0) return 0;
    const { memory, layout } = this.#heap;
    // Machine code: what looks like objects in it is none.
    if (this.#heap.type(memory.nodeAt(start)) === layout.types.instructionStream) return 0;
    if (end - start > LARGEST_RANGE) return address < start + this.#sizeAt(start) ? start : 0;
    let walk = this.#walks.get(start);
    if (walk === undefined || walk.end !== end) {
      if (this.#walks.size >= MAX_WALKS) this.#walks.clear();
      const firsts = new Uint32Array(((end - start) >> BLOCK_BITS) + 1);
      walk = { start, end, firsts, walked: start, chain: CHAIN };
      this.#walks.set(start, walk);
    }
    return address < walk.walked ? this.#lookUp(address, walk) : this.#goOn(address, walk);
  }

  /** In the part that was walked over: from a known beginning before the address. */
  #lookUp(address: number, walk: Walk): number {
    let block = (address - walk.start) >> BLOCK_BITS;
    // The first object of the block may begin behind the address; then the last one of a block before has it.
    while (block >= 0 && (walk.firsts[block] === 0 || walk.start + walk.firsts[block]! - 1 > address))
      block--;
    if (block < 0) return 0;
    let at = walk.start + walk.firsts[block]! - 1;
    while (at <= address) {
      const size = this.#sizeAt(at);
      if (size === 0) return 0;
      if (address < at + size) return at;
      at += size;
    }
    return 0;
  }

  #goOn(address: number, walk: Walk): number {
    while (walk.walked <= address) {
      const at = walk.walked;
      const size = this.#sizeAt(at);
      if (size === 0 || at + size > walk.end) {
        // Not an object, or not one that is understood: the next thing that looks like one may be where it goes on.
        walk.walked = this.#nextCandidate(at + 8, walk.end);
        walk.chain = 0;
        continue;
      }
      if (walk.chain >= CHAIN) {
        const block = (at - walk.start) >> BLOCK_BITS;
        if (walk.firsts[block] === 0) walk.firsts[block] = at - walk.start + 1;
      }
      walk.chain++;
      walk.walked = at + size;
      if (address < at + size) return walk.chain > CHAIN ? at : 0;
    }
    return 0;
  }

  #nextCandidate(from: number, end: number): number {
    const { memory } = this.#heap;
    for (let at = from; at < end; at += 8) if (this.#heap.isObject(memory.nodeAt(at))) return at;
    return end;
  }

  /** Bytes of the object at an address; 0 if there is none, or its size is not known. */
  #sizeAt(address: number): number {
    return this.#heap.size(this.#heap.memory.nodeAt(address));
  }
}

const NOWHERE: Range = { start: 0, end: 0 };

function rangeOf(address: number, { areaStart, areaEnd, ranges }: ObjectPage): Range {
  if (!(address >= areaStart && address < areaEnd)) return NOWHERE;
  if (ranges === undefined) return { start: areaStart, end: areaEnd };
  return ranges.find(({ start, end }) => address >= start && address < end) ?? NOWHERE;
}
