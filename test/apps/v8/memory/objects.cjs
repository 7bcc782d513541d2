// Holds objects of every kind in one array, and tells of each what JavaScript knows of it. Its heap is then read from its
// memory and from a heap snapshot. Run: node --allow-natives-syntax --expose-gc objects.cjs SNAPSHOT TRUTH
'use strict';
const fs = require('node:fs');
const v8 = require('node:v8');
const vm = require('node:vm');
const { AsyncLocalStorage } = require('node:async_hooks');
const { isMap } = require('node:util').types;
const [, , snapshotFile, truthFile] = process.argv;

class Base {
  #hidden = 1;
  constructor(value) {
    this.value = value;
  }
  method() {
    return this.#hidden;
  }
  static make() {
    return new this(0);
  }
  async waits() {
    await new Promise(() => {});
  }
}
class Derived extends Base {
  get [Symbol.toStringTag]() {
    return 'Computed';
  }
  extra = { deep: [1, 2, 3] };
}
class Original {
  static name = 'Changed';
}
class NamedByMethod {
  static name() {}
}
class EmptyName {
  static name = '';
}
class Tagged {}
Object.defineProperty(Tagged.prototype, Symbol.toStringTag, { value: 'ByTag' });
class NamedMap extends Map {}
function OldStyle() {
  this.a = 1;
  this.b = 'two';
}
OldStyle.prototype = { constructor: OldStyle, shared: true };
function NoObjectPrototype() {}
NoObjectPrototype.prototype = 3;
const assigned = { anonymousClass: class {}, arrow: () => 1, ['comp' + 'uted']() {} };
assigned.inferred = function () {
  return () => assigned;
};
const inferredInstance = new (function () {
  this.x = 1;
})();
const Inferring = {};
Inferring.Klass = function () {
  this.only = true;
};

const dictionary = {};
for (let index = 0; index < 200; index++) dictionary[`key${index}`] = index % 3 === 0 ? { index } : index;
delete dictionary.key7;
dictionary[Symbol('in dictionary')] = 'symbol';
const manyFields = {};
for (let index = 0; index < 60; index++) manyFields[`field${index}`] = index * 0.5;
const growing = { first: 1 };
for (let index = 0; index < 30; index++) growing[`more${index}`] = [index];
const nullPrototype = Object.assign(Object.create(null), { lonely: true });
const withSymbols = { [Symbol('plain')]: 1, [Symbol.iterator]: () => [], [Symbol.for('registered')]: {}, plain: 2 };
const accessors = { get computed() { return 1; }, set computed(_) {}, own: 5 };
const rope = 'left'.repeat(9) + String(process.pid);
const numbers = { smi: -5, large: 2 ** 40, fraction: 1.25, zero: 0, max: 2 ** 31 - 1, min: -(2 ** 31), huge: 1e300 };
const frozen = Object.freeze({ cold: 1, list: Object.freeze([{}]) });
const key = { isKey: true };
const map = new Map([[key, 'value'], ['text', key], [1, { one: 1 }], [key.isKey, 2], ['gone', 1], [undefined, 5]]);
map.delete('gone');
const bigMap = new Map(Array.from({ length: 1000 }, (_, index) => [index, { index }]));
const weak = new WeakRef(key);
const cleared = new Map(bigMap);
cleared.clear();
const fn = vm.runInThisContext('(function fromVm(a,\n b) { return a + b; })', {
  filename: 'in the vm.js',
  lineOffset: 10,
  columnOffset: 7,
});
const evaluated = (0, eval)('(function fromEval() {})\n//# sourceURL=named-by-comment.js');
const twoByteSource = vm.runInThisContext(`'\u2192'; \r\n\n  (function twoByte() { return '\u2192' })`);
const otherContext = vm.createContext({ inside: {} });
const foreign = vm.runInContext('class Foreign {}; ({ o: {}, f: function foreign() {}, i: new Foreign(), e: new Error() })', otherContext);
function* generator() {
  yield 1;
}
async function* asyncGenerator() {
  yield await new Promise(() => {});
}
const started = asyncGenerator();
void started.next();
void started.next();
function neverCalled(a, b) {
  return function inner() {
    return a + b;
  };
}
function counted() {
  let count = 0;
  const limit = { most: 3 };
  let text = 'a';
  return function again() {
    count++;
    text += 'b';
    return [limit, count, text];
  };
}
const again = counted();
again();
again();
const manyVariables = eval(
  `(function many() {${Array.from({ length: 100 }, (_, at) => `const v${at} = { at: ${at} };`).join('')}
    return function uses() { return [${Array.from({ length: 100 }, (_, at) => `v${at}`).join()}]; }; })()`,
);
const selfNamed = (function factorial(n) {
  return () => (n > 0 ? factorial(n - 1) : 1);
})(3);
const hot = (n) => {
  let sum = 0;
  for (let index = 0; index < n; index++) sum += index % 3;
  return sum;
};
hot(1e6);
const renamed = function original() {};
Object.defineProperty(renamed, 'name', { value: 'renamed' });

const deepRope = Array.from({ length: 3000 }, (_, index) => String(index)).reduce((all, one) => all + one, '');
const internalized = ['thin', process.pid, 'string that is long enough'].join(' ');
const thinKey = { [internalized]: 1 };
const strings = {
  empty: '', one: 'x', two: '\u2192', oneByte: 'caf\u00e9', twoByte: 'arrow \u2192 and \ud83d\ude00', deepRope,
  sliced: 'abcdefghijklmnopqrstuvwxyz'.repeat(9).slice(30, 90), slicedTwo: '\u2192abcdefghij'.repeat(9).slice(5, 70),
  slicedRope: (deepRope + internalized).slice(9000, 9400), internalized, mixed: deepRope + '\u2192' + internalized,
};
class SubPromise extends Promise {}
const subPromise = new SubPromise(() => {});
const subDerived = subPromise.then(again);
const storage = new AsyncLocalStorage();
const store = { request: 1 };
const inStorage = new Promise(() => {});
const chained = storage.run(store, () => inStorage.then(again, hot));

