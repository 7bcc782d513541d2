// A program that is not set up. Usage: node target.cjs MODE RELEASE [FIFO]
// It suspends some functions and starts a worker that does so too, then blocks in the way that MODE says, after "ready".
// Once there is a file RELEASE it goes on, prints "released", and answers `state` on its stdin with a line of JSON: what
// is there of globals, listeners and the inspector that was not at its start.
const { execSync } = require('node:child_process');
const { pbkdf2Sync } = require('node:crypto');
const { closeSync, existsSync, openSync, readSync, rmSync, writeSync } = require('node:fs');
const { isMainThread, parentPort, Worker, workerData } = require('node:worker_threads');

async function waitInner() {
  await new Promise((resolve) => setTimeout(resolve, 1e6)); // @inner
}
async function waitOuter() {
  await waitInner(); // @outer
}

if (isMainThread) main();
else inWorker();

function inWorker() {
  const { flag, release } = workerData;
  void waitInner();
  parentPort.postMessage('waits');
  setInterval(() => {
    if (Atomics.load(flag, 0) === 0 && existsSync(release)) {
      Atomics.store(flag, 0, 1);
      Atomics.notify(flag, 0);
    }
  }, 10);
}

function main() {
  const [mode, release, fifo] = process.argv.slice(2);
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(__filename, { name: 'helper', workerData: { flag, release } });
  for (let i = 0; i < 25; i++) void waitOuter();
  const own = () => [...Object.getOwnPropertyNames(globalThis), ...Object.getOwnPropertySymbols(globalThis)].map(String);
  const listeners = () => process.eventNames().map((name) => `${String(name)} ${process.listenerCount(name)}`);
  const handles = () => process.getActiveResourcesInfo().filter((name) => !/Immediate|Timeout/.test(name)).sort();
  const settings = () => JSON.stringify(Object.getOwnPropertyDescriptors(Error), (_, v) => (typeof v === 'function' ? String(v) : v));
  const error = settings();
  let before;
  const state = () => {
    const { url } = process.getBuiltinModule?.('inspector') ?? require('node:inspector');
    const now = [...own(), ...listeners(), ...handles()];
    const added = now.filter((name) => !before.includes(name));
    return { added, inspector: url() ?? null, error: settings() === error };
  };
  const ready = () => writeSync(1, 'ready\n');
  const ways = {
    idle: ready,
    spin() {
      ready();
      while (Atomics.load(flag, 0) === 0); // @spin
    },
    atomics() {
      ready();
      Atomics.wait(flag, 0, 0); // @atomics
    },
    exec() {
      ready();
      execSync(`while [ ! -e '${release}' ]; do sleep 0.05; done`); // @exec
    },
    pbkdf2() {
      ready();
      pbkdf2Sync('password', 'salt', 2 ** 31 - 1, 64, 'sha512'); // @pbkdf2
    },
    fifo() {
      ready();
      closeSync(openSync(fifo, 'r')); // @fifo
    },
    json() {
      const records = Array.from({ length: 300_000 }, (_, i) => ({ i, name: `record ${i}` }));
      ready();
      while (Atomics.load(flag, 0) === 0) JSON.stringify(records); // @json
    },
  };
  worker.once('message', () =>
    setTimeout(() => {
      // Used once beforehand, so that what Node itself loads lazily is there.
      process.stdin.on('data', (text) => {
        for (const line of String(text).split('\n')) {
          if (line === 'state') console.log(JSON.stringify(state()));
          if (line === 'exit') process.exit(7);
        }
      });
      console.log('started');
      setTimeout(() => {
        before = [...own(), ...listeners(), ...handles()];
        ways[mode]?.();
        if (mode !== 'idle') writeSync(1, 'released\n');
      }, 20);
    }, 100),
  );
}
