import type { AsyncLocalStorage } from 'node:async_hooks';
import { GuruError } from '../report/error.js';
import { Anchor } from './anchor.js';
import { describeThrown } from './run-task.js';
import { runBounded } from './run-bounded.js';
import { partIds, StoreRegistry } from './store-registry.js';
import { type Watch, watchStorage } from './watch-storage.js';
import { listWeakEntries } from './weak-entries.js';

type Storage = AsyncLocalStorage<unknown>;
type LabelFunction = (store: unknown) => unknown;

/** How long all labels of one report may hold the thread up, ms. */
const LABELS_MS = 500;

const MAX_LENGTH = 200;

/** How the stores of a labelled storage come to be known. */
interface Watched {
  registry: StoreRegistry;
  watch: Watch;
  releaseAnchor: () => void;
}

/**
 * What the application calls the requests that it serves: functions from an AsyncLocalStorage's store to a text, and the
 * ways from what V8 keeps of a suspended function's context to that store.
 *
 * From Node 24 on that is an AsyncContextFrame, a map of Node's own from storage to store; on 20 and 22 it is the promise of the `await`,
 * which carries the store under the storage's symbol (seen on 20.20, 22.23, 24.21, 26.10).
 *
 * Two ways lead to labels: from objects of a heap snapshot ({@link hold}, {@link label}), and from the ids of stores that
 * the memory's reader found in this thread's {@link StoreRegistry} ({@link labelStores}).
 */
export class ContextLabels {
  readonly #labels = new Map<Storage, LabelFunction>();
  readonly #watched = new Map<Storage, Watched>();
  readonly #anchor: Anchor;

  constructor(anchor: Anchor = new Anchor()) {
    this.#anchor = anchor;
  }