const first = {
  original: new Original(), namedByMethod: new NamedByMethod(), emptyName: new EmptyName(),
  inherits: Object.create(Original.prototype), inheritsEmpty: Object.create(EmptyName.prototype),
  strings, thinKey, subPromise, subDerived, storage, store, inStorage, chained,
  base: new Base(1), derived: new Derived({}), tagged: new Tagged(), namedMap: new NamedMap([[key, key]]),
  old: new OldStyle(), noObject: new NoObjectPrototype(), anonymous: new assigned.anonymousClass(), assigned,
  inferredInstance, klass: new Inferring.Klass(), dictionary, manyFields, growing, nullPrototype, withSymbols,
  accessors, numbers, frozen, key, map, bigMap, cleared, weak, fn, evaluated, twoByteSource, otherContext, foreign,
  gen: generator(), started, asyncGenerator, neverCalled, again, manyVariables, selfNamed, hot, renamed,
  bound: neverCalled.bind(null, 1), boundTwice: neverCalled.bind(1).bind(2), proxy: new Proxy({}, {}),
  callableProxy: new Proxy(() => {}, {}), date: new Date(0), regexp: /a(b)c/g, error: new TypeError('x'),
  array: [1, {}, , [], 'x'], doubles: [1.5, 2.5], holey: new Array(50), typed: new Uint8Array(8),
  float: new Float64Array(2), buffer: Buffer.from('x'), view: new DataView(new ArrayBuffer(8)),
  boxed: [Object('s'), Object(1), Object(true), Object(Symbol('boxed')), Object(1n)], promise: Promise.resolve(key),
  pending: new Promise(() => {}), rejected: Promise.reject(key), set: new Set([key]), weakMap: new WeakMap([[key, 1]]),
  args: (function () { return arguments; })(1, key), strictArgs: (function () { 'use strict'; return arguments; })(key),
  sloppyArgs: (function (a) { return (() => (a, arguments)) && arguments; })(key), module: module, rope: { rope },
  iterator: [][Symbol.iterator](), mapIterator: map.entries(), intl: new Intl.NumberFormat(), finalization:
    new FinalizationRegistry(() => {}), url: new URL('http://localhost/'), controller: new AbortController(),
  wasm: new WebAssembly.Memory({ initial: 1 }), global: globalThis, setTo: Object.setPrototypeOf({}, new Base(2)),
  noName: Object.setPrototypeOf(new (class Gone {})(), null), arrayNoName: Object.setPrototypeOf([], null),
  stream: fs.createReadStream(__filename), server: new (require('node:net').Server)(), timer: setTimeout(() => {}, 1e9),
  waiting: [new Base(3).waits(), new Derived(4).waits()],
};
first.rejected.catch(() => {});

// All that can be reached from them and from the global object without calling anything.
const held = [];
const seen = new Map();
const add = (value) => {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return;
  if (seen.has(value) || held.length >= 12_000) return;
  seen.set(value, held.length);
  held.push(value);
};
Object.values(first).forEach(add);
for (const name of ['http', 'https', 'stream', 'util', 'worker_threads', 'zlib', 'crypto']) add(require(`node:${name}`));
for (let at = 0; at < held.length; at++) {
  const object = held[at];
  if (object === first.proxy || object === first.callableProxy) continue;
  add(Object.getPrototypeOf(object));
  for (const name of Reflect.ownKeys(object)) {
    const descriptor = Object.getOwnPropertyDescriptor(object, name);
    if (!descriptor) continue;
    if ('value' in descriptor) add(descriptor.value);
    else [descriptor.get, descriptor.set].forEach(add);
  }
}
const refer = (value) => {
  if (seen.has(value)) return { held: seen.get(value) };
  if (typeof value === 'number') return { number: Object.is(value, -0) ? '-0' : String(value) };
  return typeof value === 'string' ? { string: value.slice(0, 50) } : null;
};
const isPlainProxy = (object) => object === first.proxy || object === first.callableProxy;
const tell = (object) => {
  if (isPlainProxy(object)) return { prototype: null, properties: {} };
  const properties = {};
  for (const name of Reflect.ownKeys(object)) {
    if (typeof name === 'string' && String(name >>> 0) === name) continue;
    const descriptor = Object.getOwnPropertyDescriptor(object, name);
    if (!descriptor || !('value' in descriptor)) continue;
    properties[typeof name === 'symbol' ? `<symbol ${name.description ?? ''}>` : name] = refer(descriptor.value);
  }
  const prototype = Object.getPrototypeOf(object);
  const known = { prototype: prototype === null ? null : (seen.get(prototype) ?? -1), properties };
  if (isMap(object))
    known.entries = [...Map.prototype.entries.call(object)].slice(0, 2000).map(([k, v]) => [refer(k), refer(v)]);
  if (object === weak) known.target = refer(WeakRef.prototype.deref.call(object));
  return known;
};
globalThis.heldByTheTest = held;
globalThis.holderOfTheTest = { held };
const print = new Function('holder', '%DebugPrint(holder)');
setImmediate(() => {
  gc();
  v8.writeHeapSnapshot(snapshotFile);
  gc();
  fs.writeFileSync(truthFile, JSON.stringify({ names: Object.keys(first), truth: held.map(tell) }));
  gc();
  print(globalThis.holderOfTheTest);
  fs.writeSync(2, 'ready\n');
  // Nothing is to change while it is read.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
