// Suspends functions in every kind of place, and has V8 tell where each of them is: in the asynchronous part of a stack
// trace, or of generators by the inspector. Run: node --allow-natives-syntax --expose-gc positions.mjs TRUTH
import fs from 'node:fs';
import inspector from 'node:inspector';
import vm from 'node:vm';

const [, , truthFile, mode] = process.argv;
const never = new Promise(() => {});
const truth = [];
const awaited = [];
const generators = [];
Error.stackTraceLimit = 50;

function readStack() {
  const prepare = Error.prepareStackTrace;
  try {
    Error.prepareStackTrace = (_, sites) => sites;
    return new Error().stack.filter((site) => site.isAsync()).map((site) => ({
      text: site.toString(),
      name: site.getFunctionName(),
      type: site.getTypeName(),
      script: site.getFileName() ?? null,
      line: site.getLineNumber(),
      column: site.getColumnNumber(),
    }));
  } finally {
    Error.prepareStackTrace = prepare;
  }
}

/** What each of the functions awaits: the promise of a function that has had its stack read. */
globalThis.enter = () => {
  const index = awaited.length;
  const leaf = async () => {
    await null;
    truth[index] = mode === 'unseen' ? [] : readStack();
    await never;
  };
  return (awaited[index] = leaf());
};

const direct = async () => {
  await enter();
};
class Service {
  constructor(name) {
    this.name = name;
  }
  async method(a, b = 2) {
    let sum = a;
    sum += await enter();
    return sum + b;
  }
  static async fixed() {
    return [1, 2, await enter()];
  }
  async #secret() {
    return (await enter()) ?? 1;
  }
  reveal() {
    return this.#secret();
  }
  get ['comp' + 'uted']() {
    return (async () => { await enter(); })();
  }
  async *items() {
    yield 1;
    yield await enter();
  }
}
class Special extends Service {
  async method(...args) { const r = await super.method(...args); return r; }
}
async function manyAwaits(n) {
  await null; await null;
  for (let i = 0; i < n; i++) {
    await null;
    if (i === 3) await enter(); else await i;
  }
}
async function inTry() {
  try {
    await null;
    throw new Error('x');
  } catch {
    try { await Promise.reject(new Error('y')); } finally {
      await enter();
    }
  }
}
async function nested(depth) {
  if (depth > 0) return await nested(depth - 1);
  return `${'a'}${await enter()}`;
}
async function destructured({ a = enter(), ...rest } = {}) {
  const [x, y = await a] = [1];
  return { x, y, rest };
}
async function loops() {
  do { for (const key in { k: 1 }) while (true) switch (await (async () => key)()) { case 'k': await enter(); } } while (true);
}
async function expressions(o) {
  o?.f?.(1, (await 0, 2), typeof (await (async function inner() { return void (await enter()); })()));
}
async function forAwait(source) {
  for await (const item of source) void item;
}
async function insideForAwait() {
  for await (const item of [1, 2]) await enter(item);
}
async function callsArguments() { return await enter(arguments[0]), this; }
async function usingOthers() { return (await Promise.resolve(1)) + (await direct()); }
const arrows = { a: async x => await enter(x), b: async () => { { { let z = 1; await enter(); z++; } } } };
const lots = Array.from({ length: 400 }, (_, at) => `let v${at} = ${at};`).join('');
const uses = Array.from({ length: 400 }, (_, at) => `v${at}`).join(' + ');
const wide = (0, eval)(`(async function wide() { ${lots} ${'v1 = v2 + v3;\n'.repeat(500)} await enter(); return ${uses}; })`);
const deep = (0, eval)(`(async function long() {\n${'  if (globalThis.nothing) { await 1; }\n'.repeat(3000)}  await enter();\n})`);
const inVm = vm.runInThisContext('(async (a) => {\r\n  const s = "\u00e9\u2192";\r\u2028\u2029\n\t\tawait enter(a, s); })', {
  filename: 'some where.js', lineOffset: 41, columnOffset: 11,
});
const firstLine = vm.runInThisContext('(async () => { await enter(); })', { filename: 'first.js', lineOffset: 2, columnOffset: 30 });
const made = new (Object.getPrototypeOf(async () => {}).constructor)('x', 'return await enter(x)');
async function hot(n) { let s = 0; for (let i = 0; i < n; i++) s += i % 7; if (n === 1e5) { await enter(); } return s; }

