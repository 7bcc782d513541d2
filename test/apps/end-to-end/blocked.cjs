// Blocks a thread, in a way that the test may end. Usage: node blocked.cjs MODE main|worker [FIFO]
// The tests find the lines by their markers (`@name`): keep these unique.
const { execSync } = require('node:child_process');
const { pbkdf2Sync } = require('node:crypto');
const { openSync, readSync, writeSync } = require('node:fs');
const { isMainThread, Worker, workerData } = require('node:worker_threads');

const [mode, where, fifo] = isMainThread ? process.argv.slice(2) : workerData;
const ready = () => writeSync(1, 'ready\n');

const ways = {
  spin() {
    ready();
    for (let turns = 0; ; ) turns++; // @spin
  },
  regex() {
    ready();
    /^(a+)+$/.test(`${'a'.repeat(60)}b`); // @regex
  },
  atomics() {
    ready();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); // @atomics
  },
  json() {
    // Node 26 takes no interrupts during calls for less than some 150,000.
    const records = Array.from({ length: 300_000 }, (_, i) => ({ i, name: `record ${i}` }));
    ready();
    for (;;) JSON.stringify(records); // @json
  },
  sort() {
    const numbers = Array.from({ length: 50_000 }, Math.random);
    ready();
    for (;;) numbers.slice().sort(); // @sort
  },
  exec() {
    ready();
    execSync('sleep 300'); // @exec
  },
  pbkdf2() {
    ready();
    pbkdf2Sync('password', 'salt', 2 ** 31 - 1, 64, 'sha512'); // @pbkdf2
  },
  fifoOpen() {
    ready();
    openSync(fifo, 'r'); // @fifoOpen
  },
  fifoRead() {
    const fd = openSync(fifo, 'r+');
    ready();
    readSync(fd, Buffer.alloc(1)); // @fifoRead
  },
};

function work() {
  try {
    ways[mode](); // @work
  } catch {
    // execSync: its child was killed
  }
  console.log('released');
}

setInterval(() => {}, 1e6);
if (isMainThread) void main();
else setImmediate(work);

async function main() {
  if (where === 'at-once') work();
  const bystander = new Worker('setInterval(() => {}, 1e6)', { eval: true, name: 'bystander' });
  await new Promise((resolve) => bystander.once('online', resolve));
  // The sentinel is ready and knows the configuration once it has made a report.
  const { generateReport } = await import('guru-meditation');
  await generateReport();
  if (where === 'main') setTimeout(work);
  else new Worker(__filename, { name: 'busy', workerData: [mode, where, fifo] });
}
