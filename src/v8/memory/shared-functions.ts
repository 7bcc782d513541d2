import type { Place } from '../await-graph/await-graph.js';
import {
  builtinOfShared,
  bytecodeOfShared,
  scriptOfShared,
  sharedName,
  sharedOf,
  startOfShared,
} from './functions.js';
import type { Places } from './places.js';
import { scriptName } from './scripts.js';
import { sourcePosition } from './source-positions.js';
import type { TaggedHeap } from './tagged-heap.js';

/** What is the same of all closures of one function, each worked out when it is asked for, once. */
export class SharedFunction {
  readonly #objects: TaggedHeap;
  /** The SharedFunctionInfo. */
  readonly node: number;
  readonly #places: Places;
  #name: string | undefined;
  #script: number | undefined;
  #scriptName: string | undefined;
  #location: Place | null | undefined;
  #builtinId: number | undefined;
  #bytecode: number | undefined;
  readonly #positions = new Map<number, Place | null>();

  constructor(objects: TaggedHeap, shared: number, places: Places) {
    this.#objects = objects;
    this.node = shared;
    this.#places = places;
  }

  /** Empty of anonymous ones. */
  get name(): string {
    return (this.#name ??= sharedName(this.#objects, this.node));
  }

  /** What its script was loaded as; empty if it has none. */
  get scriptName(): string {
    return (this.#scriptName ??= this.script === 0 ? '' : scriptName(this.#objects, this.script));
  }

  /** The Script; 0 if it is V8's or C++'s own. */
  get script(): number {
    return (this.#script ??= scriptOfShared(this.#objects, this.node));
  }

  /** Where it begins. */
  get location(): Place | null {
    if (this.#location === undefined) this.#location = this.#place(startOfShared(this.#objects, this.node));
    return this.#location;
  }

  /** V8's number of a function that it brought along; -1 of any other. */
  get builtinId(): number {
    return (this.#builtinId ??= builtinOfShared(this.#objects, this.node));
  }

  /** Where it is suspended, by the offset in its bytecode; `null` where that cannot be told. */
  position(bytecodeOffset: number): Place | null {
    let place = this.#positions.get(bytecodeOffset);
    if (place === undefined) this.#positions.set(bytecodeOffset, (place = this.#position(bytecodeOffset)));
    return place;
  }

  #position(bytecodeOffset: number): Place | null {
    const bytecode = (this.#bytecode ??= bytecodeOfShared(this.#objects, this.node));
    if (this.script === 0 || bytecode === 0) return null;
    return this.#place(sourcePosition(this.#objects, bytecode, bytecodeOffset));
  }

  #place(position: number): Place | null {
    return this.#places.of(this.#objects, this.script, position);
  }
}

/** The functions of a heap: thousands of closures have few. */
export class SharedFunctions {
  readonly #objects: TaggedHeap;
  readonly #places: Places;
  readonly #known = new Map<number, SharedFunction>();
  #lastClosure = 0;
  #last: SharedFunction | null = null;

  constructor(objects: TaggedHeap, places: Places) {
    this.#objects = objects;
    this.#places = places;
  }

  /** Of a function; `null` of anything else, bound functions too. */
  of(closure: number): SharedFunction | null {
    if (closure === this.#lastClosure) return this.#last;
    const shared = sharedOf(this.#objects, closure);
    this.#lastClosure = closure;
    this.#last = shared === 0 ? null : this.#ofShared(shared);
    return this.#last;
  }

  #ofShared(shared: number): SharedFunction {
    let known = this.#known.get(shared);
    if (known === undefined)
      this.#known.set(shared, (known = new SharedFunction(this.#objects, shared, this.#places)));
    return known;
  }
}
