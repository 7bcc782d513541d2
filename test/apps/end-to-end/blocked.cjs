// Blocks a thread. Usage: node blocked.cjs MODE main|worker [FIFO]
// The tests find the lines by their markers (`@name`): keep these unique.
const { execSync } = require('node:child_process');
const { pbkdf2Sync } = require('node:crypto');
const { openSync, readSync, writeSync } = require('node:fs');
const { isMainThread, Worker, workerData } = require('node:worker_threads');

const [mode, where, fifo] = isMainThread ? process.argv.slice(2) : workerData;

const ways = {
  spin() {
    for (let turns = 0; ; ) turns++; // @spin
  },
  regex() {
    /^(a+)+$/.test(`${'a'.repeat(40)}b`); // @regex
  },
  atomics() {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); // @atomics
  },
  json() {
    const records = Array.from({ length: 300_000 }, (_, i) => ({ i, name: `record ${i}` }));
    for (;;) JSON.stringify(records); // @json
  },
  sort() {
    const numbers = Array.from({ length: 100_000 }, Math.random);
    for (;;) numbers.slice().sort(); // @sort
  },
  exec() {
    execSync('sleep 120'); // @exec
  },
  pbkdf2() {
    pbkdf2Sync('password', 'salt', 2 ** 31 - 1, 64, 'sha512'); // @pbkdf2
  },
  fifoOpen() {
    openSync(fifo, 'r'); // @fifoOpen
  },
  fifoRead() {
    readSync(openSync(fifo, 'r+'), Buffer.alloc(1)); // @fifoRead
  },
  idle() {},
};

function work() {
  writeSync(1, 'ready\n');
  ways[mode](); // @work
}

if (isMainThread) void main();
else setImmediate(work);

async function main() {
  const bystander = new Worker('setInterval(() => {}, 1e6)', { eval: true, name: 'bystander' });
  await new Promise((resolve) => bystander.once('online', resolve));
  // The sentinel is ready and knows the configuration once it has made a report.
  const { generateReport } = await import('guru-meditation');
  await generateReport();
  setInterval(() => {}, 1e6);
  if (where === 'main') setTimeout(work);
  else new Worker(__filename, { name: 'busy', workerData: [mode, where, fifo] });
}
