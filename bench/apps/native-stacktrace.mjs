// As workers.mjs, with every thread registered at @sentry-internal/node-native-stacktrace and one more worker that
// takes requests for stacks on a socket.
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const require = createRequire(join(process.env.BENCH_SENTRY_DIR, 'package.json'));
const { captureStackTrace, registerThread } = require('@sentry-internal/node-native-stacktrace');

if (isMainThread) {
  registerThread();
  const start = (role) => new Worker(new URL(import.meta.url), { workerData: role });
  const workers = Array.from({ length: Number(process.env.BENCH_WORKERS) }, () => start('idle'));
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const [port] = await once(start('watcher'), 'message');
  process.stdin.once('data', () => {
    console.log('spinning');
    for (;;);
  });
  console.log(`ready ${port}`);
} else if (workerData === 'idle') {
  registerThread();
  parentPort.on('message', () => {});
  parentPort.postMessage('ready');
} else {
  const server = createServer((socket) =>
    socket.once('data', () => socket.end(JSON.stringify(captureStackTrace()))),
  );
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
}
