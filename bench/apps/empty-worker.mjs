// `--import` of this adds a worker that does nothing, started as the sentinel is.
import { isMainThread, Worker } from 'node:worker_threads';

if (isMainThread) {
  const options = { eval: true, stdout: true, stderr: true, env: {}, argv: [], execArgv: ['--no-warnings'] };
  new Worker("require('node:worker_threads').parentPort.on('message', () => {})", options).unref();
}
