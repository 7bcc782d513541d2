/** As many maps share a storage's stores: to list one of them takes some 1 µs for each store in it, and stops the thread. */
const MAPS = 32;

/** So many stores in a row go into one map, then the next one's turn comes. */
const STORES_PER_TURN = 512;

/** Not always, as it can take 0.3 ms (20, 22); a prime, so that every map is made smaller now and then. */
const TURNS_PER_SHRINK = 29;

/** The latest primitive stores are held, strongly: nothing else can be done with them. */
const MAX_VALUES = 10_000;

/** Longer texts are not remembered: they would be held, and are hardly what names a request. */
const MAX_TEXT = 1000;

/** Ids are unique in a thread, across all of its registries, and never given again. */
let nextId = 0;

/** What labels need of an AsyncLocalStorage, and all that is asked of it. */
export interface Storage {
  getStore(): unknown;
}

/**
 * The stores that one AsyncLocalStorage was given, each with a number by which a reader of this process's memory, who
 * has but the address of a store, can name it to this thread.
 *
 * Objects are held by WeakMaps, since everything else that is weak in JavaScript (WeakRef, FinalizationRegistry) keeps
 * its target alive through the collections of the young generation: in a service whose requests each have a store that
 * made nearly all that a request allocates end up in the old generation, and took the process 2 to 4 times the CPU
 * time (20.20, 22.23, 24.21; hardly more on 26.10). WeakMaps do not, and took some 5 %.
 *
 * The public properties are what the memory's reader sees, by these names.
 */
export class StoreRegistry {
  readonly storage: Storage;
  /** The property by which promises hold the storage's store (Node 20, 22); `null` where AsyncContextFrames do. */
  readonly key: symbol | null;
  /** Objects and functions: to their ids. One may be in several maps, with an id in each. */
  readonly maps: readonly WeakMap<object, number>[] = Array.from({ length: MAPS }, () => new WeakMap());
  /**
   * Primitive stores, each followed by its id; the oldest are overwritten. The first pair is none: it is there so that
   * V8 keeps the elements as tagged values, never as raw doubles.
   */
  readonly values: unknown[] = [undefined, -1];
  #map = this.maps[0] as WeakMap<object, number>;
  /** The id at which the next map's turn comes. */
  #end = 0;
  #valuesSeen = 0;
  #last: unknown;

  constructor(storage: Storage, key: symbol | null) {
    this.storage = storage;
    this.key = key;
  }

  /** Takes note of a store. Never throws; `undefined` is none. In the way of every `run()`: about 0.2 µs for a new object. */
  remember(store: unknown): void {
    try {
      if (store === undefined) return;
      if ((typeof store === 'object' && store !== null) || typeof store === 'function') {
        if (this.#map.has(store)) return;
        if (nextId >= this.#end) this.#turn();
        this.#map.set(store, nextId++);
      } else {
        this.#rememberValue(store);
      }
    } catch {
      // The stack's end, say: the application is to meet it in its own code, not here. The store has no label.
    }
  }

  #turn(): void {
    const turn = Math.floor(nextId / STORES_PER_TURN);
    if (turn % TURNS_PER_SHRINK === 0) {
      // V8 makes a weak table smaller on deletions only, and if it holds 16 entries at least (20 to 26): the map that is
      // left has as many. This gives back the room of a burst.
      this.#map.set(this, -1);
      this.#map.delete(this);
    }
    this.#map = this.maps[turn % MAPS] as WeakMap<object, number>;
    this.#end = (turn + 1) * STORES_PER_TURN;
  }

  #rememberValue(value: unknown): void {
    // Equal texts, and equal BigInts, may be several objects in memory: each is remembered.
    if (typeof value === 'string') {
      if (value.length > MAX_TEXT) return;
    } else if (typeof value !== 'bigint') {
      if (Object.is(value, this.#last)) return;
    }
    this.#last = value;
    const at = 2 + 2 * (this.#valuesSeen++ % MAX_VALUES);
    this.values[at] = value; // grows one by one, so that the array has no holes
    this.values[at + 1] = nextId++;
  }

  /** The maps that objects with these ids are in, if they are anywhere. */
  mapsOf(ids: Iterable<number>): Set<WeakMap<object, number>> {
    return new Set([...ids].map((id) => this.maps[mapIndexOf(id)]).filter((map) => map !== undefined));
  }

  /** The primitive stores with these ids. */
  *findValues(ids: ReadonlySet<number>): Generator<[id: number, value: unknown]> {
    for (let at = 2; at + 1 < this.values.length; at += 2) {
      const id = this.values[at + 1] as number;
      if (ids.has(id)) yield [id, this.values[at]];
    }
  }
}

/** Parts of `ids` such that the objects with those of one part are in one map. */
export function partIds(ids: readonly number[]): number[][] {
  const parts = new Map<number, number[]>();
  for (const id of ids) {
    const part = parts.get(mapIndexOf(id));
    if (part) part.push(id);
    else parts.set(mapIndexOf(id), [id]);
  }
  return [...parts.values()];
}

function mapIndexOf(id: number): number {
  return Math.floor(id / STORES_PER_TURN) % MAPS;
}
