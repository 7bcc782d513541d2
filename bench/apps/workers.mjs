// A service with ten idle workers, whose main thread spins from when a byte comes on stdin.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const workers = Array.from({ length: 10 }, () => new Worker(new URL('idle-worker.mjs', import.meta.url)));
await Promise.all(workers.map((worker) => once(worker, 'message')));
process.stdin.once('data', () => {
  console.log('spinning');
  for (;;);
});
console.log('ready');
