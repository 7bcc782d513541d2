import { Worker } from 'node:worker_threads';
import type { TaskOutcome } from '../generation/main-thread-access.js';
import { GuruError } from '../report/error.js';
import type { Report, Trigger } from '../report/schema.js';
import { SENTINEL_NAME } from '../sentinel/name.js';
import type { FromSentinel, SentinelData, ToSentinel } from '../sentinel/protocol.js';
import { SLOT } from '../sentinel/slots.js';

/** Waits before the restarts of a sentinel that died, ms; after the last it is given up. */
const RESTART_DELAYS_MS = [100, 1000, 10_000];

/** A sentinel that has lived this long may have all its restarts again, ms. */
const HEALTHY_MS = 600_000;

/** How long the main thread waits, at its exit, for the sentinel to end its inspector session, ms. */
const LET_GO_MS = 1000;

/**
 * How long a sentinel that was stopped lives on, ms. A worker that ends right after it closed a session which carried a heap
 * snapshot can take the whole process with it (abort, seen on 20.20 to 26.10; not from 500 ms on, nor at the process's exit).
 */
const LINGER_MS = 2000;

/** `down`: it died or could not be started, and may be started again. `lost`: it will not be. */
export type SentinelState = 'starting' | 'ready' | 'down' | 'lost';

export interface SentinelEvents {
  /** What the sentinel is to start with: asked for at each start. */
  startWith(): SentinelData;
  /** It serves; `signalProblem` says why it does not receive signals itself. */
  onReady(signalProblem: string | null): void;
  onTasks(requestId: number, message: Extract<FromSentinel, { type: 'run-tasks' }>): void;
  /** It has gone, and with it the report for the trigger `owed`. */
  onDown(state: 'down' | 'lost', owed: Trigger | null): void;
}

/** The main thread's end of the sentinel: starts it, starts it again, and never lets it be noticed. */
export class SentinelHandle {
  state: SentinelState = 'down';
  /** Why there is none, or no better one. */
  problem: string | null = null;
  readonly #slots: Int32Array<SharedArrayBuffer>;
  readonly #events: SentinelEvents;
  readonly #waiting = new Map<
    number,
    { resolve: (report: Report) => void; reject: (error: Error) => void }
  >();
  #worker: Worker | null = null;
  #timer: NodeJS.Timeout | null = null;
  #restarts = 0;
  #startedAt = 0;
  #owed: Trigger | null = null;
  #lastRequestId = 0;
  #disposed = false;

  constructor(slots: Int32Array<SharedArrayBuffer>, events: SentinelEvents) {
    this.#slots = slots;
    this.#events = events;
    this.#start();
  }

  post(message: ToSentinel): void {
    this.#worker?.postMessage(message);
  }

  taskDone(requestId: number, index: number, outcome: TaskOutcome): void {
    this.post({ type: 'task-done', requestId, index, outcome });
  }

  /** Has the sentinel make a report and hand it over. Rejects with a GuruError if it dies meanwhile. */
  generate(): Promise<Report> {
    return new Promise((resolve, reject) => {
      const requestId = ++this.#lastRequestId;
      this.#waiting.set(requestId, { resolve, reject });
      this.post({ type: 'generate', requestId });
    });
  }

