import type { AsyncContextStore } from './await-graph.js';
import type { HeapWords } from './heap-words.js';

/**
 * The stores that a function goes on within, from the reaction that resumes it.
 *
 * From Node 24 the reaction holds an AsyncContextFrame, a Map from AsyncLocalStorage to store. On 20.20 and 22.23 the
 * promise that V8 makes for the `await` while AsyncLocalStorage is in use carries each store under a symbol.
 */
export function storesOf(words: HeapWords, frame: number, promises: readonly number[]): AsyncContextStore[] {
  if (frame !== -1) return storesOfFrame(words, frame);
  for (const promise of promises) {
    const stores = promise === -1 ? [] : storesOnPromise(words, promise);
    if (stores.length > 0) return stores;
  }
  return [];
}

/** What holds those stores: the AsyncContextFrame, or the promise; -1 if nothing does. */
export function holderOf(words: HeapWords, frame: number, promises: readonly number[]): number {
  if (frame !== -1) return frame;
  return promises.find((promise) => promise !== -1 && storesOnPromise(words, promise).length > 0) ?? -1;
}

/** An ordered hash table is an array in which key and value stand side by side. */
function storesOfFrame(words: HeapWords, frame: number): AsyncContextStore[] {
  const table = words.slot(frame, 'table');
  if (table === -1) return [];
  const { heap } = words;
  const cells = new Map<number, number>();
  for (let edge = heap.firstEdge(table); edge < heap.firstEdge(table + 1); edge++) {
    const type = heap.edgeType(edge);
    const name = type === words.internal ? Number(heap.string(heap.edgeName(edge))) : heap.edgeIndex(edge);
    if (Number.isInteger(name)) cells.set(name, heap.edgeTarget(edge));
  }
  const stores: AsyncContextStore[] = [];
  for (const [index, key] of cells) {
    const store = cells.get(index + 1);
    if (heap.nodeName(key) !== 'AsyncLocalStorage' || store === undefined) continue;
    stores.push(describe(words, heap.nodeId(key), store));
  }
  return stores;
}

const STORE_SYMBOL = '<symbol kResourceStore>';

function storesOnPromise(words: HeapWords, promise: number): AsyncContextStore[] {
  const { heap } = words;
  const number = words.number(STORE_SYMBOL);
  const stores: AsyncContextStore[] = [];
  if (number === -1) return stores;
  for (let edge = heap.firstEdge(promise); edge < heap.firstEdge(promise + 1); edge++) {
    if (heap.edgeType(edge) !== words.property || heap.edgeName(edge) !== number) continue;
    const store = heap.edgeTarget(edge);
    // `undefined` is how a promise that was made outside of any store looks.
    if (heap.nodeType(store) === words.objectType || words.primitive(store) !== null) {
      stores.push(describe(words, null, store));
    }
  }
  return stores;
}

function describe(words: HeapWords, storage: number | null, store: number): AsyncContextStore {
  const { heap } = words;
  return { storage, store: heap.nodeId(store), name: heap.nodeName(store) };
}
