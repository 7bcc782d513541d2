import { isFunction, sharedOf } from './functions.js';
import { generatorState, pendingReactions } from './generators.js';
import type { IsolateRoots } from './isolate-roots.js';
import { IntList } from '../await-graph/int-list.js';
import type { TaggedHeap } from './tagged-heap.js';

/** Goes over the words of a heap for pointers to these objects. False if it was cut short. */
export type ScanHeap = (
  needles: readonly number[],
  /** Gets each word that is such a pointer, and the index of the object that it points to. */
  hit: (slot: number, needle: number) => void,
) => boolean;

/** What a heap holds of generators and promises. */
export interface FoundObjects {
  /** Generator objects that are suspended. */
  generators: IntList;
  /** Those that run or have ended, as far as they are still there: they may be suspended a moment later. */
  others: IntList;
  /** Promises that are pending and have reactions. */
  promises: IntList;
  /** Promises that are pending, and that nothing waits for yet. */
  idlePromises: IntList;
  /** Functions that resolve or reject a promise. */
  resolvers: IntList;
  /** The heap was gone over to its end. */
  complete: boolean;
  /** V8 has moved what they are told by since the heap was gone over, so that some may be missing. */
  moved: boolean;
}

type Kind = 'generator' | 'promise';
/** What a word is a sign of that points to this. */
type Sign = Kind | 'map' | 'resolver';

/**
 * Finds generators and promises of one isolate by their maps. The maps are found first, and kept: once they are known, one
 * pass over the heap finds them all, new ones included.
 */
export class SuspendedFinder {
  /** Maps of generators and promises, from report to report: by their pointers. */
  readonly #pointers = new Map<number, Kind>();
  /** The same in the memory that is read now, with the maps of maps, and what the functions that settle promises have in common. */
  readonly #signs = new Map<number, Sign>();

  /** @param touch gets each generator and promise that is found, as soon as it is */
  find(
    objects: TaggedHeap,
    { metaMaps, resolvers }: IsolateRoots,
    scan: ScanHeap,
    touch: (object: number) => void = () => {},
  ): FoundObjects {
    this.#signs.clear();
    for (const map of metaMaps) this.#signs.set(map, 'map');
    for (const shared of resolvers) this.#signs.set(shared, 'resolver');
    for (const [pointer, kind] of this.#pointers) {
      const map = objects.objectOf(pointer);
      if (kindOfMap(objects, map) === kind) this.#signs.set(map, kind);
      else this.#pointers.delete(pointer);
    }
    const found = emptyHanded();
    // Maps that come up in the first pass need another one, for what was met before them.
    let wanted: ReadonlyMap<number, Sign> = new Map(this.#signs);
    for (let pass = 0; pass < 2 && found.complete; pass++) {
      const fresh = new Map<number, Kind>();
      const signs = [...wanted.values()];
      const needles = [...wanted.keys()];
      found.complete = scan(needles, (slot, needle) => {
        const sign = signs[needle]!;
        if (sign === 'map') {
          const kind = kindOfMap(objects, slot);
          if (kind !== null && !this.#signs.has(slot)) fresh.set(slot, kind);
        } else if (sign === 'resolver') takeResolver(objects, slot, needles[needle]!, found);
        else if (take(objects, sign, slot, found)) touch(slot);
      });
      for (const [map, kind] of fresh) {
        this.#signs.set(map, kind);
        this.#pointers.set(objects.pointer(map), kind);
      }
      if (fresh.size === 0) break;
      wanted = fresh;
    }
    sort(found);
    return found;
  }

  /** Within a copy of what has changed of the heap since `find`. */
  findAgain(objects: TaggedHeap, scan: ScanHeap): FoundObjects {
    const found = emptyHanded();
    for (const [object, sign] of this.#signs) {
      if (isStill(objects, object, sign)) continue;
      this.#signs.delete(object);
      found.moved = true;
    }
    const signs = [...this.#signs.values()];
    const needles = [...this.#signs.keys()];
    found.complete = scan(needles, (slot, needle) => {
      const sign = signs[needle]!;
      if (sign === 'map') {
        if (!this.#signs.has(slot) && kindOfMap(objects, slot) !== null) found.moved = true;
      } else if (sign === 'resolver') takeResolver(objects, slot, needles[needle]!, found);
      else take(objects, sign, slot, found);
    });
    return found;
  }

  /** Adds what these are by now, and are none of what was found before. */
  check(objects: TaggedHeap, candidates: Int32Array, found: FoundObjects): void {
    const { types } = objects.layout;
    for (const object of candidates) {
      const type = objects.type(object);
      if (type === types.promise) takePromise(objects, object, found);
      else if (kindOfType(objects, type) === 'generator') takeGenerator(objects, object, found);
    }
  }
}

/** Ascending: in the order of memory, as far as it was met in that order. */
export function sort(found: FoundObjects): void {
  for (const list of [found.generators, found.others, found.promises, found.idlePromises, found.resolvers])
    list.sort();
}

function emptyHanded(): FoundObjects {
  return {
    generators: new IntList(),
    others: new IntList(),
    promises: new IntList(),
    idlePromises: new IntList(),
    resolvers: new IntList(),
    complete: true,
    moved: false,
  };
}

/** V8 moves maps and the like when it compacts its heap. */
function isStill(objects: TaggedHeap, object: number, sign: Sign): boolean {
  const { types } = objects.layout;
  if (sign === 'map') return objects.typeOfMap(object) === types.map;
  return sign === 'resolver' ? objects.type(object) === types.shared : kindOfMap(objects, object) === sign;
}

function kindOfMap(objects: TaggedHeap, map: number): Kind | null {
  return kindOfType(objects, objects.typeOfMap(map));
}

function kindOfType({ layout: { types } }: TaggedHeap, type: number): Kind | null {
  switch (type) {
    case types.generator:
    case types.asyncFunction:
    case types.asyncGenerator:
      return 'generator';
    case types.promise:
      return 'promise';
    default:
      return null;
  }
}

function take(objects: TaggedHeap, kind: Kind, object: number, found: FoundObjects): boolean {
  return kind === 'promise' ? takePromise(objects, object, found) : takeGenerator(objects, object, found);
}

/** A function whose SharedFunctionInfo stands in this slot. */
function takeResolver(objects: TaggedHeap, slot: number, shared: number, found: FoundObjects): void {
  const fn = slot - (objects.layout.function.shared >> 3);
  if (sharedOf(objects, fn) === shared) found.resolvers.push(fn);
}

/** A map may be the field of another object, too: of the function that makes such objects. */
function beginsWithMap(objects: TaggedHeap, object: number): boolean {
  const { types, object: layout } = objects.layout;
  const type = objects.type(objects.field(object, layout.elements));
  return type >= types.firstFixedArray && type <= types.lastFixedArray;
}

/** False of what is none. */
function takeGenerator(objects: TaggedHeap, object: number, found: FoundObjects): boolean {
  if (!beginsWithMap(objects, object)) return false;
  const state = generatorState(objects, object);
  // Prototypes of generators' functions have the type too (from 12.4 on), and no function.
  if (state === null || !isFunction(objects, objects.field(object, objects.layout.generator.function)))
    return false;
  (state.continuation >= 0 ? found.generators : found.others).push(object);
  return true;
}

/** False of what is none, or is not pending. */
function takePromise(objects: TaggedHeap, object: number, found: FoundObjects): boolean {
  const reactions = pendingReactions(objects, object);
  if (reactions === -1 || !beginsWithMap(objects, object)) return false;
  (reactions === 0 ? found.idlePromises : found.promises).push(object);
  return true;
}
