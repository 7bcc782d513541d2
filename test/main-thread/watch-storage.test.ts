import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { test } from 'node:test';
import { watchStorage } from '#src/main-thread/watch-storage.js';

type Scoping = AsyncLocalStorage<unknown> & { withScope?: (store: unknown) => Disposable };

function watched(storage: AsyncLocalStorage<unknown> = new AsyncLocalStorage()) {
  const seen: unknown[] = [];
  const watch = watchStorage(storage, (store) => seen.push(store));
  return { storage: storage as Scoping, seen, watch };
}

const runOf = (storage: object): PropertyDescriptor | undefined =>
  Object.getOwnPropertyDescriptor(storage, 'run') ??
  Object.getOwnPropertyDescriptor(AsyncLocalStorage.prototype, 'run');

test('every store is told of, however it is given', async () => {
  const { storage, seen, watch } = watched();
  assert.equal(watch.problem, null);
  const [byRun, byEnter, byScope, within] = [{ by: 'run' }, { by: 'enterWith' }, { by: 'withScope' }, {}];
  storage.run(byRun, () => storage.run(within, () => assert.equal(storage.getStore(), within)));
  await Promise.resolve().then(() => {
    storage.enterWith(byEnter);
    assert.equal(storage.getStore(), byEnter);
  });
  storage.run(undefined, () => {
    if (!storage.withScope) return; // from Node 24 on
    const scope = storage.withScope(byScope);
    assert.equal(storage.getStore(), byScope);
    scope[Symbol.dispose]();
    assert.equal(storage.getStore(), undefined);
  });
  const told = new Set(seen);
  for (const store of [byRun, byEnter, within]) assert.ok(told.has(store));
  assert.equal(told.has(byScope), storage.withScope !== undefined);
});

test('arguments, results, exceptions and the shape of the methods stay', () => {
  const plain = new AsyncLocalStorage<unknown>();
  const { storage } = watched();
  const add = (a: number, b: number): number => a + b;
  assert.equal(storage.run({}, add, 1, 2), 3);
  const thrown = new Error('own');
  const fails = (): never => {
    throw thrown;
  };
  assert.throws(
    () => storage.run({}, fails),
    (error) => error === thrown,
  );
  assert.throws(() => storage.run({}, 'no function' as unknown as () => void), TypeError);
  for (const name of ['run', 'enterWith'] as const) {
    assert.equal(storage[name].name, name);
    assert.equal(storage[name].length, plain[name].length);
    assert.throws(() => Reflect.construct(storage[name], []), TypeError);
    assert.equal(Object.hasOwn(storage[name], 'prototype'), false);
  }
  assert.deepEqual(Object.keys(storage), Object.keys(plain));
});

test('no other instance, and not the class, is touched', () => {
  const before = Object.getOwnPropertyDescriptors(AsyncLocalStorage.prototype);
  const other = new AsyncLocalStorage<unknown>();
  const { seen } = watched();
  other.run({}, () => {});
  other.enterWith(undefined);
  assert.deepEqual(seen, []);
  assert.deepEqual(Object.getOwnPropertyNames(other).includes('run'), false);
  assert.deepEqual(Object.getOwnPropertyDescriptors(AsyncLocalStorage.prototype), before);
});

test('stop puts everything back', () => {
  const { storage, seen, watch } = watched();
  const names = Object.getOwnPropertyNames(new AsyncLocalStorage());
  assert.notDeepEqual(Object.getOwnPropertyNames(storage), names);
  watch.stop();
  watch.stop();
  storage.run({}, () => {});
  assert.deepEqual(Object.getOwnPropertyNames(storage), names);
  assert.deepEqual(seen, []);
});

test('what others have put on the instance, before and after, stays in force', () => {
  const storage = new AsyncLocalStorage<unknown>();
  const calls: string[] = [];
  const intercept = (by: string): void => {
    const { value: inner } = runOf(storage) as { value: (...args: unknown[]) => unknown };
    const run = function (this: unknown, ...args: unknown[]): unknown {
      calls.push(by);
      return Reflect.apply(inner, this, args);
    };
    Object.defineProperty(storage, 'run', {
      value: run,
      configurable: true,
      writable: true,
      enumerable: true,
    });
  };
  intercept('first');
  const first = runOf(storage);
  const { seen, watch } = watched(storage);
  storage.run(1, () => {});
  assert.deepEqual(calls.splice(0), ['first']);
  assert.ok(seen.includes(1));
  assert.ok(Object.keys(storage).includes('run'));

  watch.stop();
  assert.deepEqual(runOf(storage), first);

  const again = watched(storage);
  intercept('second');
  const second = runOf(storage);
  again.watch.stop();
  assert.deepEqual(runOf(storage), second);
  again.seen.length = 0;
  assert.equal(
    storage.run(2, () => 'done'),
    'done',
  );
  assert.deepEqual(calls, ['second', 'first']);
  assert.deepEqual(again.seen, []);
});

test("a subclass's own methods are called with their own receiver", () => {
  class Own extends AsyncLocalStorage<unknown> {
    #entered = 0;
    override enterWith(store: unknown): void {
      this.#entered++;
      super.enterWith(store);
    }
    override run<R>(store: unknown, callback: (...args: never[]) => R, ...args: unknown[]): R {
      this.#entered++;
      return super.run(store, callback, ...(args as never[]));
    }
    get entered(): number {
      return this.#entered;
    }
  }
  const storage = new Own();
  const { seen } = watched(storage);
  const store = {};
  storage.run(store, () => assert.equal(storage.getStore(), store));
  assert.ok(storage.entered >= 1);
  assert.ok(seen.includes(store));
});

test('what cannot be watched is left as it is, and the reason is told', () => {
  const frozen = Object.freeze(new AsyncLocalStorage<unknown>());
  const { watch, seen } = watched(frozen);
  assert.match(watch.problem ?? '', /^an AsyncLocalStorage cannot be watched: .*frozen/);
  frozen.getStore();
  watch.stop();
  assert.deepEqual(seen, []);

  const half = new AsyncLocalStorage<unknown>();
  Object.defineProperty(half, 'run', { get: () => () => 'own', configurable: true });
  assert.match(watched(half).watch.problem ?? '', /its run is an accessor/);
  assert.equal(Object.hasOwn(half, 'enterWith'), false);

  const hostile = new Proxy(new AsyncLocalStorage<unknown>(), {
    defineProperty() {
      throw new Error('not here');
    },
  });
  assert.match(watched(hostile).watch.problem ?? '', /not here/);
  assert.match(watchStorage({}, () => {}).problem ?? '', /no method/);
});
