import { NodeLists } from '../await-graph/node-lists.js';
import { contextSlots } from './contexts.js';
import { contextOf } from './functions.js';
import type { MemoryHeap } from './memory-heap.js';

/** Who can settle promises, as far as that is known without a search: by node. */
export interface Resolvers {
  /** By promise: contexts of its resolving functions. */
  contexts: NodeLists;
  /** By such a context: the functions. */
  functions: NodeLists;
}

/** @param fns tagged pointers of functions that resolve or reject promises */
export function readResolvers(heap: MemoryHeap, fns: readonly number[]): Resolvers {
  const { objects } = heap;
  const contexts = new NodeLists();
  const functions = new NodeLists();
  for (const fn of fns) {
    const pointer = contextOf(objects, fn);
    if (pointer === 0) continue;
    const context = heap.node(pointer);
    const isNew = functions.first(context) === -1;
    functions.add(context, heap.node(fn));
    if (!isNew) continue;
    for (const slot of contextSlots(objects, pointer)) {
      if (objects.type(slot) === objects.layout.types.promise) contexts.add(heap.node(slot), context);
    }
  }
  return { contexts, functions };
}
