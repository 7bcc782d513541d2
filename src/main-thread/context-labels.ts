import type { AsyncLocalStorage } from 'node:async_hooks';
import { GuruError } from '../report/error.js';
import { describeThrown } from './run-task.js';
import { runBounded } from './run-bounded.js';

type Storage = AsyncLocalStorage<unknown>;
type LabelFunction = (store: unknown) => unknown;

/** How long all labels of one report may hold the thread up, ms. */
const LABELS_MS = 500;

const MAX_LENGTH = 200;

/**
 * What the application calls the requests that it serves: functions from an AsyncLocalStorage's store to a text, and the
 * ways from what V8 keeps of a suspended function's context to that store.
 *
 * From Node 24 on that is an AsyncContextFrame, a map of Node's own from storage to store; on 20 and 22 it is the promise of the `await`,
 * which carries the store under the storage's symbol (seen on 20.20, 22.23, 24.21, 26.10).
 */
export class ContextLabels {
  readonly #labels = new Map<Storage, LabelFunction>();

  /**
   * @returns an idempotent function that takes the label back.
   * @throws {GuruError} `ERR_GURU_SECTION` for what is no AsyncLocalStorage, or no function.
   */
  register(storage: Storage, label: LabelFunction): () => void {
    if (typeof storage?.getStore !== 'function' || typeof label !== 'function') {
      throw new GuruError('ERR_GURU_SECTION', 'labelAsyncContext takes an AsyncLocalStorage and a function');
    }
    this.#labels.set(storage, label);
    return () => {
      if (this.#labels.get(storage) === label) this.#labels.delete(storage);
    };
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

  #labelOf(holder: unknown): string | null {
    for (const [storage, label] of this.#labels) {
      if (!hasStore(holder as object, storage)) continue;
      try {
        const text = label(storeOf(holder as object, storage));
        if (typeof text === 'string') return text.slice(0, MAX_LENGTH);
      } catch (error) {
        return `[the label function threw ${describeThrown(error)}]`;
      }
    }
    return null;
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
