import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createContext, runInContext } from 'node:vm';
import type { JsonValue } from '#src/report/json.js';
import { PLAIN_LIMITS, toPlain } from '#src/report/plain.js';

function plain(value: unknown): JsonValue {
  const { value: result, cut } = toPlain(value);
  assert.equal(cut, null);
  return result;
}

class Point {
  readonly x = 1;
  #hidden = 2;
  get y(): number {
    return this.#hidden;
  }
}

const INVALID = new Date(Number.NaN);

const CASES: [name: string, value: unknown, expected: JsonValue][] = [
  ['JSON data', { a: [1, 'x', true, null] }, { a: [1, 'x', true, null] }],
  ['undefined', undefined, null],
  ['undefined in an object', { a: undefined, b: 1 }, { b: 1 }],
  ['undefined in a list', [undefined, 1], [null, 1]],
  ['holes', [1, , 3], [1, null, 3]], // eslint-disable-line no-sparse-arrays
  ['NaN and infinities', [Number.NaN, Infinity, -Infinity, -0], ['NaN', 'Infinity', '-Infinity', 0]],
  ['BigInt', [12n, -(2n ** 70n), 1n << 100_000n], ['12n', '-1180591620717411303424n', '[BigInt of more than 4096 bits]']],
  ['functions', [function f() {}, () => {}, Point], ['[Function: f]', '[Function (anonymous)]', '[Function: Point]']],
  ['symbols', [Symbol('s'), Symbol()], ['[Symbol(s)]', '[Symbol()]']], // eslint-disable-line symbol-description
  ['Date', [new Date(0), INVALID], ['1970-01-01T00:00:00.000Z', '[Invalid Date]']],
  ['RegExp', /a\/b/gi, '/a\\/b/gi'],
  ['Map with string keys', new Map([['a', 1], ['b', { c: 2 }]] as [string, unknown][]), { a: 1, b: { c: 2 } }],
  ['Map with other keys', new Map<unknown, unknown>([[1, 'x'], [{ k: 1 }, undefined]]), [[1, 'x'], [{ k: 1 }, null]]],
  ['Set', new Set([1, 'a', undefined]), [1, 'a', null]],
  ['Buffer', Buffer.alloc(12), '<Buffer 12 bytes>'],
  ['typed arrays', [new Float64Array(3), new DataView(new ArrayBuffer(2))], ['<Float64Array 24 bytes>', '<DataView 2 bytes>']],
  ['array buffers', [new ArrayBuffer(8), new SharedArrayBuffer(4)], ['<ArrayBuffer 8 bytes>', '<SharedArrayBuffer 4 bytes>']],
  ['errors', Object.assign(new TypeError('bad'), { code: 'E_BAD', secret: 1 }), { name: 'TypeError', message: 'bad', code: 'E_BAD' }],
  ['causes', new Error('a', { cause: new Error('b') }), { name: 'Error', message: 'a', cause: { name: 'Error', message: 'b' } }],
  ['aggregates', new AggregateError([new Error('b')], 'a'), { name: 'AggregateError', message: 'a', errors: [{ name: 'Error', message: 'b' }] }],
  ['DOMException', new DOMException('m', 'AbortError'), { name: 'AbortError', message: 'm', code: 20 }],
  ['boxed primitives', [Object(1), Object('s'), Object(false), Object(3n), Object(Symbol('q'))], [1, 's', false, '3n', '[Symbol(q)]']],
  ['class instances', new Point(), { x: 1 }],
  ['null prototypes', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
  ['toJSON', { toJSON: (key: string) => ({ key, nested: { toJSON: () => 1n } }) }, { key: '', nested: '1n' }],
  ['toJSON with its key', { k: { toJSON: (key: string) => key } }, { k: 'k' }],
  ['toJSON that gives undefined', { k: { toJSON: () => undefined } }, {}],
  ['URL', new URL('http://a/b'), 'http://a/b'],
  ['promises and weak collections', [Promise.resolve(), new WeakMap(), new WeakSet()], ['[Promise]', '[weak]', '[weak]']],
  ['false tags', [{ [Symbol.toStringTag]: 'Map' }, { [Symbol.toStringTag]: 'Date', a: 1 }], [{}, { a: 1 }]],
  ['objects of another realm', runInContext('[new Map([["a", new Date(0)]]), new Error("e"), /r/]', createContext()), [{ a: '1970-01-01T00:00:00.000Z' }, { name: 'Error', message: 'e' }, '/r/']],
]; // prettier-ignore

for (const [name, value, expected] of CASES) {
  test(`plain: ${name}`, () => {
    assert.deepEqual(plain(value), expected);
    assert.deepEqual(JSON.parse(JSON.stringify(plain(value))), expected);
  });
}

test('cycles are shown as such, and what is merely shared is shown again', () => {
  const shared = { s: 1 };
  const root: Record<string, unknown> = { a: shared, b: shared };
  root['self'] = root;
  root['list'] = [root, new Map([['m', root]])];
  root['json'] = { toJSON: () => root };
  assert.deepEqual(plain(root), {
    a: { s: 1 },
    b: { s: 1 },
    self: '[circular]',
    list: ['[circular]', { m: '[circular]' }],
    json: '[circular]',
  });
});

test('what throws costs its own place only', () => {
  const fail = (): never => {
    throw new Error('no');
  };
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const hostile = {
    get getter(): unknown {
      return fail();
    },
    get thrower(): unknown {
      throw Object.defineProperty({}, 'message', { get: fail }); // eslint-disable-line no-throw-literal
    },
    get stack(): unknown {
      return Reflect.get(this, 'stack');
    },
    json: { toJSON: fail },
    proxy: new Proxy({ a: 1 }, { ownKeys: fail }),
    get: new Proxy({ a: 1 }, { get: fail }),
    tag: Object.defineProperty({}, Symbol.toStringTag, { get: fail }),
    fn: new Proxy(() => 1, { get: fail }),
    map: new (class extends Map<string, number> {
      override get size(): number {
        return fail();
      }
      override entries(): never {
        return fail();
      }
    })([['a', 1]]),
    view: Object.defineProperty(new Uint8Array(1), 'constructor', { get: fail }),
    fine: 1,
  };
  assert.deepEqual(plain(hostile), {
    getter: '[threw: no]',
    thrower: '[threw]',
    stack: '[threw: Maximum call stack size exceeded]',
    json: '[threw: no]',
    proxy: '[threw: no]',
    get: '[threw: no]',
    tag: '[threw: no]',
    fn: '[Function (anonymous)]',
    map: { a: 1 },
    view: '[threw: no]',
    fine: 1,
  });
  assert.match(JSON.stringify(plain(revoked.proxy)), /^.\[threw: .*revoked\].$/);
});

test('keys such as __proto__ are data, and pollute nothing', () => {
  const value = plain(JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":2}}}'));
  assert.deepEqual(Object.keys(value as object), ['__proto__', 'constructor']);
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  assert.deepEqual(Object.keys(plain(new Map([['__proto__', 1]])) as object), ['__proto__']);
});

test('depth is limited', () => {
  let deep: unknown = 'bottom';
  for (let i = 0; i < 100_000; i++) deep = i % 2 === 0 ? [deep] : { deep };
  const { value, cut } = toPlain(deep, { maxDepth: 3 });
  assert.deepEqual(value, { deep: [{ deep: '[Array]' }] });
  assert.equal(cut, 'model cut at depth 3');
  assert.equal(toPlain(deep, { maxDepth: Infinity }).cut, 'model cut at depth 500');
});

test('the number of values is limited, and what is missing is counted', () => {
  assert.deepEqual(toPlain([1, 2, 3, 4, 5], { maxNodes: 3 }), {
    value: [1, 2, '… (3 more items)'],
    cut: 'model cut at 3 values',
  });
  assert.deepEqual(toPlain({ a: 1, b: 2, c: 3 }, { maxNodes: 2 }).value, {
    a: 1,
    '…': '(2 more properties)',
  });
  assert.deepEqual(toPlain(new Map(Object.entries({ a: 1, b: 2 })), { maxNodes: 2 }).value, {
    a: 1,
    '…': '(1 more entries)',
  });
  assert.deepEqual(toPlain(new Set([1, 2, 3]), { maxNodes: 2 }).value, [1, '… (2 more items)']);
  assert.equal(toPlain([1, 2], { maxNodes: 3 }).cut, null);
});

test('the length of all strings and keys is limited; a string is never cut within a character', () => {
  assert.deepEqual(toPlain(['abc', 'def', 'ghi'], { maxBytes: 5 }), {
    value: ['abc', 'de… (1 more characters)', '… (1 more items)'],
    cut: 'model cut at 5 characters',
  });
  assert.equal(toPlain('a😀', { maxBytes: 2 }).value, 'a… (2 more characters)');
  assert.deepEqual(toPlain({ ab: 1, cdefg: 2 }, { maxBytes: 4 }).value, {
    ab: 1,
    '…': '(1 more properties)',
  });
  assert.equal(toPlain(['abc', 'de'], { maxBytes: 5 }).cut, null);
  assert.equal(toPlain('x'.repeat(2048), { maxBytes: 1024 }).cut, 'model cut at 1 KiB');
});

test('50 MB of anything come out bounded', () => {
  const values: Record<string, unknown> = {
    string: 'x'.repeat(50e6),
    numbers: Array.from({ length: 5e6 }, (_, i) => i),
    records: Array.from({ length: 2e5 }, (_, i) => ({ id: i, name: `build ${i}`, tags: ['a', 'b'] })),
    sparse: Array.from({ length: 0 }),
    map: new Map(Array.from({ length: 3e5 }, (_, i) => [`key ${i}`, i])),
    object: Object.fromEntries(Array.from({ length: 3e5 }, (_, i) => [`key ${i}`, i])),
    buffer: Buffer.alloc(50e6),
    shared: sharedTree(30),
  };
  (values['sparse'] as unknown[]).length = 4e9;
  for (const [name, value] of Object.entries(values)) {
    const { value: result, cut } = toPlain(value);
    assert.ok(JSON.stringify(result).length < 4 * PLAIN_LIMITS.maxBytes, name);
    assert.equal(cut === null, name === 'buffer', name);
  }
  assert.equal(toPlain(values['string']).cut, 'model cut at 1 MiB');
  assert.equal(toPlain(values).cut, 'model cut at 1 MiB');
});

/** 2 to the power of `depth` leaves, in hardly any memory. */
function sharedTree(depth: number): unknown {
  let tree: unknown = 'leaf';
  for (let i = 0; i < depth; i++) tree = [tree, tree];
  return tree;
}
