import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** What the worker is given. */
export interface ImageToCheck {
  image: string;
  sizeMb: number;
}

/**
 * The SHA-256 of an image, in hexadecimal, computed in a worker thread: the engine goes on with other tasks meanwhile.
 *
 * @throws what the worker threw; AbortError once `signal` is aborted, after the worker has ended.
 */
export async function checksumImage(request: ImageToCheck, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  const worker = new Worker(new URL('./image-checksum-worker.js', import.meta.url), {
    name: `checksum ${request.image}`,
    workerData: request,
  });
  try {
    const [checksum] = (await once(worker, 'message', { signal })) as [string];
    return checksum;
  } finally {
    await worker.terminate();
  }
}
