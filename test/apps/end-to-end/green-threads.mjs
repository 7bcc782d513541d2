// Suspends functions as its first argument says, then says that it is ready.
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

const LONG = 1e9;
const [what, count = '1'] = process.argv.slice(2);
globalThis.held = [];
const hold = (promise) => globalThis.held.push(promise);

async function inner() {
  await sleep(LONG); // @inner
}
async function outer() {
  await inner(); // @outer
}
async function kindA() {
  await new Promise((resolve) => hold(resolve));
}
async function kindB() {
  await new Promise((resolve) => hold(resolve));
}
async function callsA() {
  await kindA();
}
async function callsB() {
  return await kindB();
}
async function both() {
  await Promise.all([new Promise((resolve) => hold(resolve)), 1]);
}
let shared;
async function first() {
  await shared;
}
async function second() {
  await shared;
}

const programs = {
  one: () => hold(outer()),
  many() {
    const kinds = [kindA, kindB, callsA, callsB, both];
    for (let i = 0; i < Number(count); i++) hold(kinds[i % kinds.length]());
  },
  shared() {
    shared = inner();
    hold(first());
    hold(second());
  },
  worker() {
    hold(outer());
    const code = `async function inWorker() { await new Promise((resolve) => (globalThis.resolve = resolve)); }
      globalThis.held = inWorker();
      require('node:worker_threads').parentPort.postMessage('up');
      require('node:worker_threads').parentPort.on('message', () => {});`;
    const worker = new Worker(code, { eval: true, name: 'other' });
    worker.on('message', () => console.log('ready'));
  },
  // Starts a worker whenever one has ended, and each ends soon.
  ending() {
    hold(outer());
    const next = () => {
      const worker = new Worker('setTimeout(() => {}, 20 + Math.random() * 300)', { eval: true });
      worker.on('exit', next);
    };
    next();
  },
  // Blocks the event loop in JavaScript while functions are suspended.
  async blocked() {
    hold(outer());
    const { generateReport } = await import('guru-meditation');
    await generateReport(); // from here on the sentinel is up
    setTimeout(function spin() {
      console.log('ready');
      for (;;);
    }, 50);
  },
  heap() {
    hold(outer());
    for (let i = 0; i < Number(count) * 10_000; i++) hold({ i, text: `item ${i}`, more: [i] });
  },
};
programs[what]();
setInterval(() => {}, LONG);
if (what !== 'worker' && what !== 'blocked') console.log('ready');