  /**
   * From here on the stores that `storage` is given are remembered: see {@link watchStorage}.
   *
   * @returns an idempotent function that takes the label back.
   * @throws {GuruError} `ERR_GURU_SECTION` for what is no AsyncLocalStorage, or no function.
   */
  register(storage: Storage, label: LabelFunction): () => void {
    if (typeof storage?.getStore !== 'function' || typeof label !== 'function') {
      throw new GuruError('ERR_GURU_SECTION', 'labelAsyncContext takes an AsyncLocalStorage and a function');
    }
    this.#labels.set(storage, label);
    if (!this.#watched.has(storage)) this.#watch(storage);
    return () => {
      if (this.#labels.get(storage) !== label) return;
      this.#labels.delete(storage);
      this.#unwatch(storage);
    };
  }

  /** What keeps labels from being found by {@link labelStores}: one line for each storage that cannot be watched. */
  get problems(): string[] {
    return [...this.#watched.values()].flatMap(({ watch }) => watch.problem ?? []);
  }

  #watch(storage: Storage): void {
    const registry = new StoreRegistry(storage, symbolOf(storage));
    const watch = watchStorage(storage, (store) => registry.remember(store));
    this.#watched.set(storage, { registry, watch, releaseAnchor: this.#anchor.hold() });
    this.#anchor.stores.push(registry);
    try {
      registry.remember(storage.getStore()); // entered before
    } catch {
      // A subclass that has its own: not known until it is entered again.
    }
  }

  #unwatch(storage: Storage): void {
    const watched = this.#watched.get(storage);
    if (!watched) return;
    this.#watched.delete(storage);
    watched.watch.stop();
    const { stores } = this.#anchor;
    stores.splice(stores.indexOf(watched.registry), 1);
    watched.releaseAnchor();
  }

  /** Which objects hold contexts on this Node, as far as they matter; `null` if nothing is labelled. */
  get holders(): 'Map' | 'Promise' | null {
    if (this.#labels.size === 0) return null;
    return [...this.#labels.keys()].some((storage) => symbolOf(storage) !== null) ? 'Promise' : 'Map';
  }

  /** Adds to `held` those of `candidates`, all maps or promises of the heap, that hold a store. Calls nothing of theirs. */
  hold(held: unknown[], candidates: readonly unknown[]): void {
    const { isMap, isPromise } = process.getBuiltinModule('node:util').types;
    for (const candidate of candidates) {
      if (!isMap(candidate) && !isPromise(candidate)) continue; // a proxy, say
      for (const storage of this.#labels.keys()) {
        if (!hasStore(candidate, storage)) continue;
        held.push(candidate);
        break;
      }
    }
  }

  /** The labels of the holders at `indices` of `held`; `null` for those that have none. Ends within its limit. */
  label(held: readonly unknown[], indices: readonly number[]): (string | null)[] {
    const labels: (string | null)[] = indices.map(() => null);
    try {
      runBounded(() => {
        for (const [at, index] of indices.entries()) labels[at] = this.#labelOf(held[index]);
      }, LABELS_MS);
    } catch {
      // A label function that loops: those before it have theirs.
    }
    return labels;
  }

  /**
   * The labels of the stores with these ids (see {@link StoreRegistry}); `null` for those that have none or are gone.
   * Ends within its limit. For short pauses ask for the {@link batches} of the ids, and let the event loop turn in between.
   */
  labelStores(ids: readonly number[]): (string | null)[] {
    const labels: (string | null)[] = ids.map(() => null);
    try {
      const labelled = this.#find(new Set(ids));
      runBounded(() => {
        for (const [at, id] of ids.entries()) {
          const found = labelled.get(id);
          if (found) labels[at] = textOf(found.label, found.store);
        }
      }, LABELS_MS);
    } catch {
      // No inspector, or a label function that loops: those before it have theirs.
    }
    return labels;
  }

  /** The ids in parts, each of which takes {@link labelStores} less than all of them: 1 to 5 ms, plus the label functions' time. */
  batches(ids: readonly number[]): number[][] {
    return partIds(ids);
  }

  #find(ids: ReadonlySet<number>): Map<number, { label: LabelFunction; store: unknown }> {
    const found = new Map<number, { label: LabelFunction; store: unknown }>();
    for (const [storage, { registry }] of this.#watched) {
      const label = this.#labels.get(storage);
      if (!label) continue;
      for (const [store, id] of listWeakEntries(registry.mapsOf(ids))) {
        if (ids.has(id)) found.set(id, { label, store });
      }
      for (const [id, store] of registry.findValues(ids)) found.set(id, { label, store });
    }
    return found;
  }

  #labelOf(holder: unknown): string | null {
    for (const [storage, label] of this.#labels) {
      if (!hasStore(holder as object, storage)) continue;
      const text = textOf(label, storeOf(holder as object, storage));
      if (text !== null) return text;
    }
    return null;
  }
}

function textOf(label: LabelFunction, store: unknown): string | null {
  try {
    const text = label(store);
    return typeof text === 'string' ? text.slice(0, MAX_LENGTH) : null;
  } catch (error) {
    return `[the label function threw ${describeThrown(error)}]`;
  }
}

/** On Node 20 and 22 each AsyncLocalStorage has a symbol of its own; `null` from 24 on. */
function symbolOf(storage: Storage): symbol | null {
  const symbol = Object.getOwnPropertyDescriptor(storage, 'kResourceStore')?.value as unknown;
  return typeof symbol === 'symbol' ? symbol : null;
}

function hasStore(holder: object, storage: Storage): boolean {
  return storeOf(holder, storage) !== undefined;
}

function storeOf(holder: object, storage: Storage): unknown {
  const symbol = symbolOf(storage);
  if (symbol !== null) return Object.getOwnPropertyDescriptor(holder, symbol)?.value as unknown;
  const { isMap } = process.getBuiltinModule('node:util').types;
  return isMap(holder) ? (Map.prototype.get.call(holder, storage) as unknown) : undefined;
}
