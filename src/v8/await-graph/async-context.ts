import type { AsyncContextStore } from './await-graph.js';
import type { Heap, Store } from './heap.js';

/** The stores that a function goes on within, and what holds them. */
export interface AsyncContext {
  /** The AsyncContextFrame, or the promise; -1 if nothing does. */
  holder: number;
  stores: readonly AsyncContextStore[];
}

/**
 * The stores that a function goes on within, from the reaction that resumes it.
 *
 * From Node 24 the reaction holds an AsyncContextFrame, a Map from AsyncLocalStorage to store. On 20.20 and 22.23 the
 * promise that V8 makes for the `await` while AsyncLocalStorage is in use carries each store under a symbol.
 */
export function asyncContextOf(heap: Heap, frame: number, promises: readonly number[]): AsyncContext {
  if (frame !== -1) return describe(heap, frame, heap.stores(frame));
  for (const promise of promises) {
    const stores = promise === -1 ? [] : heap.stores(promise);
    if (stores.length > 0) return describe(heap, promise, stores);
  }
  return NO_CONTEXT;
}

const NO_CONTEXT: AsyncContext = { holder: -1, stores: [] };

function describe(heap: Heap, holder: number, stores: readonly Store[]): AsyncContext {
  return {
    holder,
    stores: stores.map(({ storage, store }) => ({
      storage: storage === -1 ? null : heap.id(storage),
      store: heap.id(store),
      name: heap.storeName(store),
    })),
  };
}
