import type { ReadMachineStack, ThreadCapture } from '../inspector/capture-threads.js';
import type { StacksOfThreads } from '../v8/collected-stacks.js';
import type { JsonValue } from '../report/json.js';
import type { SectionStatus } from '../report/schema.js';

/** A registered section, as far as the sentinel must know it while the main thread is blocked. */
export interface SectionEntry {
  id: number;
  title: string;
  views: ('text' | 'xml')[];
}

/** What can be asked of the main thread: a section's model, or what the section's own view makes of it. */
export type Task =
  | { kind: 'model'; sectionId: number }
  | { kind: 'view'; sectionId: number; view: 'text' | 'xml'; model: JsonValue };

export interface TaskOutcome {
  status: SectionStatus;
  /** Present whenever `status` is not `ok`. */
  reason?: string;
  value: JsonValue;
  /** How long the task held the main thread up, ms. */
  heldMs: number;
}

/** Where the main thread's agent is found on `globalThis`. The number is that of its interface; they change together. */
export const AGENT_KEY = 'guru-meditation.agent.1';

/** How long synchronous code of one section may hold the main thread up, ms. */
export const SECTION_HOLD_MS = 500;

/** What an interrupt answers that came while the main thread was at a task already: it is to come again. */
export const BUSY = 'busy';

/** Id of the built-in Configuration section among the sections that the main thread generates. */
export const CONFIGURATION_ID = 0;

/**
 * The main thread as the report's generators see it: from the sentinel, where it may be busy or blocked, or from the
 * main thread itself, where there is no sentinel. No method rejects.
 */
export interface MainThreadAccess {
  /** The stacks of the main thread and of all workers, in bounded time. */
  captureThreads(): Promise<ThreadCapture>;
  /**
   * The stacks of suspended functions of the threads of the last {@link captureThreads} that answered, one thread after
   * the other, and where they are read from memory those of the others too.
   */
  collectStacks(options: CollectStacksOptions): Promise<StacksOfThreads>;
  /** Reads stacks of threads that do not answer from their memory; `null` where that cannot be. */
  openMachineStacks(): Promise<ReadMachineStack | null>;
  /**
   * Runs tasks in the main thread and resolves with one outcome a task, in their order, within `budgetMs`.
   * Where the main thread cannot run them, the outcome says why.
   */
  runTasks(tasks: readonly Task[], budgetMs: number): Promise<TaskOutcome[]>;
  /** Lets the main thread go. Idempotent. */
  close(): void;
}

export interface CollectStacksOptions {
  /** `auto`: from memory, and where that cannot be, from snapshots of small heaps. */
  from: 'auto' | 'memory' | 'snapshot';
  /** How long a thread may be held up while its memory is copied, ms. */
  maxPauseMs: number;
  /** Bytes of heap in use above which no snapshot is taken of a thread; `null` for no limit. */
  maxHeap: number | null;
  /** For all threads together, ms. */
  timeoutMs: number;
}

/** A task that gave nothing, and why. */
export function failedTask(status: Exclude<SectionStatus, 'ok'>, reason: string, heldMs = 0): TaskOutcome {
  return { status, reason, value: null, heldMs };
}
