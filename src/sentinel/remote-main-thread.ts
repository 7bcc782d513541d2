import { setTimeout as sleep } from 'node:timers/promises';
import {
  AGENT_KEY,
  BUSY,
  failedTask,
  type CollectStacksOptions,
  type MainThreadAccess,
  SECTION_HOLD_MS,
  type Task,
  type TaskOutcome,
} from '../generation/main-thread-access.js';
import type { StacksOfThreads } from '../v8/collected-stacks.js';
import type { ReadMachineStack } from '../inspector/capture-threads.js';
import {
  type JsThread,
  readStack,
  readWorkerStacks,
  type ThreadCapture,
} from '../inspector/capture-threads.js';
import { answerWithin, type Cdp, CdpError, CdpTimeLimit, evaluate, NO_ANSWER } from '../inspector/cdp.js';
import { openInProcess } from '../inspector/in-process.js';
import type { MemoryCollector } from './collect-from-memory.js';
import { collectThreadStacks } from './collect-thread-stacks.js';
import type { FromSentinel } from './protocol.js';
import { CLAIM, claim, SLOT } from './slots.js';

/** How long the event loop gets to take tasks up before they run in interrupts instead, ms. */
const GRACE_MS = 100;

/** The same where the event loop was seen to be idle: the machine may be slow, but the loop turns, ms. */
const IDLE_GRACE_MS = 1000;

/** What the capture of its stack has shown of the main thread. `silent`: it takes no interrupts. */
type Seen = 'idle' | 'busy' | 'silent';

/** How long an interrupt waits that came while the main thread was at a task already, ms. */
const BUSY_AGAIN_MS = 20;

/** How much earlier than the sentinel the main thread gives tasks up, so that its own word for it arrives, ms. */
const ANSWER_TRAVEL_MS = 50;

/** What the sentinel holds of the main thread between reports. */
export interface MainThreadLink {
  slots: Int32Array<SharedArrayBuffer>;
  post(message: FromSentinel): void;
  /** Where `task-done` messages of the request in force go. */
  onTaskDone: (requestId: number, index: number, outcome: TaskOutcome) => void;
  /** Why the inspector cannot be used; `null` if it can. */
  inspectorProblem: string | null;
  /** Node's thread id of the sentinel. */
  ownThreadId: number;
  lastRequestId: number;
  memory: MemoryCollector;
}

/** The main thread as one report of the sentinel sees it. */
export class RemoteMainThread implements MainThreadAccess {
  readonly #link: MainThreadLink;
  #session: Cdp | null = null;
  #closed = false;
  /** Of the last capture. */
  #threads: readonly JsThread[] = [];
  /** What the stack capture learnt of the main thread: interrupts make sense only if it takes them. */
  #seen: Promise<Seen> = Promise.resolve('busy');

  constructor(link: MainThreadLink) {
    this.#link = link;
  }

  captureThreads(): Promise<ThreadCapture> {
    let saw: (seen: Seen) => void = () => {};
    this.#seen = new Promise((resolve) => (saw = resolve));
    return this.#capture(saw)
      .then((capture) => {
        this.#threads = capture.threads;
        return capture;
      })
      .finally(() => saw('silent'));
  }

  openMachineStacks(): Promise<ReadMachineStack | null> {
    return this.#link.memory.openMachineStacks();
  }

