import { isAnchorFunction } from './anchor.js';
import { visitSlots } from './contexts.js';
import { displayName } from './display-name.js';
import { contextOf, functionName, functionStart, isFunction, scriptOf, sharedOf } from './functions.js';
import { generatorFields, generatorPosition, generatorState, visitReactions } from './generators.js';
import type { Places } from './places.js';
import { scriptName } from './scripts.js';
import type { TaggedHeap } from './tagged-heap.js';

/** Of so many objects the time is taken that one takes: to look at the clock takes a tenth of it. */
const SAMPLE = 16;

/**
 * Reads what the graph is made of, while it is recorded on which pages that is: objects, and what their functions are called.
 * Works out lines and columns by the way, the sources for which are not to be copied.
 */
export class Touch {
  /** Suspended functions that are called as the anchor is. */
  readonly anchors: number[] = [];
  readonly #objects: TaggedHeap;
  readonly #places: Places;
  /** SharedFunctionInfos that were read, and whether they are the anchor's. */
  readonly #functions = new Map<number, boolean>();
  readonly #seen = new Seen();
  #count = 0;
  #sampledMs = 0;

  constructor(objects: TaggedHeap, places: Places) {
    this.#objects = objects;
    this.#places = places;
  }

  /** How long it all took, about. */
  get ms(): number {
    return SAMPLE * this.#sampledMs;
  }

  /** Best as soon as the object is found: what lies around it has been read just then. */
  touch(object: number): void {
    if (++this.#count % SAMPLE !== 0) {
      this.#touch(object);
      return;
    }
    const started = performance.now();
    this.#touch(object);
    this.#sampledMs += performance.now() - started;
  }

  #touch(object: number): void {
    const objects = this.#objects;
    if (objects.type(object) === objects.layout.types.promise) this.#touchPromise(object);
    else this.#touchGenerator(object);
  }

  #touchGenerator(generator: number): void {
    const objects = this.#objects;
    const { generator: layout, types } = objects.layout;
    const type = objects.type(generator);
    if (type === types.asyncGenerator) generatorFields(objects, generator);
    else if (type === types.asyncFunction) objects.field(generator, layout.promise);
    touchArray(objects, objects.field(generator, layout.registers));
    const state = generatorState(objects, generator);
    if (state === null || state.continuation < 0) return;
    const fn = objects.field(generator, layout.function);
    const shared = sharedOf(objects, fn);
    if (this.#touchShared(shared, fn)) this.anchors.push(generator);
    const receiverMap = objects.map(objects.field(generator, layout.receiver));
    if (!this.#seen.add(shared, receiverMap, state.bytecodeOffset)) return;
    displayName(objects, generator);
    const found = generatorPosition(objects, generator);
    const script = scriptOf(objects, fn);
    const start = functionStart(objects, fn);
    objects.memory.withoutRecording(() => {
      if (found) this.#places.of(objects, found.script, found.position);
      this.#places.of(objects, script, start);
    });
  }

  #touchPromise(promise: number): void {
    visitReactions(this.#objects, promise, this.#touchReaction);
  }

  readonly #touchReaction = (_reaction: number, fulfill: number, reject: number): void => {
    this.#touchCallback(fulfill);
    this.#touchCallback(reject);
  };

  #touchCallback(callback: number): void {
    if (callback === 0) return;
    const objects = this.#objects;
    // `finally` and the like keep the function that they were given there.
    visitSlots(objects, contextOf(objects, callback), this.#touchSlot);
    this.#touchFunction(callback);
  }

  readonly #touchSlot = (slot: number): void => {
    if (isFunction(this.#objects, slot)) this.#touchFunction(slot);
  };

  #touchFunction(fn: number): void {
    this.#touchShared(sharedOf(this.#objects, fn), fn);
  }

  /** Once for each SharedFunctionInfo. Whether it is the anchor's. */
  #touchShared(shared: number, fn: number): boolean {
    if (shared === 0) return false;
    let isAnchor = this.#functions.get(shared);
    if (isAnchor === undefined) {
      const objects = this.#objects;
      functionName(objects, fn);
      functionStart(objects, fn);
      scriptName(objects, scriptOf(objects, fn));
      this.#functions.set(shared, (isAnchor = isAnchorFunction(objects, fn)));
    }
    return isAnchor;
  }
}

/** Its beginning has been read, to see that it is one. */
function touchArray(objects: TaggedHeap, array: number): void {
  const length = Math.min(objects.smiField(array, 8, 0), MAX_REGISTERS);
  if (length > 0) objects.smiField(array, 8 + 8 * length, 0);
}

/** No function has more parameters and registers. */
const MAX_REGISTERS = 100_000;

/** Functions with the maps of their receivers and where they wait: thousands are alike. */
class Seen {
  readonly #offsets = new Map<number, Map<number, Set<number>>>();

  /** False if it was there already. */
  add(shared: number, map: number, offset: number): boolean {
    let byMap = this.#offsets.get(shared);
    if (byMap === undefined) this.#offsets.set(shared, (byMap = new Map()));
    let offsets = byMap.get(map);
    if (offsets === undefined) byMap.set(map, (offsets = new Set()));
    if (offsets.has(offset)) return false;
    offsets.add(offset);
    return true;
  }
}
