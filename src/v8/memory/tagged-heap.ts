import type { Layout } from './layout.js';
import { Names } from './names.js';
import { objectSize } from './object-size.js';
import { ObjectStarts, type ObjectPage } from './object-starts.js';
import { PAGE } from './page-store.js';
import type { PagedMemory } from './paged-memory.js';

/** What is remembered of one map. */
const CACHED_MAPS = 8192;
const MASK = CACHED_MAPS - 1;
const END_OF_USER_SPACE = 2 ** 47;
const UPPER = 2 ** 32;
/** V8's pages are of whole chunks of 256 KB: an answer of `contains` holds for all of one. */
const CACHED_CHUNKS = 4096;
const NO_WORDS = new Int32Array(0);

/**
 * Objects of V8's heap, by their tagged pointers as JS numbers (address + 1). Small integers are the tagged words too, as
 * unsigned numbers. Whatever is in the memory, nothing here throws or goes on without bound: an object counts as one
 * only if its map is a map, and what does not reads as 0, or -1 where 0 has a meaning.
 */
export class TaggedHeap {
  readonly memory: PagedMemory;
  readonly layout: Layout;
  readonly names: Names;
  readonly #contains: (address: number) => boolean;
  /** Maps that were checked: a table indexed by the pointer, in which the last one of a slot wins. */
  readonly #mapsLow = new Int32Array(CACHED_MAPS);
  readonly #mapsHigh = new Int32Array(CACHED_MAPS);
  readonly #types = new Int16Array(CACHED_MAPS);
  readonly #sizes = new Int16Array(CACHED_MAPS);
  /** Chunks that are of V8's heap: a table of the same kind. */
  readonly #chunks = new Int32Array(CACHED_CHUNKS);
  readonly #starts: ObjectStarts;
  /** The object of which a field was read last, as most are read several of: where it begins in its page, and the words. */
  #object = Number.NaN;
  #epoch = -1;
  #inPage = 0;
  #at = 0;
  #words: Int32Array = NO_WORDS;
  /** What others have found out, by the tagged pointer of what it is about: thousands of functions are alike. */
  readonly found = {
    /** By map, and by object where those of its map may have another one. */
    classNames: new Map<number, string>(),
    objectNames: new Map<number, string>(),
    functionNames: new Map<number, string>(),
    lineEnds: new Map<number, Uint32Array | null>(),
    /** By BytecodeArray and bytecode offset. */
    sourcePositions: new Map<number, Map<number, number>>(),
  };

  /** `contains`: whether an address lies in a page of V8's heap, read-only ones included; asked of each 256 KB at least once. */
  constructor(
    memory: PagedMemory,
    layout: Layout,
    contains: (address: number) => boolean,
    names: Names = new Names(),
  ) {
    this.memory = memory;
    this.names = names;
    this.layout = layout;
    this.#contains = contains;
    this.#starts = new ObjectStarts(this);
  }

  /** Forgets what was learnt of the memory: to be called when its contents may have changed. */
  forget(): void {
    this.#mapsLow.fill(0);
    this.#chunks.fill(0);
    this.#object = Number.NaN;
    this.#starts.forget();
    for (const map of Object.values(this.found)) map.clear();
  }

  /** The word at an address, which is a multiple of 8; 0 if it cannot be read. */
  tagged(address: number): number {
    return this.memory.word(address);
  }

  isSmi(value: number): boolean {
    return (value | 0) === 0;
  }

  /** The integer in a tagged word that {@link isSmi}. */
  smi(value: number): number {
    return Math.floor(value / UPPER) | 0;
  }

  /** A strong pointer to an object whose map is one. */
  isObject(value: number): boolean {
    return this.type(value) !== -1;
  }

