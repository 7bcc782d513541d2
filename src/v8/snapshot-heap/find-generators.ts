import { REGISTERS } from '../await-graph/heap.js';
import type { HeapGraph } from '../heap-graph.js';
import type { HeapWords } from './heap-words.js';
import { REACTION } from './reactions.js';

/** What one pass over the heap's nodes finds. */
export interface FoundInSnapshot {
  /** Generator objects that are suspended. */
  generators: number[];
  /** Promises with reactions: they are pending. `reactions[i]` is the first of those of `promises[i]`. */
  promises: number[];
  reactions: number[];
  /** The array of functions that was held for the sake of positions; -1 if it is not in the heap. */
  held: number;
}

/**
 * Generator objects are those with registers, pending promises those whose result is a reaction.
 *
 * A suspended generator's registers hold the generator itself; resuming overwrites them. So a running or finished one
 * has registers without it, and a module that never had to wait has empty ones (20.20, 22.23, 24.21, 26.10; the
 * `continuation` that says the same is a small integer, which snapshots do not have).
 */
export function findGenerators(words: HeapWords, heldObjectId: number): FoundInSnapshot {
  const { heap, internal, objectType } = words;
  const registersName = words.number(REGISTERS);
  const reactionsName = words.number('reactions_or_result');
  const found: FoundInSnapshot = { generators: [], promises: [], reactions: [], held: -1 };
  for (let node = 0; node < heap.nodeCount; node++) {
    if (heap.nodeType(node) !== objectType) continue;
    if (heldObjectId !== -1 && heap.nodeId(node) === heldObjectId) found.held = node;
    const end = heap.firstEdge(node + 1);
    for (let edge = heap.firstEdge(node); edge < end; edge++) {
      if (heap.edgeType(edge) !== internal) continue;
      const name = heap.edgeName(edge);
      if (name === registersName) {
        if (leadsTo(heap, heap.edgeTarget(edge), node)) found.generators.push(node);
        break;
      }
      if (name === reactionsName) {
        const target = heap.edgeTarget(edge);
        if (heap.nodeName(target) === REACTION) {
          found.promises.push(node);
          found.reactions.push(target);
        }
        break;
      }
    }
  }
  return found;
}

function leadsTo(heap: HeapGraph, from: number, to: number): boolean {
  for (let edge = heap.firstEdge(from); edge < heap.firstEdge(from + 1); edge++) {
    if (heap.edgeTarget(edge) === to) return true;
  }
  return false;
}