  /**
   * Has the sentinel end its inspector session, if it has one at the moment: with one open, Node would print a line at
   * exit and wait. Takes well below a millisecond, {@link LET_GO_MS} at most.
   */
  letGo(): void {
    Atomics.store(this.#slots, SLOT.EXITING, 1);
    if (Atomics.load(this.#slots, SLOT.CONNECTED) === 0) return;
    this.post({ type: 'exiting' });
    Atomics.wait(this.#slots, SLOT.CONNECTED, 1, LET_GO_MS);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    if (this.#timer) clearTimeout(this.#timer);
    this.#stop();
    this.#rejectWaiting('the autorun was disposed of');
  }

  /** Its triggers stop at once: from here on the signal has its default effect. The thread itself goes a little later. */
  #stop(): void {
    const worker = this.#worker;
    this.#worker = null;
    if (!worker) return;
    worker.postMessage({ type: 'stop' } satisfies ToSentinel);
    if (this.state === 'ready') Atomics.wait(this.#slots, SLOT.STOPPED, 0, LET_GO_MS);
    setTimeout(() => void worker.terminate(), LINGER_MS).unref();
  }

  #start(): void {
    this.#timer = null;
    this.#startedAt = performance.now();
    try {
      this.#worker = this.#spawn(this.#events.startWith());
      this.state = 'starting';
    } catch (error) {
      // Threads are forbidden (permission model) or exhausted.
      this.#gone(
        `the sentinel could not be started: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  #spawn(workerData: SentinelData): Worker {
    const worker = new Worker(new URL('../sentinel/worker.js', import.meta.url), {
      name: SENTINEL_NAME,
      workerData,
      // Not the application's: its preloads and NODE_OPTIONS are no business of this thread.
      execArgv: ['--expose-internals', '--no-warnings'],
      env: {},
      argv: [],
      stdin: false,
      // Captured and dropped: the sentinel prints by itself what is to be printed.
      stdout: true,
      stderr: true,
      // V8 does not give a young generation back once it has grown: with its usual size ten reports with heap snapshots left 10
      // to 60 MB more resident than with 4 MB (20.20). 12 leave no more of these, and 8 MB more of ten reports from memory, which
      // they make a tenth faster (100 MB, 10,000 functions): nearly all that is allocated meanwhile is garbage at once.
      resourceLimits: { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 12 },
    });
    let problem = 'the sentinel died: it ended';
    worker.on('message', (message: FromSentinel) => {
      if (this.#worker === worker) this.#receive(message);
    });
    worker.on('error', (error: unknown) => {
      problem = `the sentinel died: ${error instanceof Error ? error.message : String(error)}`;
    });
    worker.on('exit', () => {
      if (this.#worker === worker) this.#gone(problem);
    });
    worker.unref();
    return worker;
  }

  #receive(message: FromSentinel): void {
    switch (message.type) {
      case 'ready':
        this.state = 'ready';
        this.problem = message.signalProblem;
        this.#events.onReady(message.signalProblem);
        break;
      case 'due':
        this.#owed = message.trigger;
        break;
      case 'run-tasks':
        this.#events.onTasks(message.requestId, message);
        break;
      case 'generated':
        this.#settle(message.requestId)?.resolve(message.report);
        break;
      case 'generate-failed':
        this.#settle(message.requestId)?.reject(new GuruError('ERR_GURU_REPORT', message.message));
        break;
    }
  }

  #settle(
    requestId: number,
  ): { resolve: (report: Report) => void; reject: (error: Error) => void } | undefined {
    const waiting = this.#waiting.get(requestId);
    this.#waiting.delete(requestId);
    return waiting;
  }

  #gone(problem: string): void {
    this.#worker = null;
    this.problem = problem;
    Atomics.store(this.#slots, SLOT.CONNECTED, 0);
    Atomics.store(this.#slots, SLOT.REQUEST, 0);
    if (this.#disposed) return;
    if (performance.now() - this.#startedAt > HEALTHY_MS) this.#restarts = 0;
    const delay = RESTART_DELAYS_MS[this.#restarts++];
    const owed = this.#owed;
    this.#owed = null;
    if (delay === undefined) {
      this.state = 'lost';
    } else {
      this.state = 'down';
      this.#timer = setTimeout(() => this.#start(), delay);
      this.#timer.unref();
    }
    this.#rejectWaiting(problem);
    this.#events.onDown(this.state, owed);
  }

  #rejectWaiting(why: string): void {
    for (const { reject } of this.#waiting.values()) reject(new GuruError('ERR_GURU_REPORT', why));
    this.#waiting.clear();
  }
}
