import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { partIds, StoreRegistry } from '#src/main-thread/store-registry.js';
import { listWeakEntries } from '#src/main-thread/weak-entries.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const createRegistry = (): StoreRegistry => new StoreRegistry(new AsyncLocalStorage(), null);
const idsOf = (registry: StoreRegistry, store: object): number[] =>
  registry.maps.map((map) => map.get(store)).filter((id) => id !== undefined);
const valuesOf = (registry: StoreRegistry): unknown[] =>
  registry.values.slice(2).filter((_, at) => at % 2 === 0);

test('objects are found by their ids, in the map that the ids say', () => {
  const registry = createRegistry();
  const stores = Array.from({ length: 3000 }, (_, n) => (n % 2 ? { n } : () => n));
  for (const store of stores) registry.remember(store);
  const ids = stores.map((store) => {
    const [id, ...others] = idsOf(registry, store);
    assert.deepEqual(others, []);
    return id as number;
  });
  assert.equal(new Set(ids).size, stores.length);

  const parts = partIds(ids);
  assert.ok(parts.length > 2);
  assert.deepEqual(new Set(parts.flat()), new Set(ids));
  for (const part of parts) {
    const maps = registry.mapsOf(part);
    assert.equal(maps.size, 1);
    const entries = new Map(listWeakEntries(maps).map(([store, id]) => [id, store]));
    for (const id of part) assert.equal(entries.get(id), stores[ids.indexOf(id)]);
  }
});

test('a store that is given again and again is remembered a bounded number of times', () => {
  const registry = createRegistry();
  const store = {};
  registry.remember(store);
  const [id] = idsOf(registry, store);
  for (let i = 0; i < 100; i++) registry.remember(store);
  assert.deepEqual(idsOf(registry, store), [id]);
  for (let i = 0; i < 50_000; i++) {
    registry.remember({});
    registry.remember(store);
  }
  assert.ok(idsOf(registry, store).length <= registry.maps.length);
});

test('ids are not shared between registries', () => {
  const [one, other] = [createRegistry(), createRegistry()];
  const store = {};
  one.remember(store);
  other.remember(store);
  assert.notDeepEqual(idsOf(one, store), idsOf(other, store));
});

test('the latest primitives are remembered, texts one by one', () => {
  const registry = createRegistry();
  for (const value of [1, 1, 1.5, 1.5, 'a', 'a', null, null, false, 7n, undefined]) registry.remember(value);
  assert.deepEqual(valuesOf(registry), [1, 1.5, 'a', 'a', null, false, 7n]);
  const ids = registry.values.slice(2).filter((_, at) => at % 2 === 1) as number[];
  assert.deepEqual(
    [...registry.findValues(new Set([ids[2] as number, ids[4] as number, 1e9]))].map(([, value]) => value),
    ['a', null],
  );
  registry.remember('x'.repeat(100_000));
  assert.equal(valuesOf(registry).length, 7);
  for (let i = 0; i < 25_000; i++) registry.remember(`request ${i}`);
  const values = valuesOf(registry);
  assert.equal(values.length, 10_000);
  assert.deepEqual(
    new Set(values),
    new Set(Array.from({ length: 10_000 }, (_, at) => `request ${15_000 + at}`)),
  );
});

test('nothing is kept alive, and what a burst took is given back', () => {
  const registry = createRegistry();
  const heapUsed = (): number => {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const before = heapUsed();
  let kept: object[] | null = Array.from({ length: 200_000 }, () => ({}));
  for (const store of kept) registry.remember(store);
  const [first] = idsOf(registry, kept[0] as object);
  kept = null;
  assert.ok(heapUsed() - before < 16e6); // the tables alone
  assert.deepEqual(listWeakEntries(registry.mapsOf([first as number])), []);
  for (let i = 0; i < 500_000; i++) registry.remember({});
  assert.ok(heapUsed() - before < 4e6, `${heapUsed() - before} bytes are left`);
});
