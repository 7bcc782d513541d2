import { BLOCK_WORDS, blockOf, nodeIn } from './blocks.js';
import type { Layout } from './layout.js';
import { Names } from './names.js';
import { objectSize } from './object-size.js';
import { ObjectStarts, type ObjectPage } from './object-starts.js';
import { END_OF_USER_SPACE, type PagedMemory } from './paged-memory.js';

/** What is remembered of one map. */
const CACHED_MAPS = 8192;
const MASK = CACHED_MAPS - 1;
const UPPER = 2 ** 32;
/** Values from here on are small integers: their 32 bits come to this. */
const SMI = UPPER;
/** Of a block. */
const IN_HEAP = 1;
const OUTSIDE = 2;

/**
 * Objects of V8's heap. An object is the node of its first word, see {@link Blocks}: 0 is none. Where a small integer may stand as well
 * there is a *value*, which is an object or what {@link isSmi} is true of; 0 for all else. Whatever is in the memory, nothing here
 * throws or goes on without bound: an object counts as one only if its map is a map, and what does not reads as 0, or -1 where 0 has
 * a meaning.
 */
export class TaggedHeap {
  readonly memory: PagedMemory;
  readonly layout: Layout;
  readonly names: Names;
  readonly #contains: (address: number) => boolean;
  /** By block: whether it is of V8's heap, 0 where that was not asked. */
  #blocks = new Uint8Array(64);
  /** Maps that were checked: a table indexed by the node, in which the last one of a slot wins. */
  readonly #maps = new Int32Array(CACHED_MAPS);
  readonly #types = new Int16Array(CACHED_MAPS);
  readonly #sizes = new Int16Array(CACHED_MAPS);
  readonly #starts: ObjectStarts;
  /** What others have found out, by the object that it is about: thousands of functions are alike. */
  readonly found = {
    /** By map, and by object where those of its map may have another one. */
    classNames: new Map<number, string>(),
    objectNames: new Map<number, string>(),
    functionNames: new Map<number, string>(),
    lineEnds: new Map<number, Uint32Array | null>(),
    /** By BytecodeArray and bytecode offset. */
    sourcePositions: new Map<number, Map<number, number>>(),
  };

  /** `contains`: whether an address lies in a page of V8's heap, read-only ones included; asked of each block once. */
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

  /** What a tagged word that comes in halves points to, strongly; 0 if that is outside of V8's heap. Not: whether it is an object. */
  target(low: number, high: number): number {
    if ((low & 7) !== 1 || high >>> 15 !== 0) return 0;
    const block = this.memory.blocks.find(low, high);
    return block !== 0 && this.#blocks[block] === IN_HEAP ? nodeIn(block, low) : this.#findTarget(low, high);
  }

  /** The same, of a tagged word. */
  targetOf(word: number): number {
    return word < END_OF_USER_SPACE ? this.target(word | 0, Math.floor(word / UPPER) | 0) : 0;
  }

  /** The object that a tagged word points to; 0 if it does not. */
  objectOf(word: number): number {
    const object = this.targetOf(word);
    return this.type(object) === -1 ? 0 : object;
  }

  /** What a tagged word stands for. */
  tagged(word: number): number {
    return word % UPPER === 0 ? this.smallInteger(word / UPPER) : this.objectOf(word);
  }

  /** Where an object begins. */
  address(object: number): number {
    return this.memory.blocks.address(object);
  }

  /** The tagged pointer to an object. */
  pointer(object: number): number {
    return this.address(object) + 1;
  }

  isSmi(value: number): boolean {
    return value >= SMI;
  }

  /** The value of a small integer. */
  smallInteger(integer: number): number {
    return SMI + (integer >>> 0);
  }

  /** The integer of a value that {@link isSmi}. */
  smi(value: number): number {
    return (value - SMI) | 0;
  }

  /** Whether what begins there is an object: its map is one. */
  isObject(object: number): boolean {
    return this.type(object) !== -1;
  }

  /** The map of an object; 0 if it is none. */
  map(object: number): number {
    const { memory } = this;
    const at = memory.at(object);
    const map = this.target(memory.words[at]!, memory.words[at + 1]!);
    return this.#slot(map) === -1 ? 0 : map;
  }

  /** The instance type; -1 if it is no object, or a small integer. */
  type(object: number): number {
    if (object >= SMI) return -1;
    const { memory } = this;
    const at = memory.at(object);
    return this.typeOfMap(this.target(memory.words[at]!, memory.words[at + 1]!));
  }

  /** The instance type that objects of a map have; -1 if it is no map. */
  typeOfMap(map: number): number {
    const slot = this.#slot(map);
    return slot === -1 ? -1 : this.#types[slot]!;
  }

  /** Of objects of this map, in words; 0 if they vary, -1 if it is no map. */
  sizeInWords(map: number): number {
    const slot = this.#slot(map);
    return slot === -1 ? -1 : this.#sizes[slot]!;
  }

