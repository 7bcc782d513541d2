/**
 * Many suspended functions of many shapes, made from a seed, in a heap of a certain size:
 * `population.mjs SEED COUNT MEGABYTES` (at least as many suspended functions; of small objects, retained).
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter, on, once } from 'node:events';
import { createServer } from 'node:net';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { MessageChannel } from 'node:worker_threads';

const [seed, count, megabytes] = process.argv.slice(2).map(Number);
const LONG = 1e9;

let state = seed >>> 0;
function below(limit) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * limit);
}
function pick(items) {
  return items[below(items.length)];
}

let started = 0;
const requests = new AsyncLocalStorage();
const traces = new AsyncLocalStorage();
class RequestContext {
  constructor(id) {
    this.id = id;
  }
}

class Span {}

/** What has the means to settle what is waited for, in several kinds of containers. */
const held = {
  list: [],
  map: new Map(),
  byName: {},
  set: new Set(),
  queue: { first: null, waiting: 0 },
  emitters: [],
};

class Pool {
  #waiters = [];
  waiting = [];
  static async open(name) {
    return await new Pool().acquire(name);
  }
  async acquire(name) {
    return await new Promise((resolve, reject) => this.waiting.push({ name, resolve, reject }));
  }
  async #hidden() {
    await new Promise((resolve) => this.#waiters.push(resolve));
  }
  async outer() {
    await this.#hidden();
  }
  async ['computed' + 1]() {
    await this.outer();
  }
  get lazily() {
    return (async () => {
      await this.outer();
    })();
  }
}
class SpecialPool extends Pool {
  async acquire(name) {
    return await super.acquire(name);
  }
  handler = async () => {
    await this.acquire('handler');
  };
}
class Bus extends EventEmitter {}

const pools = [new Pool(), new SpecialPool()];
held.pools = pools;

/** Things that wait for no suspended function. */
const LEAVES = {
  async timer() {
    await sleep(LONG + below(3));
  },
  async rawTimer() {
    await new Promise((resolve) => setTimeout(resolve, LONG));
  },
  async closureTimer() {
    await new Promise((resolve) => {
      setTimeout(() => {
        resolve(1);
      }, LONG);
    });
  },
  async promisified() {
    await promisify(setTimeout)(LONG);
  },
  async inList() {
    await new Promise((resolve) => held.list.push(resolve));
  },
  async inMap() {
    await new Promise((resolve, reject) => held.map.set(`key ${held.map.size}`, { resolve, reject }));
  },
  async byName() {
    const name = `request${started}`;
    await new Promise((resolve) => (held.byName[name] = resolve));
  },
  async inSet() {
    await new Promise((resolve) => held.set.add({ done: resolve }));
  },
  async queued() {
    await new Promise((resolve) => {
      held.queue.first = { resolve, next: held.queue.first };
      held.queue.waiting++;
    });
  },
  async withResolvers() {
    let settle;
    const promise = new Promise((...both) => (settle = both));
    held.list.push(settle);
    await promise;
  },
  async eventOnce() {
    const bus = new Bus();
    held.emitters.push(bus);
    await once(bus, pick(['data', 'end', 'ready']));
  },
  async eventByHand() {
    const emitter = new EventEmitter();
    held.emitters.push(emitter);
    await new Promise((resolve, reject) => {
      emitter.on('done', resolve);
      emitter.once('error', reject);
    });
  },
  async events() {
    const emitter = new EventEmitter();
    held.emitters.push(emitter);
    for await (const one of on(emitter, 'tick')) void one;
  },
  async aborted() {
    const controller = new AbortController();
    held.list.push(controller);
    await new Promise((resolve) => controller.signal.addEventListener('abort', resolve));
  },
  async stream() {
    const stream = new PassThrough();
    held.list.push(stream);
    for await (const chunk of stream) void chunk;
  },
  async port() {
    const { port1, port2 } = new MessageChannel();
    held.list.push(port2);
    await once(port1, 'message');
  },
  async nestedScopes() {
    let result = 0;
    for (let i = 0; i < 3; i++) {
      const twice = () => (result += i * 2);
      if (i < 2) continue;
      {
        const label = `turn ${i}`;
        const later = () => [label, twice()];
        try {
          throw new Error(label);
        } catch (error) {
          const inCatch = () => [error, later()];
          await new Promise((resolve) => {
            held.list.push(() => {
              inCatch();
              resolve(result);
            });
          });
        }
      }
    }
  },
  nestedFunctions: () => {
    const a = below(100);
    return (async function outermost() {
      const b = a + 1;
      const within = async () => {
        const c = b + 1;
        await (async () => {
          await new Promise((resolve) => held.list.push(() => resolve(a + b + c)));
        })();
      };
      await within();
    })();
  },
  async evaluated() {
    await eval('(async () => { await new Promise((resolve) => held.list.push(resolve)); })()');
  },
  async method() {
    await pick(pools).acquire(`connection ${started}`);
  },
  async hidden() {
    await pick(pools).outer();
  },
  async computed() {
    await pick(pools).computed1();
  },
  async lazily() {
    await pick(pools).lazily;
  },
  async handler() {
    await pools[1].handler();
  },
  async statically() {
    await Pool.open('static');
  },
  async thenOnly() {
    await sleep(LONG)
      .then((value) => value)
      .finally(function done() {});
  },
  async nothing() {
    const promise = new Promise(() => {});
    held.list.push(promise); // the promise alone: nothing can settle it
    await promise;
  },
  idleGenerator() {
    async function* numbers() {
      for (let i = 0; ; i++) yield i;
    }
    const generator = numbers();
    held.list.push(generator);
    return generator.next();
  },
  async many(a, b, c, d, e) {
    const [f, g, h] = [below(3), below(4), { below }];
    await new Promise((resolve) => held.list.push(resolve));
    return [a, b, c, d, e, f, g, h];
  },
};

