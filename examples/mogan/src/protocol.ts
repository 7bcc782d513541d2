/** What mogan-api and its engines say to each other, over the channel of `child_process.fork`. */

export type PowerState = 'on' | 'off';

export type Action = 'build' | 'power on' | 'power off';

export type StepName = 'allocate' | 'checksum' | 'deploy' | 'power on' | 'power off';

/** Work for an engine. A server has one task at most, so the server's id serves as the task's. */
export interface Task {
  id: string;
  action: Action;
  serverName: string;
  image: string;
  /** The machine; `null` until a build has allocated one. */
  node: string | null;
}

/** What a task brought about. */
export interface TaskResult {
  node: string | null;
  powerState: PowerState;
  /** SHA-256 in hexadecimal; only builds have one. */
  imageChecksum?: string;
}

export type ToEngine = { type: 'run'; task: Task } | { type: 'cancel'; id: string } | { type: 'stop' };

export type FromEngine =
  | { type: 'ready' }
  | { type: 'progress'; id: string; step: StepName; attempt: number }
  | { type: 'done'; id: string; result: TaskResult }
  | { type: 'failed'; id: string; reason: string };
