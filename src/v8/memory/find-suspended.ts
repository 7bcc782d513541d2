import { isFunction, sharedOf } from './functions.js';
import { generatorState, pendingReactions } from './generators.js';
import type { IsolateRoots } from './isolate-roots.js';
import type { TaggedHeap } from './tagged-heap.js';

/** Goes over the words of a heap. False if it was cut short. */
export type ScanHeap = (
  needles: readonly number[],
  /** Gets the address of each word that equals one of the needles. */
  hit: (address: number, value: number) => void,
) => boolean;

/** What a heap holds of generators and promises, in tagged pointers, ascending. */
export interface FoundObjects {
  /** Generator objects that are suspended. */
  generators: number[];
  /** Those that run or have ended, as far as they are still there: they may be suspended a moment later. */
  others: number[];
  /** Promises that are pending and have reactions. */
  promises: number[];
  /** Promises that are pending, and that nothing waits for yet. */
  idlePromises: number[];
  /** Functions that resolve or reject a promise. */
  resolvers: number[];
  /** The heap was gone over to its end. */
  complete: boolean;
  /** V8 has moved what they are told by since the heap was gone over, so that some may be missing. */
  moved: boolean;
}

type Kind = 'generator' | 'promise';

/**
 * Finds generators and promises of one isolate by their maps. The maps are found first, and kept: once they are known, one
 * pass over the heap finds them all, new ones included.
 */
export class SuspendedFinder {
  /** Maps of generators and promises. */
  readonly #maps = new Map<number, Kind>();
  #metaMaps = new Set<number>();
  #resolvers = new Set<number>();

  /** @param touch gets each generator and promise that is found, as soon as it is */
  find(
    objects: TaggedHeap,
    { metaMaps, resolvers }: IsolateRoots,
    scan: ScanHeap,
    touch: (object: number) => void = () => {},
  ): FoundObjects {
    this.#metaMaps = new Set(metaMaps);
    this.#resolvers = new Set(resolvers);
    this.#keepValid(objects);
    const found = emptyHanded();
    // Maps that come up in the first pass need another one, for what was met before them.
    let wanted = new Map<number, Kind>(this.#maps);
    for (let pass = 0; pass < 2 && found.complete; pass++) {
      const fresh = new Map<number, Kind>();
      const needles = pass === 0 ? this.#needles() : [...wanted.keys()];
      found.complete = scan(needles, (address, value) => {
        const kind = wanted.get(value);
        if (kind !== undefined) {
          if (this.#take(objects, kind, address, found)) touch(address + 1);
        } else if (this.#metaMaps.has(value)) {
          const ofMap = kindOfMap(objects, address + 1);
          if (ofMap !== null && !this.#maps.has(address + 1)) fresh.set(address + 1, ofMap);
        } else takeResolver(objects, address, value, found);
      });
      for (const [map, kind] of fresh) this.#maps.set(map, kind);
      if (fresh.size === 0) break;
      wanted = fresh;
    }
    sort(found);
    return found;
  }

  #needles(): number[] {
    return [...this.#metaMaps, ...this.#maps.keys(), ...this.#resolvers];
  }

  #take(objects: TaggedHeap, kind: Kind, address: number, found: FoundObjects): boolean {
    return kind === 'promise'
      ? takePromise(objects, address + 1, found)
      : takeGenerator(objects, address + 1, found);
  }

  /** Within a copy of what has changed of the heap since `find`. */
  findAgain(objects: TaggedHeap, scan: ScanHeap): FoundObjects {
    const found = emptyHanded();
    const known = this.#needles().length;
    this.#keepValid(objects);
    found.moved = this.#needles().length < known;
    found.complete = scan(this.#needles(), (address, value) => {
      const kind = this.#maps.get(value);
      if (kind !== undefined) this.#take(objects, kind, address, found);
      else if (!this.#metaMaps.has(value)) takeResolver(objects, address, value, found);
      else if (!this.#maps.has(address + 1) && kindOfMap(objects, address + 1) !== null) found.moved = true;
    });
    return found;
  }

  /** Adds what these are by now, and are none of what was found before. */
  check(objects: TaggedHeap, pointers: readonly number[], found: FoundObjects): void {
    const { types } = objects.layout;
    for (const pointer of pointers) {
      if (objects.type(pointer) === types.promise) takePromise(objects, pointer, found);
      else takeGenerator(objects, pointer, found);
    }
    sort(found);
  }

  /** Maps and the like are moved when V8 compacts its heap. */
  #keepValid(objects: TaggedHeap): void {
    const { types } = objects.layout;
    for (const [map, kind] of this.#maps) if (kindOfMap(objects, map) !== kind) this.#maps.delete(map);
    for (const map of this.#metaMaps) if (objects.typeOfMap(map) !== types.map) this.#metaMaps.delete(map);
    for (const shared of this.#resolvers)
      if (objects.type(shared) !== types.shared) this.#resolvers.delete(shared);
  }
}

function emptyHanded(): FoundObjects {
  return {
    generators: [],
    others: [],
    promises: [],
    idlePromises: [],
    resolvers: [],
    complete: true,
    moved: false,
  };
}

/** A function whose SharedFunctionInfo stands at that address. */
function takeResolver(objects: TaggedHeap, address: number, shared: number, found: FoundObjects): void {
  const fn = address + 1 - objects.layout.function.shared;
  if (sharedOf(objects, fn) === shared) found.resolvers.push(fn);
}

function kindOfMap(objects: TaggedHeap, map: number): Kind | null {
  const { types } = objects.layout;
  switch (objects.typeOfMap(map)) {
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

function sort(found: FoundObjects): void {
  for (const list of [found.generators, found.others, found.promises, found.idlePromises, found.resolvers]) {
    // A fifth of what `list.sort` with a function takes for 100,000 of them.
    const sorted = Float64Array.from(list).sort();
    for (let at = 0; at < sorted.length; at++) list[at] = sorted[at]!;
  }
}
