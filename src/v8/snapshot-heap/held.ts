import type { HeapWords } from './heap-words.js';

/** The array of functions that was held for the sake of positions. */
export interface Held {
  /** Functions by node, with their index in the array. */
  index: ReadonlyMap<number, number>;
  /** The array itself, and its elements. */
  own: ReadonlySet<number>;
}

/** @param array its node, -1 if there is none */
export function readHeld(words: HeapWords, array: number): Held {
  const { heap } = words;
  const index = new Map<number, number>();
  const own = new Set<number>();
  if (array === -1) return { index, own };
  for (let edge = heap.firstEdge(array); edge < heap.firstEdge(array + 1); edge++) {
    if (heap.edgeType(edge) === words.element) index.set(heap.edgeTarget(edge), heap.edgeIndex(edge));
  }
  own.add(array);
  const elements = words.slot(array, 'elements');
  if (elements !== -1) own.add(elements);
  return { index, own };
}
