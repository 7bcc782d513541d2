// Suspends functions as its first argument says, then says that it is ready.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

const LONG = 1e9;
const [what, ms] = process.argv.slice(2);
globalThis.held = [];
globalThis.never = new Promise(() => {});

async function inner() {
  await sleep(LONG); // @inner
}
async function outer() {
  await Promise.all([1, inner()]); // @outer
}
async function lost() {
  await globalThis.never; // @lost
}

const workerCode = `
  const { parentPort } = require('node:worker_threads');
  async function inWorker() { await new Promise((resolve) => (globalThis.resolve = resolve)); }
  globalThis.held = inWorker();
  parentPort.on('message', () => {});
  parentPort.postMessage('up');`;

async function startWorker() {
  await once(new Worker(workerCode, { eval: true, name: 'other' }), 'message');
}

const programs = {
  one: () => globalThis.held.push(outer()),
  // As test runners with fake timers do.
  'own-clock'() {
    globalThis.held.push(outer());
    process.hrtime = () => [1, 0];
  },
  abandoned: () => globalThis.held.push(outer(), lost()),
  // Blocks the event loop in JavaScript.
  async spin() {
    globalThis.held.push(outer());
    await sleep(300);
    setTimeout(() => {
      console.log('ready');
      for (;;);
    }, 50);
  },
  // Blocks it in native code, with a worker beside it.
  async native() {
    globalThis.held.push(outer());
    await startWorker();
    await sleep(300);
    setTimeout(() => {
      console.log('ready');
      execFileSync('sleep', ['300']);
    }, 50);
  },
  async workers() {
    globalThis.held.push(outer());
    for (let i = 0; i < 3; i++) await startWorker();
  },
  // Has much to be read, and exits so many ms after it is ready.
  exit() {
    for (let i = 0; i < 200_000; i++) globalThis.held.push({ i, text: `item ${i}` });
    for (let i = 0; i < 10_000; i++) globalThis.held.push(outer());
    setTimeout(() => process.exit(7), Number(ms));
  },
  // Never at rest.
  busy() {
    globalThis.held.push(outer());
    const turn = async () => {
      for (;;) {
        await null;
        globalThis.garbage = Array.from({ length: 500 }, (_, i) => ({ i, text: `item ${i}` }));
        await new Promise(setImmediate);
      }
    };
    for (let i = 0; i < 10; i++) void turn();
  },
};
await programs[what]();
setInterval(() => {}, LONG);
if (what !== 'spin' && what !== 'native') console.log('ready');
