/**
 * A program that never rests, for the soak test: requests come and go, garbage is made and collected, workers start and end, the
 * event loop is blocked now and then. What it is doing is written down, line by line, in a log that its reports are held against:
 *
 *     MS THREAD LANE SERIAL STEP =     from now on the request stands still, so many steps after its begin
 *     MS THREAD LANE SERIAL STEP ~     from now on it is on its way to the next step
 *     MS THREAD alive | ending | gone  what becomes of a worker
 *
 * No function of it is async, but for those that are to be found. Arguments: SEED LOG CACHE_MB.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { execFileSync } from 'node:child_process';
import { pbkdf2Sync } from 'node:crypto';
import { openSync, readFileSync, writeSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { compileFunction } from 'node:vm';
import { isMainThread, parentPort, threadId, Worker } from 'node:worker_threads';
import { labelAsyncContext } from 'guru-meditation';
import { Garbage } from './garbage.mjs';
import { HERD, LANES, makeRequest, PERMANENT_LANES, randomOf, WITNESSES } from './trees.mjs';

const seed = Number(process.argv[2]);
const log = openSync(process.argv[3], 'a');
const cacheMb = Number(process.argv[4]);
const below = randomOf(seed, threadId);
const role = isMainThread ? 'main' : 'worker';
const kinds = fileURLToPath(new URL('kinds.cjs', import.meta.url));
const source = readFileSync(kinds, 'utf8');
const held = [];
let going = false;

const requests = new AsyncLocalStorage();
labelAsyncContext(requests, (store) => store.name ?? store);

function note(text, thread = threadId) {
  writeSync(log, `${Date.now()} ${thread} ${text}\n`);
}

/** Calls again and again, as long as the program goes, after up to so many ms each time. */
function repeat(maxMs, call) {
  setTimeout(() => {
    if (!going) return;
    call();
    repeat(maxMs, call);
  }, below(maxMs));
}

/** One request after the other. */
class Lane {
  serial = 0;
  #name;
  #permanent;
  #functions;
  #request = null;
  #step = 0;

  constructor(index) {
    this.#name = `lane-${index}`;
    this.#permanent = index < PERMANENT_LANES;
    const module = {};
    const file = kinds.replace('kinds', this.#name);
    compileFunction(source, ['require', 'module'], { filename: file })(process.getBuiltinModule('module').createRequire(kinds), module);
    this.#functions = module.exports;
  }

  start() {
    this.serial++;
    this.#request = makeRequest(seed, threadId, Number(this.#name.slice(5)), this.serial);
    this.#step = 0;
    this.#go(() => {
      const name = `${threadId} ${this.#name} ${this.serial}`;
      // Stores of both kinds: objects, and values.
      void requests.run(this.serial % 3 === 0 ? name : { name }, this.#functions.run, this.#request.root);
    });
  }

  #go(move) {
    note(`${this.#name} ${this.serial} ${this.#step} ~`);
    move();
    setImmediate(() => {
      note(`${this.#name} ${this.serial} ${this.#step} =`);
      if (!this.#permanent) setTimeout(() => going && this.#next(), 2 ** below(12));
    });
  }

  #next() {
    const leaves = this.#request.steps[this.#step];
    if (leaves === undefined) return void this.start();
    this.#go(() => {
      for (const leaf of leaves) this.#functions.release(leaf);
      this.#step++;
    });
  }
}

async function witness() {
  await new Promise((resolve) => held.push(resolve)); //@ witness
}

async function herdQuery(gates) {
  await new Promise((resolve) => gates.push(resolve)); //@ herdQuery
}
async function herdHandler(gates) {
  await herdQuery(gates); //@ herdHandler
}

/** Many alike, at once. */
function startHerd(serial) {
  const gates = [];
  note(`herd ${serial} 0 ~`);
  requests.run({ name: `${threadId} herd ${serial}` }, () => {
    for (let n = 0; n < HERD; n++) void herdHandler(gates);
  });
  setImmediate(() => note(`herd ${serial} 0 =`));
  const timer = setTimeout(() => {
    if (!going) return;
    note(`herd ${serial} 1 ~`);
    for (const open of gates) open();
    setImmediate(() => note(`herd ${serial} 1 =`));
  }, below(3000));
  held.push(timer);
}

function block() {
  switch (below(isMainThread ? 5 : 2)) {
    case 0:
      for (const end = performance.now() + below(200); performance.now() < end;);
      return;
    case 1:
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, below(300));
      return;
    case 2:
      pbkdf2Sync('', '', 10_000 * (1 + below(30)), 32, 'sha512');
      return;
    case 3:
      execFileSync('sleep', [String(below(300) / 1000)]);
      return;
    case 4:
      JSON.parse(JSON.stringify(Array.from({ length: below(100_000) }, (_, n) => ({ n }))));
  }
}

const workers = new Set();
const MAX_WORKERS = 2;

function startWorker() {
  if (workers.size >= MAX_WORKERS) return;
  const worker = new Worker(new URL(import.meta.url), { argv: process.argv.slice(2) });
  const id = worker.threadId;
  workers.add(worker);
  worker.on('error', (error) => {
    console.log(`a worker failed: ${error.stack}`);
  });
  worker.on('exit', () => {
    workers.delete(worker);
    note('gone', id);
    if (!going && workers.size === 0) becomeQuiet();
  });
  const end = () => {
    if (!workers.has(worker)) return;
    note('ending', id);
    if (below(2) === 0) worker.postMessage('end');
    // Whatever becomes of that.
    else void worker.terminate();
    setTimeout(() => workers.has(worker) && void worker.terminate(), 2000).unref();
  };
  setTimeout(end, 2 ** (3 + below(11)));
}

function becomeQuiet() {
  globalThis.gc?.();
  setTimeout(() => console.log('quiet'), 100);
}

const garbage = new Garbage(below, cacheMb);
const lanes = Array.from({ length: LANES[role] }, (_, index) => new Lane(index));
for (let n = 0; n < WITNESSES[role]; n++) void witness();
for (const lane of lanes.slice(0, PERMANENT_LANES)) lane.start();

function go() {
  going = true;
  for (const lane of lanes.slice(PERMANENT_LANES)) lane.start();
  // Now hard, now calmly.
  let calm = false;
  repeat(3000, () => (calm = !calm));
  repeat(isMainThread ? 40 : 100, () => calm || garbage.make());
  repeat(4000, block);
  // On demand, besides V8's own.
  if (globalThis.gc) repeat(3000, () => globalThis.gc({ type: below(2) === 0 ? 'minor' : 'major' }));
}

if (isMainThread) {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  const commands = {
    go() {
      delay.enable();
      go();
      repeat(800, startWorker);
      let herds = 0;
      repeat(1200, () => startHerd(++herds));
    },
    stop() {
      going = false;
      delay.disable();
      garbage.drop();
      for (const worker of workers) void worker.terminate();
      if (workers.size === 0) becomeQuiet();
    },
    exit() {
      console.log(`delay ${JSON.stringify({ max: delay.max / 1e6, p99: delay.percentile(99) / 1e6 })}`);
      process.exit();
    },
  };
  process.stdin.setEncoding('utf8').on('data', (text) => {
    for (const word of text.trim().split('\n')) commands[word]();
  });
  console.log('ready');
} else {
  parentPort.on('message', () => {
    going = false;
    if (below(2) === 0) process.exit();
    // By itself: nothing is left to do.
    parentPort.close();
    process.exitCode = 0;
  });
  go();
  setImmediate(() => setImmediate(() => note('alive')));
}