const service = new Service('s');
if (mode === 'optimized') {
  const optimize = new Function('f', '%PrepareFunctionForOptimization(f); f(); f(); %OptimizeFunctionOnNextCall(f); f();');
  [direct, manyAwaits, () => service.method(1), service.method, wide, deep, usingOthers, arrows.b].forEach((f) => optimize(f));
}
function Plain() {}
Plain.prototype.method = Service.prototype.method;
Object.defineProperty(Plain, 'name', { value: 'Different' });
const statics = [
  class Renamed extends Service { static name = 'NotThis'; },
  class extends Service { static name() {} },
  (() => class extends Service {})(),
  Object.assign(() => 1, { fixed: Service.fixed }),
  Object.assign(async function named() {}, { fixed: Service.fixed }),
  Object.assign(direct.bind(null), { fixed: Service.fixed }),
  new Proxy(Service, {}),
  new Proxy({ fixed: Service.fixed }, {}),
  Object.assign(Object.create(null), { fixed: Service.fixed }),
];
const started = [
  direct(), service.method(1), Service.fixed(), service.reveal(), service.computed, new Special('t').method(1),
  forAwait(service.items()), manyAwaits(9), inTry(), nested(6), destructured(), loops(), expressions({ f() {} }),
  forAwait([1, enter()]), insideForAwait(), callsArguments.call('primitive', 3), callsArguments.call(service), callsArguments.call(service.method),
  usingOthers(), arrows.a(1), arrows.b(), wide(), deep(), inVm(1), firstLine(), made(2),
  import('./positions-parent.mjs'), ...statics.map((one) => one.fixed()),
  new (class Original extends Service { static name = 'Changed'; })().method(1),
  new (class Original extends Service { static name() {} })().method(1),
  new (class extends Service { static name = ''; })().method(1), new Plain().method(1),
  Object.create(Plain.prototype).method(1),
];
for (let i = 0; i < 300; i++) await hot(1000);
started.push(hot(1e5));

// Many more, each somewhere else, in a source with characters of two bytes.
const pieces = ['await enter()', 'f(1, await enter(), 2)', '(await enter()).x', '[...(await enter())]', 'await\n\n  enter()'];
for (let i = 0; i < 200; i++) {
  const pad = (n) => ['\n', ' ', '\t', '/* \u2192 */', ';', ' await 0;\n'].map((one, at) => one.repeat((i * (at + n)) % 4)).join('');
  const body = `${pad(1)}${pad(2)} const f = (...x) => x;${pad(3)} return ${pieces[i % 5]}${pad(5).replaceAll('await 0', '0')}`;
  started.push((0, eval)(`${pad(7).replaceAll(/await 0|;/g, '')}(async function generated${i}(a) {${body}})`)(i));
}

function* plain() {
  const x = [yield 1,
    yield 2];
  yield* inner(x);
}
function* inner() { try { yield 3; } finally { yield 4; } }
async function* asyncPlain() { yield 1; yield [yield 2]; }
for (let steps = 0; steps < 4; steps++) {
  const generator = plain();
  for (let step = 0; step < steps; step++) generator.next();
  generators.push(generator);
  const asynchronous = asyncPlain();
  for (let step = 0; step < steps; step++) await asynchronous.next();
  generators.push(asynchronous);
}
const running = (function* () { yield generatorState(running); })();
function generatorState() { return 1; }
running.next();
const closed = (function* closed() { yield 1; })();
[...closed];
generators.push(running, closed);

// The module is loaded in its own time.
for (let turn = 0; turn < 100_000 && !globalThis.inModule; turn++) await new Promise(setImmediate);
for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);

/** [[GeneratorLocation]]: 0-based. */
async function locate(list) {
  const session = new inspector.Session();
  session.connect();
  globalThis.asked = list;
  const post = (method, params) => new Promise((resolve, reject) => {
    session.post(method, params, (error, result) => (error ? reject(new Error(error.message)) : resolve(result)));
  });
  const places = [];
  for (const at of list.keys()) {
    const { result } = await post('Runtime.evaluate', { expression: `asked[${at}]` });
    const { internalProperties } = await post('Runtime.getProperties', { objectId: result.objectId, ownProperties: true });
    const location = internalProperties.find(({ name }) => name === '[[GeneratorLocation]]')?.value?.value ?? null;
    const state = internalProperties.find(({ name }) => name === '[[GeneratorState]]')?.value?.value ?? null;
    places.push({ location, state });
  }
  if (mode === 'debugger') {
    // From now on functions are under a debugger: 20 moves their scripts.
    await post('Debugger.enable');
    globalThis.looked = [service.method, manyAwaits, direct, plain];
    for (const at of looked.keys()) {
      const { result } = await post('Runtime.evaluate', { expression: `looked[${at}]` });
      await post('Debugger.setBreakpointOnFunctionCall', { objectId: result.objectId });
    }
  } else {
    session.disconnect();
  }
  return places;
}
const places = await locate(generators);
fs.writeFileSync(truthFile, JSON.stringify({ truth, places }));
globalThis.started = started;
const print = new Function('holder', '%DebugPrint(holder)');
globalThis.holderOfTheTest = { awaited, generators, inModule };
setImmediate(() => {
  gc();
  gc();
  print(globalThis.holderOfTheTest);
  fs.writeSync(2, 'ready\n');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
await never;
