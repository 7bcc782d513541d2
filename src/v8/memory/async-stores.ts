import { kindOfType } from './node-kind.js';
import { className, mapEntries, numberValue, properties } from './objects.js';
import { isDictionary } from './properties.js';
import type { TaggedHeap } from './tagged-heap.js';

/** AsyncLocalStorage instances of a program: a handful. */
const MAX_STORES = 100;
const STORE_SYMBOL = '<symbol kResourceStore>';

/** What an AsyncLocalStorage was given. */
export interface AsyncStore {
  /** The AsyncLocalStorage; 0 where V8 does not say. */
  storage: number;
  store: number;
}

const NONE: readonly never[] = [];

/** The stores that promises (Node 20, 22) and AsyncContextFrames (24, 26) keep. */
export class AsyncStores {
  readonly #objects: TaggedHeap;
  /** Maps of promises that have none, and the one of these that was met last: nearly all promises have the same. */
  readonly #storeless = new Set<number>();
  #last = 0;

  constructor(objects: TaggedHeap) {
    this.#objects = objects;
  }

  of(holder: number): readonly AsyncStore[] {
    const objects = this.#objects;
    if (objects.type(holder) === objects.layout.types.promise) return this.#ofPromise(holder);
    const stores: AsyncStore[] = [];
    for (const [storage, store] of mapEntries(objects, holder, MAX_STORES)) {
      if (className(objects, storage) === 'AsyncLocalStorage' && this.#isStore(store))
        stores.push({ storage, store });
    }
    return stores;
  }

  #ofPromise(promise: number): readonly AsyncStore[] {
    const objects = this.#objects;
    const map = objects.map(promise);
    if (map === this.#last) return NONE;
    if (this.#storeless.has(map)) {
      this.#last = map;
      return NONE;
    }
    const stores: AsyncStore[] = [];
    let any = false;
    for (const { name, value } of properties(objects, promise)) {
      if (name !== STORE_SYMBOL) continue;
      any = true;
      if (this.#isStore(value)) stores.push({ storage: 0, store: value });
    }
    if (!any && !isDictionary(objects, promise)) this.#storeless.add(map);
    return stores;
  }

  /** `undefined` is how a promise that was made outside of any store looks. */
  #isStore(value: number): boolean {
    const objects = this.#objects;
    if (value === 0 || objects.isSmi(value)) return value !== 0;
    const kind = kindOfType(objects.layout.types, objects.type(value));
    return (
      kind === 'object' || kind === 'function' || kind === 'string' || numberValue(objects, value) !== null
    );
  }
}