  collectStacks(options: CollectStacksOptions): Promise<StacksOfThreads> {
    return collectThreadStacks(this.#threads, this.#link.memory, options).finally(() => {
      // The main thread, on its exit, waits for the session to end; a message would have to wait for this to be over.
      if (Atomics.load(this.#link.slots, SLOT.EXITING) === 1) this.close();
    });
  }

  async #capture(saw: (seen: Seen) => void): Promise<ThreadCapture> {
    const own: JsThread = {
      kind: 'sentinel',
      threadId: this.#link.ownThreadId,
      name: 'guru-meditation sentinel',
      cdp: null,
      reading: { outcome: 'not-asked', reason: 'this thread makes the report' },
    };
    const main = (reading: JsThread['reading']): JsThread => ({
      kind: 'main',
      threadId: 0,
      name: 'main',
      reading,
      cdp: this.#session,
    });
    let session: Cdp;
    try {
      session = this.#connect();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { threads: [main({ outcome: 'not-asked', reason }), own], problem: reason };
    }
    const reading = await readStack(session);
    if (reading.outcome === 'answered') saw(reading.stack.frames.length === 0 ? 'idle' : 'busy');
    if (reading.outcome !== 'answered') {
      return {
        threads: [main(reading), own],
        problem: 'workers are reached through the main thread, which did not answer',
      };
    }
    const workers = await readWorkerStacks(session, this.#link.ownThreadId);
    return { threads: [main(reading), ...workers.threads, own], problem: workers.problem };
  }

  async runTasks(tasks: readonly Task[], budgetMs: number): Promise<TaskOutcome[]> {
    if (tasks.length === 0) return [];
    const { slots } = this.#link;
    const requestId = ++this.#link.lastRequestId;
    const started = performance.now();
    const outcomes: (TaskOutcome | undefined)[] = tasks.map(() => undefined);
    const allDone = new Promise<void>((resolve) => {
      let open = tasks.length;
      this.#link.onTaskDone = (id, index, outcome) => {
        if (id !== requestId || outcomes[index] !== undefined) return;
        outcomes[index] = outcome;
        if (--open === 0) resolve();
      };
    });
    // The stack first: it is to show what the application does, not its sections being made.
    const seen = await answerWithin(this.#seen, Math.min(GRACE_MS, budgetMs));
    Atomics.store(slots, SLOT.CLAIM, CLAIM.OPEN);
    Atomics.store(slots, SLOT.REQUEST, requestId);
    const left = budgetMs - (performance.now() - started);
    this.#link.post({
      type: 'run-tasks',
      requestId,
      tasks: [...tasks],
      budgetMs: Math.max(1, left - ANSWER_TRAVEL_MS),
    });
    try {
      await answerWithin(allDone, Math.min(seen === 'idle' ? IDLE_GRACE_MS : GRACE_MS, budgetMs));
      const silent = (await this.#seen) === 'silent' && Atomics.load(slots, SLOT.CLAIM) === CLAIM.OPEN;
      if (claim(slots, requestId, CLAIM.SENTINEL)) {
        const waited = (): string => `${Math.round(performance.now() - started)} ms`;
        for (const [index, task] of tasks.entries()) {
          outcomes[index] = silent
            ? failedTask('skipped', `the main thread did not answer for ${waited()}`)
            : await this.#interrupt(requestId, task, budgetMs - (performance.now() - started));
        }
      } else {
        await answerWithin(allDone, budgetMs - (performance.now() - started));
      }
      return outcomes.map(
        (outcome) =>
          outcome ??
          failedTask('timeout', `the main thread did not finish it within ${Math.round(budgetMs)} ms`),
      );
    } finally {
      Atomics.store(slots, SLOT.REQUEST, 0);
    }
  }

  async #interrupt(requestId: number, task: Task, leftMs: number): Promise<TaskOutcome> {
    if (leftMs < 1) return failedTask('timeout', 'other sections had used up the time there was');
    const started = performance.now();
    const call = `globalThis[Symbol.for(${JSON.stringify(AGENT_KEY)})]?.interrupt(${requestId}, ${JSON.stringify(JSON.stringify(task))})`;
    try {
      const session = this.#connect();
      let outcome: unknown = BUSY;
      while (outcome === BUSY) {
        const left = leftMs - (performance.now() - started);
        if (left < 1) return failedTask('timeout', 'the main thread was at another section all the time');
        outcome = await answerWithin(evaluate(session, call, SECTION_HOLD_MS), left);
        if (outcome === BUSY) await sleep(BUSY_AGAIN_MS);
      }
      if (outcome === NO_ANSWER) {
        return failedTask('timeout', `the main thread did not answer for ${Math.round(leftMs)} ms`);
      }
      return (
        (outcome as TaskOutcome | null) ?? failedTask('skipped', 'the request was over before it was served')
      );
    } catch (error) {
      const ms = performance.now() - started;
      return error instanceof CdpTimeLimit || ms >= SECTION_HOLD_MS
        ? failedTask('timeout', `ran longer than ${SECTION_HOLD_MS} ms and was ended`, ms)
        : failedTask('failed', error instanceof Error ? error.message : String(error), ms);
    }
  }

  #connect(): Cdp {
    if (this.#closed) throw new Error('the report is over');
    if (this.#session) return this.#session;
    if (this.#link.inspectorProblem !== null) throw new CdpError(this.#link.inspectorProblem);
    // Before connecting: the main thread, should it exit now, waits for the session to close again. If it has looked before,
    // which it does after it said that it exits, it does not wait any more.
    Atomics.store(this.#link.slots, SLOT.CONNECTED, 1);
    try {
      if (Atomics.load(this.#link.slots, SLOT.EXITING) === 1) throw new CdpError('the process exits');
      return (this.#session = openInProcess('main-thread'));
    } catch (error) {
      this.#disconnected();
      throw error;
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#session?.close();
    this.#disconnected();
  }

  #disconnected(): void {
    Atomics.store(this.#link.slots, SLOT.CONNECTED, 0);
    Atomics.notify(this.#link.slots, SLOT.CONNECTED);
  }
}
