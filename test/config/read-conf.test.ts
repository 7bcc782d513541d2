import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import { readConfiguration } from '#src/config/read-conf.js';

test('a plain object: groups, dotted names, sorted', () => {
  const conf = { z: 1, b: { y: { x: { w: 1 } }, a: [1, { k: 2 }] }, a: {}, c: { empty: {}, none: null } };
  const reading = readConfiguration(conf);
  assert.deepEqual(reading, {
    groups: { a: {}, b: { a: [1, { k: 2 }], 'y.x.w': 1 }, c: { empty: {}, none: null }, default: { z: 1 } },
    secrets: [],
    source: 'object',
    notes: [],
  });
  assert.deepEqual(Object.keys(reading.groups), ['a', 'b', 'c', 'default']);
  assert.deepEqual(Object.keys(reading.groups['b'] ?? {}), ['a', 'y.x.w']);
});

test('a function is asked each time', () => {
  let n = 0;
  const conf = () => ({ n: (n += 1) });
  assert.deepEqual(readConfiguration(conf).groups, { default: { n: 1 } });
  assert.deepEqual(readConfiguration(conf).groups, { default: { n: 2 } });
});

test('values that are no JSON', () => {
  const conf = { group: { when: new Date(0), size: 5n, fn: function f() {}, at: new Map([['k', 1]]) } };
  assert.deepEqual(readConfiguration(conf).groups, {
    group: { 'at.k': 1, fn: '[Function: f]', size: '5n', when: '1970-01-01T00:00:00.000Z' },
  });
});

test('a getter that throws costs only its option', () => {
  const group = {
    good: 1,
    get bad(): number {
      throw new Error('not now');
    },
  };
  const conf = {
    group,
    get other(): number {
      throw new Error('never');
    },
  };
  assert.deepEqual(readConfiguration(conf).groups, {
    default: { other: '[threw: never]' },
    group: { bad: '[threw: not now]', good: 1 },
  });
});

test('cycles, and objects without a prototype or of another realm', () => {
  const conf: Record<string, unknown> = Object.assign(Object.create(null) as object, { a: 1 });
  conf['self'] = { conf };
  assert.deepEqual(readConfiguration(conf).groups, { default: { a: 1 }, self: { conf: '[circular]' } });
  assert.deepEqual(readConfiguration(runInNewContext('({ g: { a: 1 } })')).groups, { g: { a: 1 } });
});

test('names that collide are all there', () => {
  assert.deepEqual(
    readConfiguration({ x: 1, default: { x: 2, y: 3 }, g: { 'a.b': 1, a: { b: 2 } } }).groups,
    {
      default: { x: 1, 'x (2)': 2, y: 3 },
      g: { 'a.b': 1, 'a.b (2)': 2 },
    },
  );
});

test('__proto__ is a name like any other', () => {
  const conf: unknown = JSON.parse('{"__proto__": {"polluted": 1}, "g": {"__proto__": 2}}');
  const { groups } = readConfiguration(conf);
  assert.deepEqual(Object.keys(groups), ['__proto__', 'g']);
  assert.deepEqual(Object.keys(groups['g'] ?? {}), ['__proto__']);
  assert.equal(Object.hasOwn({}, 'polluted') || 'polluted' in {}, false);
});

test('a huge configuration is cut and says so', () => {
  const { groups, notes } = readConfiguration({ g: { text: 'x'.repeat(50_000_000), after: 1 } });
  assert.ok(JSON.stringify(groups).length < 2_000_000);
  assert.equal(notes.length, 1);
});

test('what is no configuration', () => {
  const refused: [unknown, RegExp][] = [
    [5, /^option conf is 5 and no configuration$/],
    [null, /is null/],
    [[1], /is an array/],
    [() => undefined, /returned undefined and no configuration$/],
    [() => () => ({}), /returned a function/],
    [new Map([[1, 2]]), /no configuration$/],
    [Promise.resolve({}), /is a promise/],
  ];
  for (const [conf, message] of refused) {
    assert.throws(() => readConfiguration(conf), { name: 'GuruError', code: 'ERR_GURU_OPTION', message });
  }
});

test('a function that throws', () => {
  const conf = () => {
    throw new TypeError('not loaded yet');
  };
  assert.throws(() => readConfiguration(conf), { message: 'option conf threw not loaded yet' });
});

test('a function that returns a promise, be it rejected', async () => {
  const rejections: unknown[] = [];
  const listen = (reason: unknown) => rejections.push(reason);
  process.on('unhandledRejection', listen);
  try {
    for (const conf of [async () => ({}), async () => Promise.reject(new Error('lost'))]) {
      assert.throws(() => readConfiguration(conf), {
        message: 'option conf returned a promise; the configuration must be there at once',
      });
    }
    // Unhandled rejections are told once the microtasks are done.
    await setImmediate();
    assert.deepEqual(rejections, []);
  } finally {
    process.off('unhandledRejection', listen);
  }
});

test('an object that does not let itself be looked at', () => {
  const hostile = new Proxy(
    {},
    {
      get: () => {
        throw new Error('hands off');
      },
    },
  );
  assert.throws(() => readConfiguration(hostile), { message: 'option conf cannot be read: hands off' });
});
