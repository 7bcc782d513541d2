import {
  failedTask,
  SECTION_HOLD_MS,
  type Task,
  type TaskOutcome,
} from '../generation/main-thread-access.js';
import { toPlain } from '../report/plain.js';
import type { SectionGenerator, SectionViews } from './section-registry.js';
import { OverrunError } from './run-bounded.js';

/** What a task needs of the section that it is about. */
export interface TaskSource {
  generator: SectionGenerator;
  views: SectionViews;
}

/** Calls a function within a time limit, or throws {@link OverrunError}. */
export type BoundedCall = <T>(call: () => T, ms: number) => T;

/**
 * Runs a task in the main thread. Whatever the section's code does, this neither throws nor rejects; asynchronous
 * generators give a promise of the outcome, which settles within `budgetMs`.
 *
 * @param bounded how synchronous code is given a limit: `runBounded`, or a plain call where the caller has set one.
 */
export function runTask(
  task: Task,
  source: TaskSource,
  bounded: BoundedCall,
  budgetMs: number,
): TaskOutcome | Promise<TaskOutcome> {
  const hold = new HeldTime();
  const holdMs = Math.min(SECTION_HOLD_MS, budgetMs);
  const fail = (error: unknown): TaskOutcome =>
    error instanceof OverrunError
      ? failedTask('timeout', error.message, hold.ms)
      : failedTask('failed', `threw ${describeThrown(error)}`, hold.ms);
  // An XML element takes two levels of data.
  const limits = task.kind === 'view' ? { maxDepth: 128 } : {};
  const plain = (value: unknown): TaskOutcome => {
    const { value: model, cut } = toPlain(value, limits);
    return cut === null
      ? { status: 'ok', value: model, heldMs: 0 }
      : { status: 'partial', reason: cut, value: model, heldMs: 0 };
  };
  const measured = <T>(call: () => T): T => hold.during(() => bounded(call, holdMs));

  if (task.kind === 'view') {
    const view = source.views[task.view];
    if (!view) return failedTask('failed', `has no ${task.view} view`);
    try {
      return { ...measured(() => plain(view(task.model))), heldMs: hold.ms };
    } catch (error) {
      return fail(error);
    }
  }

  const controller = new AbortController();
  try {
    const first = measured((): TaskOutcome | Promise<unknown> => {
      const made = source.generator({ signal: controller.signal });
      return isThenable(made) ? adopt(made) : plain(made);
    });
    if (!(first instanceof Promise)) return { ...first, heldMs: hold.ms };
    return settleWithin(first, budgetMs, controller).then(
      (settled) => {
        if (settled === TIME_IS_UP) {
          return failedTask('timeout', `did not settle within ${Math.round(budgetMs)} ms`, hold.ms);
        }
        try {
          return { ...measured(() => plain(settled)), heldMs: hold.ms };
        } catch (error) {
          return fail(error);
        }
      },
      (error: unknown) => failedTask('failed', `rejected with ${describeThrown(error)}`, hold.ms),
    );
  } catch (error) {
    return fail(error);
  }
}

const TIME_IS_UP: unique symbol = Symbol('time is up');

async function settleWithin(
  promise: Promise<unknown>,
  ms: number,
  controller: AbortController,
): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<typeof TIME_IS_UP>((resolve) => {
    timer = setTimeout(() => {
      resolve(TIME_IS_UP);
      controller.abort();
    }, ms);
    timer.unref();
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

class HeldTime {
  ms = 0;

  during<T>(call: () => T): T {
    const started = performance.now();
    try {
      return call();
    } finally {
      this.ms += performance.now() - started;
    }
  }
}

// `then` may be a getter that throws: the caller's try covers it.
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null &&
    (typeof value === 'object' || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}

/** Calls `then` at once, so within the time limit: `Promise.resolve` leaves that to a microtask, which has none. */
function adopt(thenable: PromiseLike<unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    thenable.then(resolve, reject);
  });
}

/** One line about something thrown, which may be anything, a proxy that throws when looked at too. */
export function describeThrown(thrown: unknown): string {
  try {
    const text =
      thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : `${typeof thrown} ${String(thrown)}`;
    return text.replace(/\s+/g, ' ').slice(0, 500);
  } catch {
    return 'something that cannot be described';
  }
}
