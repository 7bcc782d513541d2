import { IntList } from '../await-graph/int-list.js';
import { visitSlots } from './contexts.js';
import { contextOf } from './functions.js';
import type { TaggedHeap } from './tagged-heap.js';

/** Who can settle promises, as far as that is known without a search: each function that resolves or rejects one. */
export interface Resolvers {
  readonly promises: IntList;
  /** The contexts in which they have the promises. */
  readonly contexts: IntList;
  readonly functions: IntList;
}

/** @param fns functions that resolve or reject promises */
export function readResolvers(objects: TaggedHeap, fns: Int32Array): Resolvers {
  const promises = new IntList(fns.length);
  const contexts = new IntList(fns.length);
  const functions = new IntList(fns.length);
  let context = 0;
  let fn = 0;
  const takeSlot = (slot: number): void => {
    if (objects.type(slot) !== objects.layout.types.promise) return;
    promises.push(slot);
    contexts.push(context);
    functions.push(fn);
  };
  for (fn of fns) {
    context = contextOf(objects, fn);
    if (context !== 0) visitSlots(objects, context, takeSlot);
  }
  return { promises, contexts, functions };
}
