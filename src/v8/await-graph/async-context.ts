import type { AsyncContextStore } from './await-graph.js';
import type { Heap, Store } from './heap.js';

/** The stores that a function goes on within, and what holds them. */
export interface AsyncContext {
  /** The AsyncContextFrame, or the promise; -1 if nothing does. */
  holder: number;
  stores: readonly AsyncContextStore[];
}

/** What holds the stores that a function goes on within, if anything does: nodes, or -1. */
export interface ContextHolders {
  /** The AsyncContextFrame of the reaction that resumes it. */
  frame: number;
  /** The promise that this reaction settles, that of the function itself, and the one that it awaits: the first that has any. */
  derived: number;
  own: number;
  awaited: number;
}

/**
 * The stores that a function goes on within, from the reaction that resumes it.
 *
 * From Node 24 the reaction holds an AsyncContextFrame, a Map from AsyncLocalStorage to store. On 20.20 and 22.23 the
 * promise that V8 makes for the `await` while AsyncLocalStorage is in use carries each store under a symbol.
 */
export function asyncContextOf(heap: Heap, { frame, derived, own, awaited }: ContextHolders): AsyncContext {
  if (frame !== -1) return describe(heap, frame, heap.stores(frame));
  return inPromise(heap, derived) ?? inPromise(heap, own) ?? inPromise(heap, awaited) ?? NO_CONTEXT;
}

const NO_CONTEXT: AsyncContext = { holder: -1, stores: [] };

function inPromise(heap: Heap, promise: number): AsyncContext | null {
  const stores = promise === -1 ? NONE : heap.stores(promise);
  return stores.length > 0 ? describe(heap, promise, stores) : null;
}

const NONE: readonly never[] = [];

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
