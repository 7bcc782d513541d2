// Prints, as JSON, what this process's own OS threads are found to be, by their starts and without them.
import { readlinkSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { classifyThreads, pairWorkers } from '#src/os/linux/thread-kinds.js';
import { readThreadStarts } from '#src/os/linux/thread-starts.js';
import { readThreads } from '#src/os/threads.js';

const script = `
  const { parentPort, threadId } = require('node:worker_threads');
  const tid = Number(require('node:fs').readlinkSync('/proc/thread-self').split('/').at(-1));
  parentPort.postMessage({ threadId, tid });
  setInterval(() => {}, 1000);
`;
// One with a name that Node itself uses, one with a stack as large as other threads have.
const options = [{ name: 'libuv-worker' }, {}, { resourceLimits: { stackSizeMb: 8 } }];
const workers = [];
for (const option of options) {
  const worker = new Worker(script, { ...option, eval: true });
  workers.push(await new Promise((resolve) => worker.once('message', resolve)));
}
await lstat('/'); // starts the pool of libuv

const { threads, problem } = readThreads('self');
const context = {
  pid: process.pid,
  nodeMajor: Number(process.versions.node.split('.')[0]),
  execArgv: process.execArgv,
  nodeOptions: process.env.NODE_OPTIONS ?? '',
};
const starts = readThreadStarts('self', threads.map(({ tid }) => tid));
const withStarts = classifyThreads(threads, { ...context, starts });
const alone = classifyThreads(threads, context);
const unsymbolised = starts && new Map([...starts].map(([tid, start]) => [tid, { ...start, symbol: null }]));
const byReference = classifyThreads(threads, { ...context, starts: unsymbolised, workerTids: [workers[1].tid] });
const workerThreads = threads.filter(({ tid }) => byReference.get(tid).kind === 'worker');
const pairs = pairWorkers(
  workers.map(({ threadId, tid }, at) => ({ threadId, tid: at === 1 ? tid : null })),
  workerThreads,
);
console.log(
  JSON.stringify({
    own: Number(readlinkSync('/proc/thread-self').split('/').at(-1)),
    pid: process.pid,
    problem,
    workers,
    hasStarts: starts !== null,
    hasSymbols: starts !== null && [...starts.values()].some(({ symbol }) => symbol !== null),
    threads: threads.map(({ tid, name }) => ({
      tid,
      name,
      withStarts: withStarts.get(tid),
      alone: alone.get(tid),
      byReference: byReference.get(tid).kind,
    })),
    pairs: [...pairs],
  }),
);
process.exit();
