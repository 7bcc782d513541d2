import type { FunctionPlace } from './await-graph.js';
import type { Heap } from './heap.js';

/** Bound functions of bound functions: more of them than this are not undone. */
const MAX_BOUND = 100;

/** What the heap knows of a function. */
export function describeFunction(heap: Heap, closure: number): FunctionPlace {
  let own = closure;
  for (let depth = 0; own !== -1 && depth < MAX_BOUND; depth++) {
    const target = heap.boundTarget(own);
    if (target === -1 || target === own) break;
    own = target;
  }
  if (own === -1) return { functionName: ANONYMOUS, script: '', location: null };
  return {
    functionName: heap.name(own) || ANONYMOUS,
    script: heap.script(own),
    location: heap.location(own),
  };
}

/** What functions without a name are called. */
export const ANONYMOUS = '<anonymous>';
