import { contextLength, variableName } from './contexts.js';
import { isFunction, sharedDebugName, sharedOf } from './functions.js';
import { isHole, nameText, ownValue, visitProperties } from './properties.js';
import { isString, readString } from './strings.js';
import type { TaggedHeap } from './tagged-heap.js';

const MAX_PROPERTIES = 1000;
const MAX_PROTOTYPES = 100;
const MAX_BACK_POINTERS = 2000;
const MAX_NAME = 1000;
const MAX_CLASS_NAMES = 10_000;

/** The prototype of an object; 0 if it has none. */
export function prototypeOf(heap: TaggedHeap, object: number): number {
  const { types, map: layout } = heap.layout;
  const type = heap.type(object);
  if (type < types.firstReceiver) return 0;
  const prototype = heap.field(heap.map(object), layout.prototype);
  // To the language the object behind `globalThis` is `globalThis` itself.
  if (type === types.globalProxy && heap.type(prototype) === types.globalObject)
    return prototypeOf(heap, prototype);
  return heap.type(prototype) >= types.firstReceiver ? prototype : 0;
}

/**
 * What an object is called after: its constructor, a `Symbol.toStringTag`, or the constructor of a prototype, as V8's
 * heap snapshots and stack traces have it. Empty if it is no object.
 */
export function className(heap: TaggedHeap, object: number): string {
  const map = heap.map(object);
  if (heap.typeOfMap(map) < heap.layout.types.firstReceiver) return '';
  const { classNames, objectNames } = heap.found;
  const known = classNames.get(map) ?? objectNames.get(object);
  if (known !== undefined) return known;
  const { name, ofMap } = findClassName(heap, object, map);
  const [names, key] = ofMap ? [classNames, map] : [objectNames, object];
  if (names.size < MAX_CLASS_NAMES) names.set(key, name);
  return name;
}

/**
 * What V8's stack traces write before the name of a method that was called on this object; empty if it is none.
 * Classes go by their own names, and from 13.6 on all functions do.
 */
export function receiverName(heap: TaggedHeap, receiver: number): string {
  const { types, functionsNamed } = heap.layout;
  const type = heap.type(receiver);
  if (type === types.proxy) return 'Proxy';
  const named = functionsNamed ? isFunction(heap, receiver) : type === types.classConstructor;
  return (named ? ownName(heap, receiver) : '') || className(heap, receiver);
}

function ownName(heap: TaggedHeap, fn: number): string {
  const own = ownValue(heap, fn, 'name');
  return (own === 0 ? null : readString(heap, own, MAX_NAME)) ?? sharedDebugName(heap, sharedOf(heap, fn));
}

/** `ofMap`: whether all objects of this map have that name. */
function findClassName(heap: TaggedHeap, object: number, map: number): { name: string; ofMap: boolean } {
  const { types, map: layout } = heap.layout;
  const bits2 = heap.u8(map, layout.bitField2);
  const bits3 = heap.u32(map, layout.bitField3);
  // `new` of the very class, not of one that extends it. Prototypes have lost their constructors.
  if (
    heap.typeOfMap(map) !== types.proxy &&
    (bits2 & NEW_TARGET_IS_BASE) !== 0 &&
    (bits3 & layout.isPrototype) === 0
  ) {
    const name = constructorName(heap, constructorOf(heap, map), heap.layout.constructorsOwnNames);
    if (name !== '') return { name, ofMap: true };
  }
  const isDictionary = (bits3 & layout.isDictionary) !== 0;
  let current = object;
  for (let step = 0; current !== 0 && step < MAX_PROTOTYPES; step++) {
    const tag = ownValue(heap, current, '<symbol Symbol.toStringTag>');
    const text = tag === 0 ? null : readString(heap, tag, MAX_NAME);
    if (text !== null) return { name: text, ofMap: current !== object && !isDictionary };
    if (current !== object) {
      const name = constructorName(heap, ownValue(heap, current, 'constructor'), false);
      if (name !== '') return { name, ofMap: !isDictionary };
    }
    current = prototypeOf(heap, current);
  }
  return { name: kindName(heap, object), ofMap: false };
}

const NEW_TARGET_IS_BASE = 1;

/** Empty for `Object`, too: then V8 goes on searching. */
function constructorName(heap: TaggedHeap, constructor: number, byOwnName: boolean): string {
  if (!isFunction(heap, constructor)) return '';
  const name = byOwnName ? ownName(heap, constructor) : sharedDebugName(heap, sharedOf(heap, constructor));
  return name === 'Object' ? '' : name;
}

/** Maps that came from another lead back to it, and so to the one that the constructor made. */
function constructorOf(heap: TaggedHeap, map: number): number {
  const { types, map: layout } = heap.layout;
  let value = heap.field(map, layout.constructorOrBackPointer);
  for (let step = 0; heap.type(value) === types.map && step < MAX_BACK_POINTERS; step++)
    value = heap.field(value, layout.constructorOrBackPointer);
  // Where `prototype` of the constructor is no object, it is kept with it.
  return heap.type(value) === types.tuple2 ? heap.field(value, 8) : value;
}

/** What V8 falls back on where neither the map nor the prototypes tell. */
function kindName(heap: TaggedHeap, object: number): string {
  const { types } = heap.layout;
  const type = heap.type(object);
  if (isFunction(heap, object) || type === types.boundFunction || type === types.wrappedFunction)
    return 'Function';
  switch (type) {
    case types.arguments:
      return 'Arguments';
    case types.array:
      return 'Array';
    case types.arrayBuffer:
      return 'ArrayBuffer';
    case types.date:
      return 'Date';
    case types.error:
      return 'Error';
    case types.generator:
    case types.asyncFunction:
    case types.asyncGenerator:
      return 'Generator';
    case types.jsMap:
      return 'Map';
    case types.jsSet:
      return 'Set';
    case types.weakMap:
      return 'WeakMap';
    case types.weakSet:
      return 'WeakSet';
    case types.regExp:
      return 'RegExp';
    case types.globalProxy:
      return 'global';
    case types.primitiveWrapper:
      return primitiveName(heap, heap.value(object, heap.layout.primitiveWrapper.value));
    default:
      return 'Object';
  }
}

