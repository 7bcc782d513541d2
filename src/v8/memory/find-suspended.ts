import { isFunction } from './functions.js';
import { generatorState, promiseFields } from './generators.js';
import type { TaggedHeap } from './tagged-heap.js';

/** Goes over the words of a heap: `hit` gets the address of each that equals one of these. False if it was cut short. */
export type ScanHeap = (
  needles: ReadonlySet<number>,
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
  /** The heap was gone over to its end. */
  complete: boolean;
}

type Kind = 'generator' | 'promise';

/**
 * Finds generators and promises of one isolate by their maps. The maps are found first, and kept: once they are known, one
 * pass over the heap finds them all, new ones included.
 */
export class SuspendedFinder {
  /** Maps of generators and promises. */
  #maps = new Map<number, Kind>();

  /**
   * @param findMetaMaps maps that are their own map: one for all, from V8 12 on one for each native context besides
   */
  find(objects: TaggedHeap, metaMaps: ReadonlySet<number>, scan: ScanHeap): FoundObjects {
    const known = this.#keepValid(objects);
    const found: FoundObjects = { generators: [], others: [], promises: [], idlePromises: [], complete: true };
    const fresh = new Map<number, Kind>();
    const take = (kind: Kind, address: number): void => {
      const object = address + 1;
      if (kind === 'promise') takePromise(objects, object, found);
      else takeGenerator(objects, object, found);
    };
    found.complete = scan(new Set([...metaMaps, ...known.keys()]), (address, value) => {
      const kind = known.get(value);
      if (kind !== undefined) {
        take(kind, address);
        return;
      }
      const map = address + 1;
      const ofMap = kindOfMap(objects, map);
      if (ofMap !== null && !known.has(map)) fresh.set(map, ofMap);
    });
    if (fresh.size > 0) {
      // What was met before its map was.
      const all = scan(new Set(fresh.keys()), (address, value) => take(fresh.get(value)!, address));
      found.complete &&= all;
      for (const [map, kind] of fresh) known.set(map, kind);
      sort(found);
    }
    return found;
  }

  /** Within a copy of a part of the heap: no new maps are looked for. */
  findAgain(objects: TaggedHeap, scan: ScanHeap): FoundObjects {
    const found: FoundObjects = { generators: [], others: [], promises: [], idlePromises: [], complete: true };
    found.complete = scan(new Set(this.#maps.keys()), (address, value) => {
      if (this.#maps.get(value) === 'promise') takePromise(objects, address + 1, found);
      else takeGenerator(objects, address + 1, found);
    });
    return found;
  }

  /** Adds what these are by now, and are none of what was found before. */
  check(objects: TaggedHeap, pointers: readonly number[], found: FoundObjects): void {
    for (const pointer of pointers) {
      takeGenerator(objects, pointer, found);
      takePromise(objects, pointer, found);
    }
    sort(found);
  }

  /** Maps are moved when V8 compacts its heap. */
  #keepValid(objects: TaggedHeap): Map<number, Kind> {
    for (const [map, kind] of this.#maps) if (kindOfMap(objects, map) !== kind) this.#maps.delete(map);
    return this.#maps;
  }
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

function takeGenerator(objects: TaggedHeap, object: number, found: FoundObjects): void {
  const state = generatorState(objects, object);
  // Prototypes of generators' functions have the type too (from 12.4 on), and no function.
  if (state === null || !isFunction(objects, objects.field(object, objects.layout.generator.function))) return;
  (state.continuation >= 0 ? found.generators : found.others).push(object);
}

function takePromise(objects: TaggedHeap, object: number, found: FoundObjects): void {
  const fields = promiseFields(objects, object);
  if (fields?.pending === true) (fields.reactions === 0 ? found.idlePromises : found.promises).push(object);
}

function sort(found: FoundObjects): void {
  for (const list of [found.generators, found.others, found.promises, found.idlePromises]) list.sort((a, b) => a - b);
}
