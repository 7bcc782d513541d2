import {
  AGENT_KEY,
  BUSY,
  CONFIGURATION_ID,
  failedTask,
  type Task,
  type TaskOutcome,
} from '../generation/main-thread-access.js';
import { CLAIM, claim, SLOT } from '../sentinel/slots.js';
import { Anchor } from './anchor.js';
import { ContextLabels } from './context-labels.js';
import { runBounded } from './run-bounded.js';
import { runTask, type BoundedCall, type TaskSource } from './run-task.js';
import { SectionRegistry } from './section-registry.js';

/**
 * The one thing of this library that the main thread's global object holds, under {@link AGENT_KEY}: what an inspector
 * interrupt must find, and what two copies of this package in one process must share.
 */
export class Agent {
  readonly registry = new SectionRegistry();
  /** Where a reader of this process's memory finds this thread. */
  readonly anchor = new Anchor();
  readonly labels = new ContextLabels(this.anchor);
  /** Reads the application's configuration as it is now. */
  configuration: () => unknown = () => ({ groups: {} });
  /** The autorun in force and the handle that may dispose of it; kept here for all copies of this package. */
  autorun: object | null = null;
  handle: object | null = null;
  /** Of the autorun in force; `null` without one. */
  slots: Int32Array | null = null;
  #inBoundedCall = false;

  /**
   * Runs tasks as an ordinary task of the event loop, one after the other, and hands each outcome over as it comes.
   * Between two of them the loop turns, so that the application waits for one section at most.
   */
  async runTasks(
    tasks: readonly Task[],
    budgetMs: number,
    done: (index: number, outcome: TaskOutcome) => void,
  ): Promise<void> {
    const deadline = performance.now() + budgetMs;
    const pending: Promise<void>[] = [];
    for (const [index, task] of tasks.entries()) {
      const left = deadline - performance.now();
      if (left < 1) {
        done(
          index,
          failedTask('timeout', `other sections had used up the ${Math.round(budgetMs)} ms there were`),
        );
        continue;
      }
      const outcome = this.#run(task, this.#boundedCall, left);
      if (outcome instanceof Promise) pending.push(outcome.then((settled) => done(index, settled)));
      else done(index, outcome);
      if (index < tasks.length - 1) await new Promise(setImmediate);
    }
    await Promise.all(pending);
  }

  /** The same for the sentinel's request `requestId`, unless the sentinel has taken it back. */
  async serveRequest(
    requestId: number,
    tasks: readonly Task[],
    budgetMs: number,
    done: (index: number, outcome: TaskOutcome) => void,
  ): Promise<void> {
    if (this.slots === null || !claim(this.slots, requestId, CLAIM.MAIN_THREAD)) return;
    await this.runTasks(tasks, budgetMs, done);
  }

  /**
   * Runs one task in the middle of whatever JavaScript blocks the event loop: called by an expression that the
   * sentinel evaluates with a time limit. `null` if the request is no longer in force: an interrupt may be served late.
   *
   * {@link BUSY} where that is a bounded call of ours: should its time be up during the interrupt, V8 would end the
   * interrupt's code in its place, and nothing would end the call any more (seen on 20.20 and 26.10).
   */
  interrupt(requestId: number, taskJson: string): TaskOutcome | typeof BUSY | null {
    const { slots } = this;
    if (slots === null || Atomics.load(slots, SLOT.REQUEST) !== requestId) return null;
    if (Atomics.load(slots, SLOT.CLAIM) !== CLAIM.SENTINEL) return null;
    if (this.#inBoundedCall) return BUSY;
    const task = JSON.parse(taskJson) as Task;
    const source = this.#source(task.sectionId);
    if (source && isAsyncFunction(source.generator) && task.kind === 'model') return BLOCKED; // not even begun
    const outcome = this.#run(task, callPlainly, Number.MAX_SAFE_INTEGER);
    if (!(outcome instanceof Promise)) return outcome;
    outcome.catch(() => {}); // cannot reject; nobody waits for it
    return BLOCKED;
  }

  readonly #boundedCall: BoundedCall = (call, ms) => {
    this.#inBoundedCall = true;
    try {
      return runBounded(call, ms);
    } finally {
      this.#inBoundedCall = false;
    }
  };

  #run(task: Task, bounded: BoundedCall, budgetMs: number): TaskOutcome | Promise<TaskOutcome> {
    const source = this.#source(task.sectionId);
    return source
      ? runTask(task, source, bounded, budgetMs)
      : failedTask('skipped', 'the section was taken out while the report was being made');
  }

  #source(sectionId: number): TaskSource | undefined {
    return sectionId === CONFIGURATION_ID
      ? { generator: () => this.configuration(), views: {} }
      : this.registry.get(sectionId);
  }
}

const BLOCKED: TaskOutcome = failedTask('skipped', 'asynchronous, and the event loop is blocked');

const callPlainly: BoundedCall = (call) => call();

function isAsyncFunction(value: unknown): boolean {
  return Object.prototype.toString.call(value) === '[object AsyncFunction]';
}

/** The agent of this thread, made on first use. The property is not enumerable. */
export function getAgent(): Agent {
  const key = Symbol.for(AGENT_KEY);
  const global = globalThis as Record<symbol, unknown>;
  const existing = global[key] as Agent | undefined;
  if (existing) return existing;
  const agent = new Agent();
  Object.defineProperty(global, key, { value: agent, configurable: true });
  return agent;
}
