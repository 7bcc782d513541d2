import { generatorFields } from './generators.js';
import { className, elements, numberValue, property } from './objects.js';
import { functionName, scriptOf } from './functions.js';
import { scriptName } from './scripts.js';
import type { TaggedHeap } from './tagged-heap.js';

/** What this library's agent keeps in a thread, for a reader of its memory to find: see `main-thread/anchor.ts`. */
export interface Anchor {
  /** Node's id of the thread. */
  threadId: number;
  /** The StoreRegistry objects. */
  registries: number[];
  /** The suspended function. */
  generator: number;
  /** The suspended function, and what it has in its registers: the promise that it waits for is one of them. */
  own: ReadonlySet<number>;
}

const SCRIPT = 'guru-meditation:anchor';
const FUNCTION = 'guruAnchor';
const MAX_REGISTRIES = 100;

/**
 * The anchor among the suspended generators of a heap; `null` if there is none.
 *
 * @param likely one of them that is looked at first, 0: none
 */
export function findAnchor(
  objects: TaggedHeap,
  generators: readonly number[] | Int32Array,
  likely: number,
): Anchor | null {
  const isThere = likely !== 0 && generators.includes(likely);
  return (isThere ? findAnchorIn(objects, [likely]) : null) ?? findAnchorIn(objects, generators);
}

function findAnchorIn(objects: TaggedHeap, generators: Iterable<number>): Anchor | null {
  for (const generator of generators) {
    if (objects.type(generator) !== objects.layout.types.asyncFunction) continue;
    if (!isAnchorFunction(objects, objects.field(generator, objects.layout.generator.function))) continue;
    const registers = generatorFields(objects, generator)?.registers ?? [];
    for (const object of registers) {
      const anchor = readAnchor(objects, object);
      if (anchor !== null) return { ...anchor, generator, own: new Set([generator, ...registers]) };
    }
  }
  return null;
}

/** Whether it is called as the anchor's is, and of the same script. */
export function isAnchorFunction(objects: TaggedHeap, fn: number): boolean {
  return functionName(objects, fn) === FUNCTION && scriptName(objects, scriptOf(objects, fn)) === SCRIPT;
}

function readAnchor(objects: TaggedHeap, object: number): Omit<Anchor, 'own' | 'generator'> | null {
  const threadId = numberValue(objects, property(objects, object, 'threadId'));
  if (threadId === null || className(objects, object) !== 'GuruAnchor') return null;
  return { threadId, registries: elements(objects, property(objects, object, 'stores'), MAX_REGISTRIES) };
}

/** Stores of a program's requests that are alive at once. More of them than this have no labels. */
const MAX_STORES = 1_000_000;

/** What one labelled AsyncLocalStorage was given. */
export interface StoreIds {
  /** The AsyncLocalStorage. */
  storage: number;
  /** The ids that the thread's agent knows its stores by, by value. */
  ids: ReadonlyMap<number, number>;
}

export function readStoreIds(objects: TaggedHeap, { registries }: Pick<Anchor, 'registries'>): StoreIds[] {
  return registries.map((registry) => {
    const ids = new Map<number, number>();
    for (const map of elements(objects, property(objects, registry, 'maps'), MAX_REGISTRIES)) {
      readWeakMap(objects, map, ids);
    }
    readValues(objects, property(objects, registry, 'values'), ids);
    return { storage: property(objects, registry, 'storage'), ids };
  });
}

/**
 * The id of a store. Where memory does not tell which storage it was given to (20.20, 22.23), and several know it, there is
 * none: the label might be another storage's.
 */
export function storeIdOf(
  all: readonly StoreIds[],
  { storage, store }: { storage: number | null; store: number },
): number | null {
  const found = all.filter((one) => (storage === null || storage === one.storage) && one.ids.has(store));
  return found.length === 1 ? found[0]!.ids.get(store)! : null;
}

/** An array of values and their ids by turns, Smis and `undefined` among them; the first pair is none. */
function readValues(objects: TaggedHeap, array: number, ids: Map<number, number>): void {
  const { types, object } = objects.layout;
  const store = objects.field(array, object.elements);
  const type = objects.type(store);
  if (type < types.firstFixedArray || type > types.lastFixedArray) return;
  const length = Math.min(objects.smiField(store, 8, 0), 2 * MAX_STORES);
  for (let at = 2; at + 1 < length; at += 2) {
    const id = numberValue(objects, objects.value(store, 24 + 8 * at));
    if (id !== null) ids.set(objects.value(store, 16 + 8 * at), id);
  }
}

/** A hash table: three words about it, then key and value by turns. */
function readWeakMap(objects: TaggedHeap, map: number, ids: Map<number, number>): void {
  const { layout } = objects;
  if (objects.type(map) !== layout.types.weakMap) return;
  const table = objects.field(map, layout.collection.table);
  const length = objects.smiField(table, 8, 0);
  for (let at = 3; at + 1 < length && ids.size < MAX_STORES; at += 2) {
    const key = objects.field(table, 16 + 8 * at);
    if (objects.type(key) < layout.types.firstReceiver) continue;
    const id = numberValue(objects, objects.value(table, 24 + 8 * at));
    if (id !== null) ids.set(key, id);
  }
}