  /** The object that the field at an offset holds; 0 if it holds none. */
  field(object: number, offset: number): number {
    const at = this.#at(object, offset);
    const { words } = this.memory;
    const target = this.target(words[at]!, words[at + 1]!);
    return target !== 0 && this.type(target) !== -1 ? target : 0;
  }

  /** The same, if it is an object of that type. */
  fieldOf(object: number, offset: number, type: number): number {
    const at = this.#at(object, offset);
    const { words } = this.memory;
    const target = this.target(words[at]!, words[at + 1]!);
    return target !== 0 && this.type(target) === type ? target : 0;
  }

  /** The value that the field at an offset holds. */
  value(object: number, offset: number): number {
    const at = this.#at(object, offset);
    const { words } = this.memory;
    const low = words[at]!;
    const high = words[at + 1]!;
    if (low === 0) return this.smallInteger(high);
    const target = this.target(low, high);
    return target !== 0 && this.type(target) !== -1 ? target : 0;
  }

  /** The small integer in the field at an offset; `missing` if there is none. */
  smiField(object: number, offset: number, missing: number): number {
    const at = this.#at(object, offset);
    const { words } = this.memory;
    return words[at] === 0 ? words[at + 1]! : missing;
  }

  /** The object that the field at an offset holds, weakly or strongly; 0 if it holds none. */
  weakField(object: number, offset: number): number {
    const at = this.#at(object, offset);
    const { words } = this.memory;
    const low = words[at]!;
    const target = this.target((low & 3) === 3 ? low - 2 : low, words[at + 1]!);
    return target !== 0 && this.type(target) !== -1 ? target : 0;
  }

  /** The bare word at an offset, unsigned, exact below 2^53. */
  word(object: number, offset: number): number {
    const at = this.#at(object, offset);
    const { words } = this.memory;
    return (words[at]! >>> 0) + (words[at + 1]! >>> 0) * UPPER;
  }

  /** The bare 32 bits at an offset, a multiple of four. */
  i32(object: number, offset: number): number {
    const at = this.#at(object, offset);
    return this.memory.words[at + ((offset & 4) >> 2)]!;
  }

  u32(object: number, offset: number): number {
    return this.i32(object, offset) >>> 0;
  }

  /** Of an even offset. */
  u16(object: number, offset: number): number {
    return (this.i32(object, offset) >>> ((offset & 2) * 8)) & 0xffff;
  }

  u8(object: number, offset: number): number {
    return (this.i32(object, offset) >>> ((offset & 3) * 8)) & 0xff;
  }

  /** A copy of bytes from an offset on; `null` if any of them is unmapped. The caller bounds the length. */
  bytes(object: number, offset: number, length: number): Buffer | null {
    return object === 0 ? null : this.memory.bytes(this.address(object) + offset, length);
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

  /** The index, in the memory's words, of the lower half of the word at an offset. */
  #at(object: number, offset: number): number {
    const word = (object & (BLOCK_WORDS - 1)) + (offset >> 3);
    if (word < BLOCK_WORDS) return this.memory.at(object + (offset >> 3));
    // In another block, as those of large objects are.
    return this.memory.at(this.memory.nodeAt(this.address(object) + offset));
  }

  #findTarget(low: number, high: number): number {
    const address = (low >>> 0) - 1 + high * UPPER;
    const known = this.memory.blocks.find(low, high);
    if (known !== 0 && this.#blocks[known] === OUTSIDE) return 0;
    const contains = this.#contains(address);
    // What is outside is not numbered for that.
    const node = contains ? this.memory.node(low, high) : nodeIn(known, low);
    const block = blockOf(node);
    if (block === 0) return 0;
    while (block >= this.#blocks.length) {
      const blocks = new Uint8Array(2 * this.#blocks.length);
      blocks.set(this.#blocks);
      this.#blocks = blocks;
    }
    this.#blocks[block] = contains ? IN_HEAP : OUTSIDE;
    return contains ? node : 0;
  }

  /** The slot of a valid map, -1 of anything else. */
  #slot(map: number): number {
    const slot = map & MASK;
    if (this.#maps[slot] === map && map !== 0) return slot;
    return this.#isMap(map) ? this.#remember(slot, map) : -1;
  }

  #isMap(map: number): boolean {
    if (map === 0) return false;
    const { types, map: layout } = this.layout;
    // The map of a map is a meta map: one for all, or (from V8 12 on) one for each native context. Its own map is one too.
    const meta = this.#mapWord(map);
    if (meta === 0 || this.u16(meta, layout.instanceType) !== types.map) return false;
    const metaMeta = this.#mapWord(meta);
    if (metaMeta === 0 || this.u16(metaMeta, layout.instanceType) !== types.map) return false;
    return this.u16(map, layout.instanceType) <= types.last;
  }

  #mapWord(object: number): number {
    const at = this.memory.at(object);
    const { words } = this.memory;
    return this.target(words[at]!, words[at + 1]!);
  }

  #remember(slot: number, map: number): number {
    const { map: layout } = this.layout;
    this.#maps[slot] = map;
    this.#types[slot] = this.u16(map, layout.instanceType);
    this.#sizes[slot] = this.u8(map, layout.instanceSizeInWords);
    return slot;
  }
}
