/** Functions that are suspended as those of a service are. */
export interface SuspendedCrowd {
  /** Lets them end. */
  release(): void;
}

const HOUR_MS = 3_600_000;

/** Suspends so many functions or a few more: callers of callers, in `Promise.all`, behind timers and what a table holds. */
export function suspendCrowd(functions: number): SuspendedCrowd {
  const answers = new Map<number, (answer: number) => void>();
  const timers = new Set<() => void>();

  async function guruCrowdQuery(number: number): Promise<number> {
    const answer = await new Promise<number>((resolve) => answers.set(number, resolve));
    return answer;
  }
  async function guruCrowdLoad(number: number): Promise<number> {
    const answer = await guruCrowdQuery(number);
    return answer + 1;
  }
  async function guruCrowdHandle(number: number): Promise<number> {
    const answer = await guruCrowdLoad(number);
    return answer + 1;
  }
  async function guruCrowdGather(number: number): Promise<number> {
    const [first, second] = await Promise.all([guruCrowdQuery(number), guruCrowdQuery(-number)]);
    return first + second;
  }
  async function guruCrowdPause(): Promise<boolean> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, HOUR_MS).unref();
      timers.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    return false;
  }
  async function guruCrowdPoll(): Promise<void> {
    while (await guruCrowdPause());
  }

  for (let suspended = 0, number = 1; suspended < functions; suspended += 11) {
    void guruCrowdHandle(number++);
    void guruCrowdGather(number++);
    void guruCrowdHandle(number++);
    void guruCrowdPoll();
  }
  return {
    release() {
      for (const answer of answers.values()) answer(0);
      for (const end of timers) end();
    },
  };
}
