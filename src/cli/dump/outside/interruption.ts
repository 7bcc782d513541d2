const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Does work that must be ended properly if this process is: a signal, or the caller's, aborts it, it is waited for, and
 * then the signal has its way, unless somebody else handles it too.
 */
export async function untilInterrupted<T>(
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let caught: NodeJS.Signals | null = null;
  const onSignal = (name: NodeJS.Signals): void => {
    caught = name;
    controller.abort();
  };
  const onAbort = (): void => controller.abort(outer?.reason);
  if (outer?.aborted) onAbort();
  outer?.addEventListener('abort', onAbort);
  for (const name of SIGNALS) process.on(name, onSignal);
  try {
    return await work(controller.signal);
  } finally {
    outer?.removeEventListener('abort', onAbort);
    for (const name of SIGNALS) process.off(name, onSignal);
    if (caught !== null && process.listenerCount(caught) === 0) process.kill(process.pid, caught);
  }
}
