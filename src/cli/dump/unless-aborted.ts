/**
 * What `work` comes to, unless the signal aborts before: then it is rejected with the signal's reason, and `work` goes on
 * without anybody who waits for it. For work that leaves nothing behind, and cannot be ended itself.
 */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
