import { builtinId, debugName, isFunction, scriptOf, sharedDebugName, sharedOf } from './functions.js';
import { className, prototypeOf } from './objects.js';
import { nameText, ownValue, visitProperties } from './properties.js';
import type { TaggedHeap } from './tagged-heap.js';

/** How a function was called. */
export interface Call {
  fn: number;
  /** V8's major version: what its stack traces call a function has changed. */
  major: number;
  /** `this`; 0 where it is not known. */
  receiver: number;
  constructs: boolean;
  /** What a function without a name is called, if it has a name in its place: `eval` in evaluated code. */
  otherwise: string;
}

const MAX_PROTOTYPES = 100;
const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;

/**
 * What V8's stack traces call a function: `fn`, `Class.method`, `Object.fn [as method]`, `new Class`; `<anonymous>` if it
 * has no name. Without the type and the method where the receiver is not known.
 */
export function callName(heap: TaggedHeap, { fn, major, receiver, constructs, otherwise }: Call): string {
  const name = initializerName(heap, sharedOf(heap, fn)) || debugName(heap, fn) || otherwise;
  if (constructs) return `new ${name || '<anonymous>'}`;
  const type = typeName(heap, receiver, major);
  if (type === '') return name || '<anonymous>';
  const method = methodName(heap, receiver, fn, name, major);
  if (name === '') return `${type}.${method || '<anonymous>'}`;
  const full = IDENTIFIER.test(name) ? `${type}.${name}` : name;
  return method === '' || name === method || name.endsWith(`.${method}`) ? full : `${full} [as ${method}]`;
}

/** For functions whose receiver is not known: as they were written. `otherwise` as in {@link Call}. */
export function writtenName(
  heap: TaggedHeap,
  shared: number,
  otherwise: string,
  constructs: boolean,
): string {
  const name = initializerName(heap, shared) || sharedDebugName(heap, shared) || otherwise || '<anonymous>';
  return constructs ? `new ${name}` : name;
}

/** V8's own functions for the fields and blocks of classes; empty for others. */
function initializerName(heap: TaggedHeap, shared: number): string {
  const kind = heap.u32(shared, heap.layout.shared.flags) & KIND;
  if (kind === INSTANCE_INITIALIZER) return '<instance_members_initializer>';
  return kind === STATIC_INITIALIZER ? '<static_initializer>' : '';
}

/** V8's FunctionKind, the same in 11.3 to 14.6. */
const KIND = 31;
const INSTANCE_INITIALIZER = 24;
const STATIC_INITIALIZER = 25;

/** Empty for calls without a receiver: `undefined`, `null`, the global object. */
function typeName(heap: TaggedHeap, receiver: number, major: number): string {
  const { types } = heap.layout;
  const type = heap.type(receiver);
  if (receiver === 0 || type === types.globalProxy || type === types.globalObject) return '';
  if (heap.isSmi(receiver) || type === types.heapNumber) return 'Number';
  if (type >= 0 && type < types.symbol) return 'String';
  if (type === types.symbol) return 'Symbol';
  if (type === types.bigInt) return 'BigInt';
  // Booleans too, which are not worth telling from `undefined`.
  if (type < types.firstReceiver) return '';
  if (type === types.proxy) return 'Proxy';
  if (major >= 13 && isFunction(heap, receiver)) return debugName(heap, receiver) || 'Function';
  return className(heap, receiver);
}

/** The one property of the receiver or its prototypes that has this function; empty if there is none, or several. */
function methodName(heap: TaggedHeap, receiver: number, fn: number, name: string, major: number): string {
  if (heap.type(receiver) < heap.layout.types.firstReceiver) return '';
  if (name.startsWith('<static_initializer>')) return name;
  // Accessors say it themselves; V8 11 repeats it.
  const accessor = /^[gs]et (.*)$/s.exec(name)?.[1];
  if (accessor !== undefined) return major >= 12 || /^[#[]/.test(accessor) ? '' : accessor;
  let found = '';
  let object = receiver;
  for (let step = 0; object !== 0 && step < MAX_PROTOTYPES; step++) {
    if (name !== '' && ownValue(heap, object, name) === fn) return name;
    let several = false;
    visitProperties(heap, object, (key, value) => {
      if (value !== fn) return true;
      const text = nameText(heap, key);
      if (text === null || text.startsWith('<symbol')) return true;
      several = found !== '' && found !== text;
      found = text;
      return !several;
    });
    if (several) return '';
    object = prototypeOf(heap, object);
  }
  return found;
}

/** A function of V8's that stack traces show: those they do not show have no name. */
export function isShownBuiltin(heap: TaggedHeap, fn: number): boolean {
  return scriptOf(heap, fn) === 0 && builtinId(heap, fn) !== -1 && debugName(heap, fn) !== '';
}