  /** The map of an object; 0 if it is none. */
  map(object: number): number {
    if (!this.#isPointer(object)) return 0;
    const map = this.memory.word(object - 1);
    return this.#find(map | 0, upperHalf(map)) === -1 ? 0 : map;
  }

  /** The instance type; -1 if it is no object. */
  type(object: number): number {
    return object < END_OF_USER_SPACE ? this.#typeOfObject(object | 0, upperHalf(object)) : -1;
  }

  /** The instance type that objects of a map have; -1 if it is no map. */
  typeOfMap(map: number): number {
    return this.#typeOfMap(map | 0, upperHalf(map));
  }

  /** Of objects of this map, in words; 0 if they vary, -1 if it is no map. */
  sizeInWords(map: number): number {
    const slot = this.#find(map | 0, upperHalf(map));
    return slot === -1 ? -1 : this.#sizes[slot]!;
  }

  /** The tagged word at an offset of an object: a Smi or a strong pointer to an object; otherwise 0. */
  field(object: number, offset: number): number {
    if (!this.#open(object)) return 0;
    const at = this.#locate(object, offset);
    const low = this.#words[at]!;
    const high = this.#words[at + 1]!;
    return low === 0 || this.#typeOfObject(low, high) !== -1 ? wordOf(low, high) : 0;
  }

  /** The same, if it is an object of that type. */
  fieldOf(object: number, offset: number, type: number): number {
    if (!this.#open(object)) return 0;
    const at = this.#locate(object, offset);
    const low = this.#words[at]!;
    const high = this.#words[at + 1]!;
    return this.#typeOfObject(low, high) === type ? wordOf(low, high) : 0;
  }

  /** The small integer at an offset; `missing` if there is none. */
  smiField(object: number, offset: number, missing: number): number {
    if (!this.#open(object)) return missing;
    const at = this.#locate(object, offset);
    return this.#words[at] === 0 ? this.#words[at + 1]! : missing;
  }

  /** The weak or strong pointer to an object at an offset, as a strong one; 0 if there is none. */
  weakField(object: number, offset: number): number {
    if (!this.#open(object)) return 0;
    const at = this.#locate(object, offset);
    const low = this.#words[at]!;
    const strong = (low & 3) === 3 ? low - 2 : low;
    const high = this.#words[at + 1]!;
    return this.#typeOfObject(strong, high) === -1 ? 0 : wordOf(strong, high);
  }

  /** Bytes; 0 if unknown. */
  size(object: number): number {
    const map = this.map(object);
    return map === 0 ? 0 : objectSize(this, object, map);
  }

  /**
   * The object that has this address inside of it; 0 if unknown. Ascending addresses of a page cost least, those in the
   * object that was found last nearly nothing.
   */
  objectAt(address: number, page: ObjectPage): number {
    return this.#starts.find(address, page);
  }

  /** Makes an object the one of which fields are read; false if it is none. */
  #open(object: number): boolean {
    const { memory } = this;
    if (object === this.#object && memory.epoch === this.#epoch) return true;
    if (this.type(object) === -1) return false;
    this.#at = memory.locate(object - 1);
    this.#words = memory.words;
    this.#object = object;
    this.#inPage = (object & (PAGE - 1)) - 1;
    this.#epoch = memory.epoch;
    return true;
  }

  /** The index in {@link #words} of the word at an offset of the object that is open. */
  #locate(object: number, offset: number): number {
    const end = this.#inPage + offset;
    if (end >= 0 && end < PAGE) return this.#at + (offset >> 2);
    const at = this.memory.locate(object - 1 + offset);
    // In another page: the object must be opened again for its next field.
    this.#words = this.memory.words;
    this.#object = Number.NaN;
    return at;
  }

  #isPointer(value: number): boolean {
    return value < END_OF_USER_SPACE && this.#isPointerTo(value | 0, upperHalf(value));
  }

  /** By halves, which cost nothing to hand on: see {@link PagedMemory.locateHalves}. */
  #isPointerTo(low: number, high: number): boolean {
    if ((low & 7) !== 1 || high >>> 15 !== 0) return false;
    const chunk = (high << 14) | (low >>> 18);
    return (
      this.#chunks[chunk & (CACHED_CHUNKS - 1)] === chunk || this.#findChunk(chunk, wordOf(low, high) - 1)
    );
  }

  #typeOfObject(low: number, high: number): number {
    if (!this.#isPointerTo(low, high)) return -1;
    const { memory } = this;
    const at = memory.locateHalves(low - 1, high);
    return this.#typeOfMap(memory.words[at]!, memory.words[at + 1]!);
  }

  #findChunk(chunk: number, address: number): boolean {
    if (!this.#contains(address)) return false;
    this.#chunks[chunk & (CACHED_CHUNKS - 1)] = chunk;
    return true;
  }

  #typeOfMap(low: number, high: number): number {
    const slot = this.#find(low, high);
    return slot === -1 ? -1 : this.#types[slot]!;
  }

  /** The slot of a valid map, -1 of anything else. */
  #find(low: number, high: number): number {
    const slot = (low >>> 3) & MASK;
    if (this.#mapsLow[slot] === low && this.#mapsHigh[slot] === high && low !== 0) return slot;
    const map = wordOf(low, high);
    return this.#check(map) ? this.#remember(slot, map) : -1;
  }

  #check(map: number): boolean {
    if (!this.#isPointer(map)) return false;
    const { memory, layout } = this;
    const { instanceType } = layout.map;
    // The map of a map is a meta map: one for all, or (from V8 12 on) one for each native context. Its own map is one too.
    const meta = memory.word(map - 1);
    if (!this.#isPointer(meta) || memory.u16(meta - 1 + instanceType) !== layout.types.map) return false;
    const metaMeta = memory.word(meta - 1);
    if (metaMeta !== meta && !this.#isPointer(metaMeta)) return false;
    if (memory.u16(metaMeta - 1 + instanceType) !== layout.types.map) return false;
    return memory.u16(map - 1 + instanceType) <= layout.types.last;
  }

  #remember(slot: number, map: number): number {
    const { memory, layout } = this;
    this.#mapsLow[slot] = map | 0;
    this.#mapsHigh[slot] = upperHalf(map);
    this.#types[slot] = memory.u16(map - 1 + layout.map.instanceType);
    this.#sizes[slot] = memory.u8(map - 1 + layout.map.instanceSizeInWords);
    return slot;
  }
}

function upperHalf(word: number): number {
  return Math.floor(word / UPPER) | 0;
}

function wordOf(low: number, high: number): number {
  return (low >>> 0) + (high >>> 0) * UPPER;
}
