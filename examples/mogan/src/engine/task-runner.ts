import type { EngineSettings } from '../config-schema.js';
import type { Log } from '../log.js';
import type { FromEngine, StepName, Task, TaskResult } from '../protocol.js';
import { retry } from '../retry.js';
import { secondsSince, type TaskEntry } from '../tasks-section.js';
import { injectFault } from './faults.js';
import { STEPS, type Job, type Step } from './steps.js';

/** A task that an engine has at hand. */
interface RunningTask {
  task: Task;
  step: StepName | null;
  attempt: number;
  /** Of `performance.now()`. */
  startedAt: number;
  controller: AbortController;
}

/** Runs the tasks of one engine, all at the same time, and reports on them. */
export class TaskRunner {
  readonly #settings: EngineSettings;
  readonly #log: Log;
  readonly #report: (message: FromEngine) => void;
  readonly #running = new Map<string, RunningTask>();

  constructor(settings: EngineSettings, log: Log, report: (message: FromEngine) => void) {
    this.#settings = settings;
    this.#log = log;
    this.#report = report;
  }

  /** What it has at hand, for this process's reports. */
  get entries(): TaskEntry[] {
    return [...this.#running.values()].map(
      ({ task: { id, serverName: server, action }, step, attempt, startedAt }) => {
        return {
          id,
          server,
          action,
          enginePid: process.pid,
          step,
          attempt,
          secondsRunning: secondsSince(startedAt),
        };
      },
    );
  }

  /** Settles when the task is done, failed or cancelled; never rejects. A cancelled task is not reported on. */
  async run(task: Task): Promise<void> {
    const controller = new AbortController();
    const running: RunningTask = { task, step: null, attempt: 0, startedAt: performance.now(), controller };
    this.#running.set(task.id, running);
    try {
      const result = await this.#runSteps(running);
      this.#report({ type: 'done', id: task.id, result });
    } catch (error) {
      if (controller.signal.aborted) return;
      const reason = `${running.step}: ${messageOf(error)}`;
      this.#log.warn(`${task.action} of ${task.serverName} failed: ${reason}`);
      this.#report({ type: 'failed', id: task.id, reason });
    } finally {
      this.#running.delete(task.id);
    }
  }

  cancel(id: string): void {
    this.#running.get(id)?.controller.abort(new Error('cancelled'));
  }

  cancelAll(): void {
    for (const id of this.#running.keys()) this.cancel(id);
  }

  async #runSteps(running: RunningTask): Promise<TaskResult> {
    const { task } = running;
    const job: Job = { task, settings: this.#settings, node: task.node, powerState: 'off' };
    for (const step of STEPS[task.action]) await this.#runStep(step, job, running);
    const { node, powerState, imageChecksum } = job;
    return imageChecksum === undefined ? { node, powerState } : { node, powerState, imageChecksum };
  }

  async #runStep(step: Step, job: Job, running: RunningTask): Promise<void> {
    const { step_attempts: attempts, step_timeout: timeout, retry_delay: delay } = this.#settings;
    const { signal } = running.controller;
    const onRetry = (error: unknown, attempt: number): void => {
      this.#log.info(
        `${job.task.serverName}: ${step.name}, attempt ${attempt} of ${attempts}: ${messageOf(error)}`,
      );
    };
    await retry(
      async (attempt, attemptSignal) => {
        running.step = step.name;
        running.attempt = attempt;
        this.#log.debug(`${job.task.serverName}: ${step.name}, attempt ${attempt}`);
        this.#report({ type: 'progress', id: job.task.id, step: step.name, attempt });
        if (this.#settings.inject_faults) {
          await injectFault(job.task.serverName, step.name, attempt, attemptSignal);
        }
        await step.run(job, attemptSignal);
      },
      { attempts, timeout, delay, signal, onRetry },
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
