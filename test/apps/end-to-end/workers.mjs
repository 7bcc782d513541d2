// Starts as many idle workers as it is told to, named worker-1, worker-2, …
import { Worker } from 'node:worker_threads';

const count = Number(process.argv[2]);
let online = 0;
for (let i = 1; i <= count; i++) {
  const worker = new Worker('setInterval(() => {}, 1e6)', { eval: true, name: `worker-${i}` });
  worker.on('online', () => {
    if (++online === count) console.log('ready');
  });
}
