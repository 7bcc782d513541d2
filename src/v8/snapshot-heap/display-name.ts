import { ANONYMOUS } from '../await-graph/functions.js';
import type { Heap } from '../await-graph/heap.js';

/**
 * What V8's stack traces would call a function that was called on this receiver, as far as a snapshot tells: methods behind the name of
 * what they were called on. V8's own answer comes later, see `snapshot-questions/positions.ts`.
 *
 * @param receiver -1: none
 */
export function nameWithReceiver(heap: Heap, receiver: number, functionName: string): string {
  // V8 leaves private methods by themselves.
  if (receiver === -1 || functionName === ANONYMOUS || functionName.startsWith('#')) return functionName;
  const kind = heap.kind(receiver);
  if (kind !== 'object' && kind !== 'function') return functionName;
  const type = heap.name(receiver);
  // The global object is `global` in 20 to 24, `global (global) / ` in 26.
  return type === '' || type.startsWith('global') ? functionName : `${type}.${functionName}`;
}
