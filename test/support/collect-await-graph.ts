/**
 * For `node --import`: takes the await graph of the program from a worker, as the sentinel does, when the program prints
 * `ready`, and prints what it found as one line of JSON. Takes it again while it is not what GURU_TEST_EXPECTED says.
 */
import { isMainThread, Worker } from 'node:worker_threads';

if (isMainThread) {
  const log = console.log;
  console.log = (...values: unknown[]) => {
    console.log = log;
    if (values[0] !== 'ready') throw new Error(`the program said ${String(values[0])}`);
    const slots = new Int32Array(new SharedArrayBuffer(64));
    Object.defineProperty(globalThis, 'guruTestSlots', { value: slots });
    const worker = new Worker(new URL('./collect-await-graph-worker.js', import.meta.url), {
      execArgv: [],
      workerData: slots,
    });
    worker.on('message', (line: string) => {
      process.stdout.write(line + '\n');
    });
    worker.on('error', (error) => {
      process.stderr.write(`${error.stack}\n`);
      process.exit(1);
    });
  };
}
