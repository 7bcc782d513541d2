import { performance } from 'node:perf_hooks';

export interface CoalescerOptions<T> {
  /** Milliseconds from the end of a run to the start of the next. Read anew each time. */
  minIntervalMs: number;
  /**
   * What a request asks for. `trigger` is the latest of the requests that this run answers, `coalesced` how many others
   * it answers as well.
   */
  run: (trigger: T, coalesced: number) => Promise<void>;
  /** A run that rejected or threw. Must not throw itself. */
  onError: (error: unknown) => void;
  /** A monotonic clock in milliseconds. Default: `performance.now`. */
  now?: () => number;
}

export interface Coalescer<T> {
  /** Starts a run at once, or has the next one answer this request. */
  request(trigger: T): void;
  /** Resolves when no run is under way and none is due. */
  idle(): Promise<void>;
  /** Forgets what is due and takes no more; a run under way ends by itself. Idempotent. */
  dispose(): void;
}

/**
 * Lets one thing happen at a time and not too often: whatever is requested during a run, or before the minimum interval
 * after it is over, is answered by one more run. Its timer does not keep the thread alive.
 */
export function createCoalescer<T>(options: CoalescerOptions<T>): Coalescer<T> {
  const { run, onError, now = () => performance.now() } = options;
  let due: { trigger: T; coalesced: number } | null = null;
  let running = false;
  let endedAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | null = null;
  let disposed = false;
  /** Shared by all who wait, so that a storm of requests piles nothing up. */
  let idle: { promise: Promise<void>; resolve: () => void } | null = null;

  return {
    request(trigger) {
      if (disposed) return;
      due = { trigger, coalesced: due === null ? 0 : due.coalesced + 1 };
      proceed();
    },
    idle() {
      if (!running && due === null) return Promise.resolve();
      idle ??= newIdle();
      return idle.promise;
    },
    dispose() {
      disposed = true;
      due = null;
      stopTimer();
      settle();
    },
  };

  /** Starts what is due, now or when the interval is over. */
  function proceed(): void {
    if (running || timer !== null || due === null) return;
    const left = endedAt + options.minIntervalMs - now();
    if (left > 0) {
      // Timers may fire a little early (libuv counts whole milliseconds of its own clock): it is looked at again then.
      timer = setTimeout(onTimer, Math.ceil(left)).unref();
      return;
    }
    const { trigger, coalesced } = due;
    due = null;
    running = true;
    void runOnce(trigger, coalesced);
  }

  function onTimer(): void {
    timer = null;
    proceed();
  }

  async function runOnce(trigger: T, coalesced: number): Promise<void> {
    try {
      await run(trigger, coalesced);
    } catch (error) {
      onError(error);
    } finally {
      running = false;
      endedAt = now();
      proceed();
      settle();
    }
  }

  function settle(): void {
    if (running || due !== null) return;
    idle?.resolve();
    idle = null;
  }

  function stopTimer(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  }
}

function newIdle(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}
