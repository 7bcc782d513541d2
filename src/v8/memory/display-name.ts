import { debugName, isFunction } from './functions.js';
import { generatorFields } from './generators.js';
import { properties, property, prototypeOf, receiverName } from './objects.js';
import type { TaggedHeap } from './tagged-heap.js';

/** How far up a chain of prototypes a method is looked for. */
const MAX_PROTOTYPES = 10;
const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;

/**
 * The name of a suspended function as V8's stack traces have it: `Class.method`, `Object.name [as key]`; empty for functions
 * without a name.
 */
export function displayName(heap: TaggedHeap, generator: number): string {
  const fields = generatorFields(heap, generator);
  if (fields === null || !isFunction(heap, fields.function)) return '';
  const name = debugName(heap, fields.function);
  // Symbols' names and private ones are told as they are.
  if (!IDENTIFIER.test(name)) return name;
  const { types } = heap.layout;
  const { receiver } = fields;
  const type = heap.type(receiver);
  if (type < types.firstReceiver || type === types.globalProxy || type === types.globalObject) return name;
  const typeName = receiverName(heap, receiver);
  const full = typeName === '' || typeName === name ? name : `${typeName}.${name}`;
  const key = methodKey(heap, receiver, fields.function, name);
  return key === null || name === key || name.endsWith(`.${key}`) || name.endsWith(` ${key}`)
    ? full
    : `${full} [as ${key}]`;
}

/** The one property, of the receiver or its prototypes, that the function was called by; `null` if it is the name's own, or unclear. */
function methodKey(heap: TaggedHeap, receiver: number, fn: number, name: string): string | null {
  const chain: number[] = [];
  for (let at = receiver; at !== 0 && chain.length < MAX_PROTOTYPES; at = prototypeOf(heap, at)) {
    if (heap.type(at) < heap.layout.types.firstReceiver) break;
    chain.push(at);
  }
  for (const object of chain) if (property(heap, object, name) === fn) return name;
  for (const object of chain) {
    const keys = properties(heap, object).filter(({ value }) => value === fn);
    if (keys.length > 1) return null;
    if (keys.length === 1) return keys[0]!.name;
  }
  return null;
}