function primitiveName(heap: TaggedHeap, value: number): string {
  const { types } = heap.layout;
  if (heap.isSmi(value)) return 'Number';
  switch (heap.type(value)) {
    case types.heapNumber:
      return 'Number';
    case types.bigInt:
      return 'BigInt';
    case types.symbol:
      return 'Symbol';
    case types.oddball:
      return 'Boolean';
    default:
      return isString(heap, value) ? 'String' : 'Object';
  }
}

/** The value of an own data property by its name, symbols as `<symbol DESCRIPTION>`; 0 if there is none. */
export function property(heap: TaggedHeap, object: number, name: string): number {
  return ownValue(heap, object, name);
}

export interface OwnProperty {
  name: string;
  /** 0: none that can be read. */
  value: number;
}

/** The own data properties, at most 1000. */
export function properties(heap: TaggedHeap, object: number): OwnProperty[] {
  const found: OwnProperty[] = [];
  visitProperties(heap, object, (key, value) => {
    const name = nameText(heap, key);
    if (name !== null) found.push({ name, value });
    return found.length < MAX_PROPERTIES;
  });
  return found;
}

/** The number that a value is; `null` if it is none. */
export function numberValue(heap: TaggedHeap, value: number): number | null {
  if (heap.isSmi(value)) return heap.smi(value);
  const { types, heapNumber } = heap.layout;
  if (heap.type(value) !== types.heapNumber) return null;
  return heap.bytes(value, heapNumber.value, 8)?.readDoubleLE(0) ?? null;
}

/** The objects among the elements of an array or other object, or of a FixedArray itself, holes and the like left out. */
export function elements(heap: TaggedHeap, object: number, limit: number): number[] {
  const { types, object: layout } = heap.layout;
  const isReceiver = heap.type(object) >= types.firstReceiver;
  const array = isReceiver ? heap.field(object, layout.elements) : object;
  const type = heap.type(array);
  if (type < types.firstFixedArray || type > types.lastFixedArray) return [];
  const found: number[] = [];
  const length = heap.smiField(array, 8, 0);
  for (let at = 0; at < length && at < limit; at++) {
    const value = heap.field(array, 16 + 8 * at);
    const valueType = heap.type(value);
    if (valueType !== -1 && valueType !== types.oddball && valueType !== types.hole) found.push(value);
  }
  return found;
}

/** The entries of a Map, or of an instance of a class that extends it, in the order in which they were put there. */
export function mapEntries(heap: TaggedHeap, map: number, limit: number): [key: number, value: number][] {
  const { types, collection } = heap.layout;
  if (heap.type(map) !== types.jsMap) return [];
  const table = heap.fieldOf(map, collection.table, types.orderedHashMap);
  const count = heap.smiField(table, 16, 0) + heap.smiField(table, 24, 0);
  const buckets = heap.smiField(table, 32, -1);
  const end = 16 + 8 * heap.smiField(table, 8, 0);
  const entries: [number, number][] = [];
  if (buckets < 0) return entries;
  let at = 40 + 8 * buckets;
  for (let entry = 0; entry < count && at + 24 <= end && entries.length < limit; entry++, at += 24) {
    const key = heap.value(table, at);
    if (!isHole(heap, key)) entries.push([key, heap.value(table, at + 8)]);
  }
  return entries;
}

/** What a WeakRef refers to; 0 if that is gone. */
export function weakRefTarget(heap: TaggedHeap, weakRef: number): number {
  const { types, weakRef: layout } = heap.layout;
  if (heap.type(weakRef) !== types.weakRef) return 0;
  const target = heap.field(weakRef, layout.target);
  const type = heap.type(target);
  return type >= types.firstReceiver || type === types.symbol ? target : 0;
}

export interface SlotDescription {
  type: 'property' | 'element' | 'context' | 'internal';
  /** Of an element its index, of an internal field its offset in bytes. */
  name: string | number;
}

/** What the field at an offset of an object is. */
export function describeSlot(heap: TaggedHeap, holder: number, offset: number): SlotDescription {
  const { types, context, nameDictionaryStart } = heap.layout;
  const internal: SlotDescription = { type: 'internal', name: offset };
  const type = heap.type(holder);
  if (type === -1 || offset < 8) return internal;
  if (type >= types.firstContext && type <= types.lastContext) {
    if (offset < context.slots || offset >= 16 + 8 * contextLength(heap, holder)) return internal;
    const name = variableName(heap, holder, offset);
    return name === null ? internal : { type: 'context', name };
  }
  if (type === types.nameDictionary) {
    const inEntry = (offset - nameDictionaryStart) % 24;
    const name = inEntry === 8 ? nameText(heap, heap.field(holder, offset - 8)) : null;
    return name === null ? internal : { type: 'property', name };
  }
  if (type >= types.firstFixedArray && type <= types.lastFixedArray && offset >= 16)
    return { type: 'element', name: (offset - 16) / 8 };
  if (type < types.firstReceiver) return internal;
  let found = internal;
  visitProperties(heap, holder, (key, _value, at) => {
    if (at !== offset) return true;
    const name = nameText(heap, key);
    if (name !== null) found = { type: 'property', name };
    return false;
  });
  return found;
}
