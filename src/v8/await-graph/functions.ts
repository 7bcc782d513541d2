import type { FunctionPlace, Place } from './await-graph.js';
import type { HeapWords } from './heap-words.js';

/** What the heap knows of a function. */
export function describeFunction(words: HeapWords, closure: number): FunctionPlace {
  const target = words.slot(closure, 'bound_function');
  if (target !== -1 && target !== closure) return describeFunction(words, target);
  return {
    functionName: words.heap.nodeName(closure) || ANONYMOUS,
    script: scriptOf(words, closure),
    location: placeOf(words, closure),
  };
}

export const ANONYMOUS = '<anonymous>';

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

/** Whether the script is Node's own. */
export function isInternal(script: string): boolean {
  return script.startsWith('node:');
}

/** The name in the form of V8's stack traces: methods behind the name of what they were called on. */
export function nameWithReceiver(words: HeapWords, generator: number, functionName: string): string {
  const receiver = words.slot(generator, 'receiver');
  // V8 leaves private methods by themselves.
  if (receiver === -1 || functionName === ANONYMOUS || functionName.startsWith('#')) return functionName;
  if (!words.isObject(receiver) && !words.isClosure(receiver)) return functionName;
  const type = words.heap.nodeName(receiver);
  // The global object is `global` in 20 to 24, `global (global) / ` in 26.
  return type === '' || type.startsWith('global') ? functionName : `${type}.${functionName}`;
}
