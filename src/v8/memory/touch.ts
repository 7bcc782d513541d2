import { visitSlots } from './contexts.js';
import { displayName } from './display-name.js';
import type { FoundObjects } from './find-suspended.js';
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

/**
 * Reads what the graph is made of, while it is recorded on which pages that is: objects, and what their functions are called.
 * Works out lines and columns by the way, the sources for which are not to be copied.
 */
export function touch(objects: TaggedHeap, found: FoundObjects, places: Places): void {
  const functions = new Set<number>();
  const seen = new Seen();
  for (const generator of found.generators) touchGenerator(objects, generator, functions, seen, places);
  for (const generator of found.others) touchFields(objects, generator);
  for (const promise of found.promises) touchReactions(objects, promise, functions);
  for (const promise of found.idlePromises) pendingReactions(objects, promise);
}

function touchGenerator(
  objects: TaggedHeap,
  generator: number,
  functions: Set<number>,
  seen: Seen,
  places: Places,
): void {
  const { generator: layout } = objects.layout;
  touchFields(objects, generator);
  const fn = objects.field(generator, layout.function);
  touchFunction(objects, fn, functions);
  const offset = generatorState(objects, generator)?.bytecodeOffset ?? -1;
  if (!seen.add(fn, objects.map(objects.field(generator, layout.receiver)), offset)) return;
  displayName(objects, generator);
  const found = generatorPosition(objects, generator);
  const script = scriptOf(objects, fn);
  const start = functionStart(objects, fn);
  objects.memory.withoutRecording(() => {
    if (found) places.of(objects, found.script, found.position);
    places.of(objects, script, start);
  });
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

function touchReactions(objects: TaggedHeap, promise: number, functions: Set<number>): void {
  let reaction = pendingReactions(objects, promise);
  for (let left = MAX_REACTIONS; reaction > 0 && left > 0; left--) {
    const fields = reactionFields(objects, reaction);
    if (fields === null) break;
    touchCallback(objects, fields.fulfill, functions);
    touchCallback(objects, fields.reject, functions);
    objects.type(fields.promiseOrCapability);
    reaction = fields.next;
  }
}

function touchCallback(objects: TaggedHeap, callback: number, functions: Set<number>): void {
  if (callback === 0) return;
  // `finally` and the like keep the function that they were given there.
  visitSlots(objects, contextOf(objects, callback), (slot) => {
    if (isFunction(objects, slot)) touchFunction(objects, slot, functions);
  });
  touchFunction(objects, callback, functions);
}

/** Once for each SharedFunctionInfo. */
function touchFunction(objects: TaggedHeap, fn: number, seen: Set<number>): void {
  const shared = sharedOf(objects, fn);
  if (shared === 0 || seen.has(shared)) return;
  seen.add(shared);
  functionName(objects, fn);
  functionStart(objects, fn);
  scriptName(objects, scriptOf(objects, fn));
}

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
