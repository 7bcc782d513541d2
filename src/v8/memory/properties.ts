import { isString, readString, stringLength } from './strings.js';
import type { TaggedHeap } from './tagged-heap.js';

/** Of a dictionary with more entries than these, the rest is not looked at. */
const MAX_ENTRIES = 200_000;
const MAX_NAME = 1000;

/** `key`: a String or a Symbol. `value`: 0 where there is none to be read. Ends the visit with `false`. */
export type VisitProperty = (key: number, value: number, offset: number) => boolean;

/** Visits the own data properties of an object, elements not among them. */
export function visitProperties(heap: TaggedHeap, object: number, visit: VisitProperty): void {
  const { types, map: layout, object: objectLayout } = heap.layout;
  const type = heap.type(object);
  if (type < types.firstReceiver) return;
  // `globalThis` has none of its own: it stands for the global object, which is its prototype to V8.
  if (type === types.globalProxy) {
    const global = heap.fieldOf(heap.map(object), layout.prototype, types.globalObject);
    if (global !== 0) visitProperties(heap, global, visit);
    return;
  }
  const map = heap.map(object);
  const bits = heap.u32(map, layout.bitField3);
  if ((bits & layout.isDictionary) === 0) {
    visitFields(heap, object, map, bits, visit);
    return;
  }
  const dictionary = heap.field(object, objectLayout.properties);
  const dictionaryType = heap.type(dictionary);
  if (dictionaryType === types.nameDictionary) visitDictionary(heap, dictionary, visit);
  else if (dictionaryType === types.globalDictionary) visitCells(heap, dictionary, visit);
}

/** Whether the properties are kept in a dictionary, not by the object's map. */
export function isDictionary(heap: TaggedHeap, object: number): boolean {
  const { map: layout } = heap.layout;
  return (heap.u32(heap.map(object), layout.bitField3) & layout.isDictionary) !== 0;
}

function visitFields(
  heap: TaggedHeap,
  object: number,
  map: number,
  bits: number,
  visit: VisitProperty,
): void {
  const { types, map: layout, descriptorArray, details: detail, object: objectLayout } = heap.layout;
  const descriptors = heap.field(map, layout.descriptors);
  const type = heap.type(descriptors);
  if (type !== types.descriptorArray && type !== types.strongDescriptorArray) return;
  const own = (bits & layout.ownDescriptorsMask) >>> layout.ownDescriptorsShift;
  const count = Math.min(own, heap.u16(descriptors, descriptorArray.all));
  const firstField = heap.u8(map, layout.inObjectStart);
  const inObject = heap.sizeInWords(map) - firstField;
  const array = heap.fieldOf(object, objectLayout.properties, types.propertyArray);
  for (let index = 0; index < count; index++) {
    const at = descriptorArray.first + 24 * index;
    const details = heap.smiField(descriptors, at + 8, detail.isAccessor);
    if ((details & detail.isAccessor) !== 0) continue;
    const key = heap.field(descriptors, at);
    let value = 0;
    let offset = -1;
    if ((details & detail.inDescriptor) !== 0) {
      value = heap.value(descriptors, at + 16);
    } else {
      const field = (details & detail.indexMask) >>> detail.indexShift;
      if (field < inObject) {
        offset = (firstField + field) * 8;
        value = heap.value(object, offset);
      } else if (array !== 0 && field - inObject < (heap.smiField(array, 8, 0) & PROPERTY_ARRAY_LENGTH)) {
        value = heap.value(array, 16 + 8 * (field - inObject));
      }
    }
    if (!visit(key, value, offset)) return;
  }
}

const PROPERTY_ARRAY_LENGTH = 1023;

function visitDictionary(heap: TaggedHeap, dictionary: number, visit: VisitProperty): void {
  const { details, nameDictionaryStart } = heap.layout;
  const length = Math.min(heap.smiField(dictionary, 8, 0), 3 * MAX_ENTRIES);
  const end = 16 + 8 * length;
  for (let at = nameDictionaryStart; at + 24 <= end; at += 24) {
    const key = heap.field(dictionary, at);
    if (!isName(heap, key)) continue; // never used, or deleted
    if ((heap.smiField(dictionary, at + 16, details.isAccessor) & details.isAccessor) !== 0) continue;
    if (!visit(key, heap.value(dictionary, at + 8), -1)) return;
  }
}

function visitCells(heap: TaggedHeap, dictionary: number, visit: VisitProperty): void {
  const { types, globalDictionaryStart, propertyCell } = heap.layout;
  const length = Math.min(heap.smiField(dictionary, 8, 0), MAX_ENTRIES);
  const end = 16 + 8 * length;
  for (let at = globalDictionaryStart; at + 8 <= end; at += 8) {
    const cell = heap.fieldOf(dictionary, at, types.propertyCell);
    if (cell === 0) continue;
    const key = heap.field(cell, propertyCell.name);
    const value = heap.value(cell, propertyCell.value);
    const type = heap.type(value);
    if (!isName(heap, key) || type === types.accessorPair || isHole(heap, value)) continue;
    if (!visit(key, value, -1)) return;
  }
}

/** Where V8 keeps no value. */
export function isHole(heap: TaggedHeap, value: number): boolean {
  const { types } = heap.layout;
  const type = heap.type(value);
  if (types.hole !== -1) return type === types.hole;
  return type === types.oddball && heap.smiField(value, ODDBALL_KIND, 0) === ODDBALL_HOLE;
}

const ODDBALL_KIND = 40;
const ODDBALL_HOLE = 2;

function isName(heap: TaggedHeap, key: number): boolean {
  return isString(heap, key) || heap.type(key) === heap.layout.types.symbol;
}

/** A property's name as text: symbols as `<symbol DESCRIPTION>`; `null` if it cannot be read. */
export function nameText(heap: TaggedHeap, key: number): string | null {
  const { types, symbol } = heap.layout;
  if (heap.type(key) !== types.symbol) return readString(heap, key, MAX_NAME);
  const description = heap.field(key, symbol.name);
  // Private ones too: `#x` is such a symbol.
  return `<symbol ${readString(heap, description, MAX_NAME) ?? ''}>`;
}

/** Whether the name is this text; most are told apart by their length. */
export function nameIs(heap: TaggedHeap, key: number, text: string): boolean {
  const isSymbol = text.startsWith('<symbol ');
  const { types, symbol } = heap.layout;
  if ((heap.type(key) === types.symbol) !== isSymbol) return false;
  if (!isSymbol) return stringLength(heap, key) === text.length && nameText(heap, key) === text;
  const length = Math.max(0, stringLength(heap, heap.field(key, symbol.name)));
  return length === text.length - '<symbol >'.length && nameText(heap, key) === text;
}

/** The value of an own data property by its name (see {@link nameText}); 0 if there is none. */
export function ownValue(heap: TaggedHeap, object: number, name: string): number {
  let found = 0;
  visitProperties(heap, object, (key, value) => {
    if (!nameIs(heap, key, name)) return true;
    found = value;
    return false;
  });
  return found;
}
