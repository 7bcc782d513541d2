import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { Anchor } from '#src/main-thread/anchor.js';
import { ContextLabels } from '#src/main-thread/context-labels.js';

interface Request {
  id: string;
}

function label<T>(
  labels: ContextLabels,
  storage: AsyncLocalStorage<T>,
  text: (store: T) => unknown,
): () => void {
  return labels.register(storage, text as (store: unknown) => unknown);
}

function idOf(anchor: Anchor, store: object, at = 0): number {
  const ids = anchor.stores[at]?.maps.map((map) => map.get(store)) ?? [];
  return ids.find((id) => id !== undefined) ?? -1;
}

function setUp<T>(text: (store: T) => unknown) {
  const anchor = new Anchor();
  const labels = new ContextLabels(anchor);
  const storage = new AsyncLocalStorage<T>();
  return { anchor, labels, storage, remove: label(labels, storage, text) };
}

test('stores are labelled by their ids', () => {
  const { anchor, labels, storage } = setUp(({ id }: Request) => `request ${id}`);
  const [a, b] = [{ id: 'a' }, { id: 'b' }];
  storage.run(a, () => storage.run(b, () => {}));
  assert.deepEqual(labels.labelStores([idOf(anchor, b), 1e9, -1, idOf(anchor, a), idOf(anchor, b)]), [
    'request b',
    null,
    null,
    'request a',
    'request b',
  ]);
  assert.deepEqual(labels.labelStores([]), []);
  assert.deepEqual(labels.batches([idOf(anchor, a), idOf(anchor, b)]).flat().length, 2);
  assert.deepEqual(labels.problems, []);
});

test('the store that was entered before is known', async () => {
  const store = { id: 'early' };
  const { anchor, labels } = await Promise.resolve().then(() => {
    const anchor = new Anchor();
    const labels = new ContextLabels(anchor);
    const storage = new AsyncLocalStorage<Request>();
    storage.enterWith(store);
    label(labels, storage, ({ id }) => id);
    return { anchor, labels };
  });
  assert.deepEqual(labels.labelStores([idOf(anchor, store)]), ['early']);
});

test('primitive stores are labelled too', () => {
  const { anchor, labels, storage } = setUp((store: string | number | null) => `<${store}>`);
  for (const store of ['text', 42, null]) storage.run(store, () => {});
  const values = anchor.stores[0]?.values ?? [];
  const ids = ['text', 42, null].map((store) => values[values.indexOf(store) + 1] as number);
  assert.deepEqual(labels.labelStores(ids), ['<text>', '<42>', '<null>']);
});

test('each storage has its own label of a store that both hold', () => {
  const { anchor, labels, storage } = setUp(() => 'first');
  const second = new AsyncLocalStorage<object>();
  label(labels, second, () => 'second');
  const store = {};
  storage.run(store, () => second.run(store, () => {}));
  assert.deepEqual(labels.labelStores([idOf(anchor, store, 1), idOf(anchor, store, 0)]), ['second', 'first']);
  assert.equal(anchor.stores[0]?.storage, storage);
  assert.equal(anchor.stores[1]?.storage, second);
});

test('label functions that throw, answer no text or never come back cost their own labels', () => {
  const { anchor, labels, storage } = setUp(({ id }: Request): unknown => {
    if (id === 'throws') throw new Error('own');
    if (id === 'long') return 'x'.repeat(1000);
    if (id === 'loops') for (;;);
    return id === 'none' ? 7 : id;
  });
  const stores = ['fine', 'throws', 'none', 'long', 'loops', 'late'].map((id) => ({ id }));
  for (const store of stores) storage.run(store, () => {});
  const texts = labels.labelStores(stores.map((store) => idOf(anchor, store)));
  assert.equal(texts[0], 'fine');
  assert.match(texts[1] ?? '', /label function threw.*own/);
  assert.equal(texts[2], null);
  assert.equal(texts[3]?.length, 200);
  assert.deepEqual(texts.slice(4), [null, null]);
});

test('taken back, nothing is left on the storage or the anchor', () => {
  const { anchor, labels, storage, remove } = setUp(({ id }: Request) => id);
  const store = { id: 'a' };
  storage.run(store, () => {});
  const id = idOf(anchor, store);
  const replaced = label(labels, storage, () => 'other');
  remove(); // is not in force any more, so it takes nothing back
  assert.deepEqual(labels.labelStores([id]), ['other']);
  replaced();
  replaced();
  assert.deepEqual(labels.labelStores([id]), [null]);
  assert.deepEqual(anchor.stores, []);
  assert.deepEqual(Object.getOwnPropertyNames(storage), Object.getOwnPropertyNames(new AsyncLocalStorage()));
});

test('a storage that cannot be watched is told of', () => {
  const labels = new ContextLabels();
  const remove = label(labels, Object.freeze(new AsyncLocalStorage<Request>()), ({ id }) => id);
  assert.equal(labels.problems.length, 1);
  assert.match(labels.problems[0] ?? '', /cannot be watched/);
  remove();
  assert.deepEqual(labels.problems, []);
});

test('labels are told in the middle of a loop that blocks the thread', async () => {
  const { anchor, labels, storage } = setUp(({ id }: Request) => id);
  const store = { id: 'blocked' };
  storage.run(store, () => {});
  const key = Symbol.for('guru-meditation.test.label');
  Object.defineProperty(globalThis, key, {
    value: () => labels.labelStores([idOf(anchor, store)]),
    configurable: true,
  });
  const done = new Int32Array(new SharedArrayBuffer(4));
  const asker = new Worker(
    `const { Session } = require('node:inspector');
    const { parentPort, workerData } = require('node:worker_threads');
    parentPort.on('message', () => {
      const session = new Session();
      session.connectToMainThread();
      const expression = "globalThis[Symbol.for('guru-meditation.test.label')]()";
      session.post('Runtime.evaluate', { expression, returnByValue: true }, (error, answer) => {
        parentPort.postMessage(answer?.result.value ?? String(error?.message ?? error));
        session.disconnect();
        Atomics.store(workerData, 0, 1);
      });
    });
    parentPort.postMessage('ready');`,
    { eval: true, workerData: done },
  );
  const next = (): Promise<unknown> => new Promise((resolve) => asker.once('message', resolve));
  await next();
  const answer = next();
  asker.postMessage('ask');
  const deadline = Date.now() + 20_000;
  while (Atomics.load(done, 0) === 0 && Date.now() < deadline); // no event loop, no microtask: JavaScript only
  assert.equal(Atomics.load(done, 0), 1);
  assert.deepEqual(await answer, ['blocked']);
  Reflect.deleteProperty(globalThis, key);
  await asker.terminate();
});
