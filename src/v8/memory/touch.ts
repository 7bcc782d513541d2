import { contextSlots } from './contexts.js';
import { displayName } from './display-name.js';
import type { FoundObjects } from './find-suspended.js';
import { contextOf, functionName, functionStart, scriptOf, sharedOf } from './functions.js';
import {
  generatorFields,
  generatorPosition,
  generatorState,
  promiseFields,
  reactionFields,
} from './generators.js';
import type { Places } from './places.js';
import { scriptName } from './scripts.js';
import type { TaggedHeap } from './tagged-heap.js';

/** Reactions of one promise. */
const MAX_REACTIONS = 100_000;

/** Works out the lines and columns of suspended functions. */
export function findPlaces(objects: TaggedHeap, { generators }: FoundObjects, places: Places): void {
  const { function: at } = objects.layout.generator;
  const seen = new Set<string>();
  for (const generator of generators) {
    const fn = objects.field(generator, at);
    const key = `${sharedOf(objects, fn)} ${generatorState(objects, generator)?.bytecodeOffset}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const found = generatorPosition(objects, generator);
    if (found) places.of(objects, found.script, found.position);
    places.of(objects, scriptOf(objects, fn), functionStart(objects, fn));
  }
}

/** Reads what the graph is made of, so that it is known on which pages that is: objects, and what their functions are called. */
export function touch(objects: TaggedHeap, found: FoundObjects): void {
  const { generator: layout, types } = objects.layout;
  const functions = new Set<number>();
  const names = new Set<string>();
  for (const generator of found.generators) {
    generatorFields(objects, generator);
    const fn = objects.field(generator, layout.function);
    touchFunction(objects, fn, functions);
    const key = `${fn} ${objects.map(objects.field(generator, layout.receiver))} ${generatorState(objects, generator)?.bytecodeOffset}`;
    if (names.has(key)) continue;
    names.add(key);
    displayName(objects, generator);
    generatorPosition(objects, generator);
  }
  for (const generator of found.others) generatorFields(objects, generator);
  for (const promise of [...found.promises, ...found.idlePromises]) {
    let reaction = promiseFields(objects, promise)?.reactions ?? 0;
    for (let left = MAX_REACTIONS; reaction !== 0 && left > 0; left--) {
      const fields = reactionFields(objects, reaction);
      if (fields === null) break;
      for (const callback of [fields.fulfill, fields.reject]) {
        if (callback === 0) continue;
        // `finally` and the like keep the function that they were given there.
        for (const slot of contextSlots(objects, contextOf(objects, callback))) {
          const type = objects.type(slot);
          if (type >= types.firstFunction && type <= types.lastFunction)
            touchFunction(objects, slot, functions);
        }
        touchFunction(objects, callback, functions);
      }
      objects.type(fields.promiseOrCapability);
      reaction = fields.next;
    }
  }
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
