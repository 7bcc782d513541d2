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

const ANONYMOUS = '<anonymous>';

/** Whether the script is Node's own. */
export function isInternal(script: string): boolean {
  return script.startsWith('node:');
}

/** The name in the form of V8's stack traces, as far as the heap tells. */
export function displayNameOf(heap: Heap, generator: number, functionName: string): string {
  const name = heap.displayName(generator);
  return name === null ? nameWithReceiver(heap, generator, functionName) : name || ANONYMOUS;
}

/** Methods behind the name of what they were called on. */
function nameWithReceiver(heap: Heap, generator: number, functionName: string): string {
  const receiver = heap.receiver(generator);
  // V8 leaves private methods by themselves.
  if (receiver === -1 || functionName === ANONYMOUS || functionName.startsWith('#')) return functionName;
  const kind = heap.kind(receiver);
  if (kind !== 'object' && kind !== 'function') return functionName;
  const type = heap.name(receiver);
  // The global object is `global` in 20 to 24, `global (global) / ` in 26.
  return type === '' || type.startsWith('global') ? functionName : `${type}.${functionName}`;
}
