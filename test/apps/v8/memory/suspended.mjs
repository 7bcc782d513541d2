// Makes many suspended async functions that nothing can resume, and then some that stay alive: ARGV number of them,
// in a worker too where there is a second number. `collect`: full collections, `scavenge`: of the young generation,
// `busy`: goes on allocating, small objects and large ones, of which some stay and some go.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const [mode, count, inWorker] = isMainThread ? process.argv.slice(2) : workerData;

async function dropped(number) {
  const local = { number };
  await new Promise(() => {});
  return local;
}

const resolvers = [];
async function kept(number) {
  await new Promise((resolve) => resolvers.push(resolve));
  return number;
}

for (let round = 0; round < 10; round++) {
  const junk = [];
  for (let at = 0; at < 10_000; at++) {
    dropped(at);
    junk.push({ at, text: `text ${at}` });
  }
}
for (let at = 0; at < Number(count); at++) kept(at);

function collect() {
  for (let times = 0; times < 3; times++) globalThis.gc(mode === 'scavenge' ? { type: 'minor' } : undefined);
}
collect();

if (isMainThread) {
  if (inWorker !== undefined) {
    const worker = new Worker(new URL(import.meta.url), { workerData: [mode, inWorker] });
    await new Promise((resolve) => worker.once('message', resolve));
  }
  // Once more from a stack that nothing of the above is on.
  setTimeout(() => {
    collect();
    process.stdout.write('ready\n');
  }, 1);
} else {
  setTimeout(() => {
    collect();
    parentPort.postMessage('ready');
  }, 1);
}
globalThis.resolvers = resolvers;
setInterval(() => {}, 1_000_000);

if (mode === 'busy') {
  const slots = [];
  setInterval(() => {
    for (let at = 0; at < 2000; at++) slots[Math.floor(Math.random() * 50_000)] = { at, text: `text ${at}` };
    slots[Math.floor(Math.random() * 20)] = Array.from({ length: 30_000 }, () => null);
  }, 5);
}
