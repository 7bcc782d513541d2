import type { Store } from '../await-graph/heap.js';
import type { HeapWords } from './heap-words.js';

const STORE_SYMBOL = '<symbol kResourceStore>';

/** The stores of an AsyncContextFrame, or of a promise of Node 20 or 22. */
export function storesOf(words: HeapWords, holder: number): Store[] {
  const table = words.slot(holder, 'table');
  return table === -1 ? storesOnPromise(words, holder) : storesInTable(words, table);
}

/** An ordered hash table is an array in which key and value stand side by side. */
function storesInTable(words: HeapWords, table: number): Store[] {
  const { heap } = words;
  const cells = new Map<number, number>();
  for (let edge = heap.firstEdge(table); edge < heap.firstEdge(table + 1); edge++) {
    const type = heap.edgeType(edge);
    const name = type === words.internal ? Number(heap.string(heap.edgeName(edge))) : heap.edgeIndex(edge);
    if (Number.isInteger(name)) cells.set(name, heap.edgeTarget(edge));
  }
  const stores: Store[] = [];
  for (const [index, key] of cells) {
    const store = cells.get(index + 1);
    if (heap.nodeName(key) === 'AsyncLocalStorage' && store !== undefined) {
      stores.push({ storage: key, store });
    }
  }
  return stores;
}

function storesOnPromise(words: HeapWords, promise: number): Store[] {
  const { heap } = words;
  const number = words.number(STORE_SYMBOL);
  const stores: Store[] = [];
  if (number === -1) return stores;
  for (let edge = heap.firstEdge(promise); edge < heap.firstEdge(promise + 1); edge++) {
    if (heap.edgeType(edge) !== words.property || heap.edgeName(edge) !== number) continue;
    const store = heap.edgeTarget(edge);
    // `undefined` is how a promise that was made outside of any store looks.
    if (words.isObject(store) || words.primitive(store) !== null) stores.push({ storage: -1, store });
  }
  return stores;
}
