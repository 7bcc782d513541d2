import { isAnchorFunction } from './anchor.js';
import { visitSlots } from './contexts.js';
import { displayName } from './display-name.js';
import { contextOf, functionName, functionStart, isFunction, scriptOf, sharedOf } from './functions.js';
import {
  generatorFields,
  generatorPosition,
  generatorState,
  pendingReactions,
  reactionFields,
  visitRegisters,
} from './generators.js';
import type { Places } from './places.js';
import { scriptName } from './scripts.js';
import type { TaggedHeap } from './tagged-heap.js';

/** Reactions of one promise. */
const MAX_REACTIONS = 100_000;

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
    const { generator: layout } = objects.layout;
    touchFields(objects, generator);
    const state = generatorState(objects, generator);
    if (state === null || state.continuation < 0) return;
    const fn = objects.field(generator, layout.function);
    if (this.#touchFunction(fn)) this.anchors.push(generator);
    const receiverMap = objects.map(objects.field(generator, layout.receiver));
    if (!this.#seen.add(fn, receiverMap, state.bytecodeOffset)) return;
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
    const objects = this.#objects;
    let reaction = pendingReactions(objects, promise);
    for (let left = MAX_REACTIONS; reaction > 0 && left > 0; left--) {
      const fields = reactionFields(objects, reaction);
      if (fields === null) break;
      this.#touchCallback(fields.fulfill);
      this.#touchCallback(fields.reject);
      objects.type(fields.promiseOrCapability);
      reaction = fields.next;
    }
  }

  #touchCallback(callback: number): void {
    if (callback === 0) return;
    const objects = this.#objects;
    // `finally` and the like keep the function that they were given there.
    visitSlots(objects, contextOf(objects, callback), (slot) => {
      if (isFunction(objects, slot)) this.#touchFunction(slot);
    });
    this.#touchFunction(callback);
  }

  /** Once for each SharedFunctionInfo. Whether it is the anchor's. */
  #touchFunction(fn: number): boolean {
    const objects = this.#objects;
    const shared = sharedOf(objects, fn);
    if (shared === 0) return false;
    let isAnchor = this.#functions.get(shared);
    if (isAnchor === undefined) {
      functionName(objects, fn);
      functionStart(objects, fn);
      scriptName(objects, scriptOf(objects, fn));
      this.#functions.set(shared, (isAnchor = isAnchorFunction(objects, fn)));
    }
    return isAnchor;
  }
}

/** Reads what {@link generatorFields} does, but makes no lists of it. */
function touchFields(objects: TaggedHeap, generator: number): void {
  const { generator: layout, types } = objects.layout;
  if (objects.type(generator) === types.asyncGenerator) generatorFields(objects, generator);
  if (objects.type(generator) === types.asyncFunction) objects.field(generator, layout.promise);
  objects.field(generator, layout.context);
  visitRegisters(objects, objects.field(generator, layout.registers), nothing);
}

const nothing = (): void => {};

/** Functions with the maps of their receivers and where they wait: thousands are alike. */
class Seen {
  readonly #offsets = new Map<number, Map<number, Set<number>>>();

  /** False if it was there already. */
  add(fn: number, map: number, offset: number): boolean {
    let byMap = this.#offsets.get(fn);
    if (byMap === undefined) this.#offsets.set(fn, (byMap = new Map()));
    let offsets = byMap.get(map);
    if (offsets === undefined) byMap.set(map, (offsets = new Set()));
    if (offsets.has(offset)) return false;
    offsets.add(offset);
    return true;
  }
}
