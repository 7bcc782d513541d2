import { AsyncLocalStorage } from 'node:async_hooks';
import { describeThrown } from './run-task.js';

/** The methods that take a store first, on Node 20 to 26; `exit` takes none. */
const METHODS = ['enterWith', 'run', 'withScope'] as const;

type Method = (this: unknown, ...args: unknown[]) => unknown;

export interface Watch {
  /** Why the stores are not told of, one line; `null` if they are. */
  problem: string | null;
  /** The methods are as they were before. Idempotent. */
  stop(): void;
}

/**
 * Tells `remember` of each store that `storage` is given from now on: the methods that take one get wrapped, as own,
 * non-enumerable properties of this one object; those that enter their store through the object's own `enterWith`, as
 * Node's do from 24 on, need not be. What the wrapped methods are given, return and throw is left as it is. Never throws.
 *
 * @param remember must not throw.
 */
export function watchStorage(storage: object, remember: (store: unknown) => void): Watch {
  const wrapped: (() => void)[] = [];
  const stop = (): void => {
    for (const unwrap of wrapped.splice(0).reverse()) unwrap();
  };
  try {
    for (const name of METHODS) {
      const method: unknown = Reflect.get(storage, name);
      if (typeof method !== 'function' || entersThroughEnterWith(name, method)) continue;
      wrapped.push(wrap(storage, name, method as Method, remember));
    }
    if (wrapped.length === 0) throw new Error('it has no method that takes a store');
    return { problem: null, stop };
  } catch (error) {
    stop();
    return { problem: `an AsyncLocalStorage cannot be watched: ${describeThrown(error)}`, stop };
  }
}

/** @returns what takes the wrapper off again; where others have since put theirs above it, it just does nothing more. */
function wrap(
  storage: object,
  name: (typeof METHODS)[number],
  method: Method,
  remember: (store: unknown) => void,
): () => void {
  const before = Object.getOwnPropertyDescriptor(storage, name);
  if (before && !('value' in before)) throw new Error(`its ${name} is an accessor`);
  const { apply } = Reflect;
  let active = true;
  // A method, so that it has no `prototype` and is no constructor, as the original; rest parameters, since forwarding
  // `arguments` takes 0.1 µs more (20.20 and 24.21).
  const { [name]: wrapper } = {
    [name](this: unknown, ...args: unknown[]): unknown {
      if (active) remember(args[0]);
      return apply(method, this, args);
    },
  } as Record<typeof name, Method>;
  Object.defineProperty(wrapper, 'length', { value: method.length, configurable: true });
  Object.defineProperty(wrapper, 'name', { value: method.name, configurable: true });
  const enumerable = before?.enumerable ?? false;
  const descriptor = { value: wrapper, writable: true, configurable: true, enumerable };
  if (!Reflect.defineProperty(storage, name, descriptor)) {
    throw new Error(`its ${name} cannot be replaced (is it frozen?)`);
  }
  return () => {
    active = false;
    try {
      if (Object.getOwnPropertyDescriptor(storage, name)?.value !== wrapper) return;
      if (before) Reflect.defineProperty(storage, name, before);
      else Reflect.deleteProperty(storage, name);
    } catch {
      // A proxy that refuses: the wrapper stays, and only forwards.
    }
  };
}

let entering: ReadonlySet<unknown> | null = null;

function entersThroughEnterWith(name: string, method: unknown): boolean {
  if (name === 'enterWith') return false;
  entering ??= findEntering();
  return entering.has(method);
}

/** Which of the class's own methods call the instance's `enterWith`: tried out, on an instance that enters nothing. */
function findEntering(): Set<unknown> {
  const found = new Set<unknown>();
  const probe = new AsyncLocalStorage<unknown>() as AsyncLocalStorage<unknown> & {
    withScope?: (store: unknown) => unknown;
  };
  let entered = false;
  Object.defineProperty(probe, 'enterWith', { value: () => (entered = true) });
  for (const name of ['run', 'withScope'] as const) {
    entered = false;
    try {
      if (name === 'run') probe.run({}, () => {});
      else probe.withScope?.({});
    } catch {
      // Then it is no method that is known here, and is wrapped.
    }
    if (entered) found.add(AsyncLocalStorage.prototype[name as 'run']);
  }
  probe.disable(); // takes it out of Node's list of instances again (20, 22)
  return found;
}
