import type { Place } from '../await-graph/await-graph.js';
import type { HeapWords } from './heap-words.js';

/** What the function's script was loaded as; empty if it has none. */
export function scriptOf(words: HeapWords, closure: number): string {
  const shared = words.slot(closure, 'shared');
  if (shared === -1) return '';
  // 20.20 has `script_or_debug_info`, later versions `script`.
  let script = words.slot(shared, 'script');
  if (script === -1) script = words.slot(shared, 'script_or_debug_info');
  if (script === -1) return '';
  // Under a debugger the slot of 20.20 holds a DebugInfo, which holds the script.
  if (words.heap.nodeName(script) === 'system / DebugInfo') script = words.slot(script, 'script');
  if (script === -1) return '';
  return words.primitive(words.slot(script, 'name')) ?? words.heap.nodeName(script);
}

export function placeOf(words: HeapWords, node: number): Place | null {
  const location = words.heap.location(node);
  return location && { line: location.line + 1, column: location.column + 1 };
}
