import { setTimeout as sleep } from 'node:timers/promises';

/** How often and how long to try. Durations are in seconds. */
export interface RetryOptions {
  attempts: number;
  /** For each attempt. */
  timeout: number;
  /** The pause after the first failed attempt; it doubles with each further one. */
  delay: number;
  /** Ends it all: the attempt that runs is aborted and no other follows. */
  signal: AbortSignal;
  onRetry?: (error: unknown, attempt: number) => void;
}

/**
 * Calls `attempt` until it succeeds.
 *
 * @param attempt gets its number, from 1, and a signal which it must obey: it aborts at the timeout and on cancellation.
 * @throws what the last attempt threw, an Error at its timeout, or the reason of `options.signal`.
 */
export async function retry<T>(
  attempt: (number: number, signal: AbortSignal) => Promise<T>,
  options: RetryOptions,
): Promise<T> {
  for (let number = 1; ; number++) {
    try {
      return await withTimeout((signal) => attempt(number, signal), options);
    } catch (error) {
      if (options.signal.aborted || number >= options.attempts) throw error;
      options.onRetry?.(error, number);
      await sleep(options.delay * 1000 * 2 ** (number - 1), undefined, { signal: options.signal });
    }
  }
}

/** Not `AbortSignal.any` with `AbortSignal.timeout`: the timer of that one is not cleared when the work is done. */
async function withTimeout<T>(
  run: (signal: AbortSignal) => Promise<T>,
  { timeout, signal }: Pick<RetryOptions, 'timeout' | 'signal'>,
): Promise<T> {
  signal.throwIfAborted();
  const controller = new AbortController();
  const cancel = (): void => controller.abort(signal.reason);
  const timer = setTimeout(
    () => controller.abort(new Error(`no answer within ${timeout} s`)),
    timeout * 1000,
  );
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await run(controller.signal);
  } catch (error) {
    // Timers and workers say only that they were aborted; the reason is what tells.
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', cancel);
  }
}