/** Things that wait for others. */
const PARENTS = {
  async chain(depth) {
    await grow(depth);
  },
  async returned(depth) {
    return await grow(depth);
  },
  async direct(depth) {
    return grow(depth);
  },
  async all(depth) {
    await Promise.all([1, grow(depth), grow(depth)]);
  },
  async allOfMap(depth) {
    await Promise.all([0, 1].map(async (one) => {
      await grow(depth);
      return one;
    }));
  },
  async settled(depth) {
    await Promise.allSettled([grow(depth), grow(depth)]);
  },
  async race(depth) {
    await Promise.race([grow(depth), sleep(LONG)]);
  },
  async any(depth) {
    await Promise.any([grow(depth), grow(depth)]);
  },
  async generator(depth) {
    for await (const one of generate(depth)) void one;
  },
  async delegate(depth) {
    for await (const one of delegate(depth)) void one;
  },
  async nextByHand(depth) {
    const generator = generate(depth);
    await generator.next();
    await generator.next();
  },
  async requests(depth) {
    const generator = generate(depth);
    await Promise.all([generator.next(), generator.next(), generator.next()]);
  },
  async syncIterator(depth) {
    for await (const one of [1, grow(depth)]) void one;
  },
  async syncGenerator(depth) {
    function* promises() {
      yield 1;
      yield grow(depth);
    }
    for await (const one of promises()) void one;
  },
  async shared(depth) {
    const promise = grow(depth);
    async function second() {
      await promise;
    }
    void second();
    void arrow(promise);
    await promise;
  },
  async then(depth) {
    await grow(depth).then(function parse(value) {
      return value;
    });
  },
  async caught(depth) {
    await grow(depth).catch(() => {});
  },
  async constructed(depth) {
    await new Promise((resolve, reject) => void grow(depth).then(resolve, reject));
  },
  async captured(depth) {
    await new Promise((resolve) => void grow(depth).then((value) => resolve(value)));
  },
  async byHand(depth) {
    await new Promise((resolve) => {
      void (async () => {
        await grow(depth);
        resolve();
      })();
    });
  },
  async thenable(depth) {
    await { then: (resolve, reject) => void grow(depth).then(resolve, reject) };
  },
  async requestOf(depth) {
    await requests.run(new RequestContext(started), () => grow(depth));
  },
  async traced(depth) {
    await traces.run(pick([new Span(), new Map()]), () => grow(depth));
  },
  async withTimeout(depth) {
    let timer;
    const timeout = new Promise((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error('late')), LONG);
    });
    try {
      await Promise.race([grow(depth), timeout]);
    } finally {
      clearTimeout(timer);
    }
  },
  async inFinally(depth) {
    try {
      await null;
    } finally {
      await grow(depth);
    }
  },
  async registers(depth) {
    const values = [];
    for (const one of [1, 2]) {
      const { a, b } = { a: one, b: String(one) };
      values.push(a, b, await (one === 2 ? grow(depth) : null));
    }
  },
};

const arrow = async (promise) => {
  await promise;
};

async function* generate(depth) {
  yield 1;
  yield await grow(depth);
}
async function* delegate(depth) {
  yield* generate(depth);
}

const leaves = Object.values(LEAVES);
const parents = Object.values(PARENTS);

function grow(depth) {
  started++;
  if (depth === 0 || below(5) === 0) return pick(leaves)();
  return pick(parents)(depth - 1);
}

/** Things that wait for each other. */
function cycle() {
  let first;
  const second = (async function second() {
    await null;
    await first;
  })();
  first = (async function first() {
    await second;
  })();
  held.list.push(first);
}

/** Small objects of several kinds. */
function fill(bytes) {
  const roots = [];
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; process.memoryUsage().heapUsed - before < bytes; i++) {
    const batch = [];
    for (let j = 0; j < 1000; j++) {
      const record = { id: i * 1000 + j, name: `record ${i}.${j}`, tags: [`tag ${j % 7}`, j + 0.5], next: null };
      if (j % 10 === 0) record.parsed = new Map([[record.name, { record }]]);
      if (j % 10 === 1) record.render = () => record.name;
      if (j % 10 === 2) record.text = JSON.parse(`"text of ${i} ${j}"`);
      batch.push(record);
    }
    roots.push(batch);
  }
  return roots;
}

held.records = fill(megabytes * 1e6);
held.server = createServer().unref();
cycle();
while (started < count) held.list.push(grow(1 + below(6)));
// All that shall go on has gone on, and what timers of 1 ms would do is done.
for (let i = 0; i < 20; i++) await new Promise((resolve) => setTimeout(resolve, 1));
globalThis.held = held;
setInterval(() => {}, LONG);
console.log('ready');
