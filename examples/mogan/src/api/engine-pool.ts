import type { Log } from '../log.js';
import type { FromEngine, StepName, Task, TaskResult } from '../protocol.js';
import { EngineProcess } from './engine-process.js';

/** An engine that lived less than this failed to start, and the next one waits a little. */
const SHORT_LIFE_MS = 5000;
const FIRST_RESTART_DELAY_MS = 100;
const LONGEST_RESTART_DELAY_MS = 5000;

/** Hears what becomes of the tasks. */
export interface TaskListener {
  /** The engine that had it died; another gets it. */
  onWaiting(id: string): void;
  onProgress(id: string, step: StepName, attempt: number, enginePid: number): void;
  onDone(id: string, result: TaskResult): void;
  onFailed(id: string, reason: string): void;
}

export interface EnginePoolOptions extends TaskListener {
  workers: number;
  /** A task is given up when so many engines have died while they had it. */
  maxDispatches: number;
  script: string;
  args: string[];
  log: Log;
}

/** What `/healthz` tells of an engine. */
export interface EngineStatus {
  pid: number | null;
  ready: boolean;
  tasks: number;
}

/** A fixed number of engines. Tasks go round robin; those of an engine that died go to the next one. */
export class EnginePool {
  readonly #options: EnginePoolOptions;
  readonly #engines: EngineProcess[] = [];
  /** Tasks for which there was no engine. */
  readonly #waiting: Task[] = [];
  readonly #deaths = new Map<string, number>();
  readonly #restarts = new Set<NodeJS.Timeout>();
  #next = 0;
  #shortLives = 0;
  #stopping = false;

  constructor(options: EnginePoolOptions) {
    this.#options = options;
    for (let number = 0; number < options.workers; number++) this.#start();
  }

  get status(): EngineStatus[] {
    return this.#engines.map(({ pid, ready, tasks }) => ({ pid, ready, tasks: tasks.size }));
  }

  submit(task: Task): void {
    const ready = this.#engines.filter((engine) => engine.ready);
    const engine = ready[this.#next++ % ready.length];
    if (engine === undefined) this.#waiting.push(task);
    else engine.run(task);
  }

  cancel(id: string): void {
    const place = this.#waiting.findIndex((task) => task.id === id);
    if (place !== -1) this.#waiting.splice(place, 1);
    for (const engine of this.#engines) engine.cancel(id);
    this.#deaths.delete(id);
  }

  /** Stops all engines; those that have not ended after `timeout` seconds are killed. Tasks are not waited for. */
  async stop(timeout: number): Promise<void> {
    this.#stopping = true;
    for (const timer of this.#restarts) clearTimeout(timer);
    await Promise.all(this.#engines.map((engine) => engine.stop(timeout)));
  }

  #start(): void {
    const { script, args } = this.#options;
    const engine = new EngineProcess({
      script,
      args,
      onMessage: (message, sender) => this.#hear(message, sender),
      onExit: (deceased, cause) => this.#replace(deceased, cause),
    });
    this.#engines.push(engine);
    this.#options.log.info(`engine ${engine.pid} started`);
  }

  #hear(message: FromEngine, engine: EngineProcess): void {
    switch (message.type) {
      case 'ready':
        engine.ready = true;
        for (const task of this.#waiting.splice(0)) this.submit(task);
        break;
      case 'progress':
        this.#options.onProgress(message.id, message.step, message.attempt, engine.pid ?? 0);
        break;
      case 'done':
        this.#forget(message.id, engine);
        this.#options.onDone(message.id, message.result);
        break;
      case 'failed':
        this.#forget(message.id, engine);
        this.#options.onFailed(message.id, message.reason);
        break;
    }
  }

  #forget(id: string, engine: EngineProcess): void {
    engine.tasks.delete(id);
    this.#deaths.delete(id);
  }

  #replace(engine: EngineProcess, cause: string): void {
    this.#engines.splice(this.#engines.indexOf(engine), 1);
    if (this.#stopping) return;
    const delay = this.#restartDelay(performance.now() - engine.startedAt);
    this.#options.log.warn(`engine ${engine.pid} ended (${cause}), starting another in ${delay} ms`);
    const timer = setTimeout(() => {
      this.#restarts.delete(timer);
      this.#start();
    }, delay);
    this.#restarts.add(timer);
    for (const task of engine.tasks.values()) this.#rescue(task, `engine ${engine.pid} ended: ${cause}`);
  }

  #restartDelay(livedMs: number): number {
    this.#shortLives = livedMs < SHORT_LIFE_MS ? this.#shortLives + 1 : 0;
    if (this.#shortLives === 0) return 0;
    return Math.min(FIRST_RESTART_DELAY_MS * 2 ** (this.#shortLives - 1), LONGEST_RESTART_DELAY_MS);
  }

  #rescue(task: Task, reason: string): void {
    const deaths = (this.#deaths.get(task.id) ?? 0) + 1;
    this.#deaths.set(task.id, deaths);
    if (deaths < this.#options.maxDispatches) {
      this.#options.onWaiting(task.id);
      this.submit(task);
      return;
    }
    this.#deaths.delete(task.id);
    this.#options.onFailed(task.id, reason);
  }
}
