import { fork, type ChildProcess } from 'node:child_process';
import type { FromEngine, Task, ToEngine } from '../protocol.js';

/** How to start an engine, and whom to tell what becomes of it. */
export interface EngineProcessOptions {
  script: string;
  args: string[];
  onMessage: (message: FromEngine, engine: EngineProcess) => void;
  /** Called once; `cause` says how it ended. The tasks it had are still in `tasks`. */
  onExit: (engine: EngineProcess, cause: string) => void;
}

/** One engine, from fork to exit. */
export class EngineProcess {
  readonly tasks = new Map<string, Task>();
  readonly startedAt = performance.now();
  ready = false;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;

  constructor({ script, args, onMessage, onExit }: EngineProcessOptions) {
    const child = fork(script, args);
    this.#child = child;
    const ended = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
      // Where fork fails there is an `error` and no `exit`; other errors are those of `send`, and `exit` follows.
      child.on('error', (error) => (child.pid === undefined ? resolve(error.message) : undefined));
    });
    child.on('message', (message) => onMessage(message as FromEngine, this));
    this.#exited = ended.then((cause) => {
      this.ready = false;
      onExit(this, cause);
    });
  }

  /** `null` where it could not be forked. */
  get pid(): number | null {
    return this.#child.pid ?? null;
  }

  run(task: Task): void {
    this.tasks.set(task.id, task);
    this.#send({ type: 'run', task });
  }

  cancel(id: string): void {
    if (this.tasks.delete(id)) this.#send({ type: 'cancel', id });
  }

  /** Asks it to stop, makes it after `timeout` seconds, and resolves once it is gone. */
  async stop(timeout: number): Promise<void> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), timeout * 1000);
    this.#send({ type: 'stop' });
    await this.#exited;
    clearTimeout(timer);
  }

  #send(message: ToEngine): void {
    // A failure means that the engine is dying: its exit is what is dealt with.
    if (this.#child.connected) this.#child.send(message, () => {});
  }
}
