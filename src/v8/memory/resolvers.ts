import { NodeLists } from '../await-graph/node-lists.js';
import { visitSlots } from './contexts.js';
import { contextOf } from './functions.js';
import type { TaggedHeap } from './tagged-heap.js';

/** Who can settle promises, as far as that is known without a search: by node. */
export interface Resolvers {
  /** By promise: contexts of its resolving functions. */
  contexts: NodeLists;
  /** By such a context: the functions. */
  functions: NodeLists;
}

/** @param fns functions that resolve or reject promises */
export function readResolvers(objects: TaggedHeap, fns: Int32Array): Resolvers {
  const contexts = new NodeLists();
  const functions = new NodeLists();
  for (const fn of fns) {
    const context = contextOf(objects, fn);
    if (context === 0) continue;
    const isNew = functions.first(context) === -1;
    functions.add(context, fn);
    if (!isNew) continue;
    visitSlots(objects, context, (slot) => {
      if (objects.type(slot) === objects.layout.types.promise) contexts.add(slot, context);
    });
  }
  return { contexts, functions };
}
