/** The messages between the main thread and its sentinel. Every one is structured-clonable. */
import type { Settings } from '../config/options.js';
import type { SectionEntry, Task, TaskOutcome } from '../generation/main-thread-access.js';
import type { ProcessFacts } from '../sections/package.js';
import type { Report, Trigger } from '../report/schema.js';

/** `workerData` of the sentinel. */
export interface SentinelData {
  slots: Int32Array<SharedArrayBuffer>;
  settings: Settings;
  facts: ProcessFacts;
  sections: SectionEntry[];
  /** When the triggers were asked for, ms since the epoch: what comes later counts. */
  since: number;
  /** As of the earlier sentinel, if there was one. */
  lastConfiguration: TaskOutcome | null;
}

export type ToSentinel =
  | { type: 'configure'; settings: Settings }
  | { type: 'sections'; sections: SectionEntry[] }
  /** The configuration as it was when the sentinel got ready: shown when the main thread cannot be asked. */
  | { type: 'configuration'; outcome: TaskOutcome }
  /** The main thread has seen `count` signals since set-up; the sentinel takes up those it did not see itself. */
  | { type: 'signals-seen'; count: number }
  | { type: 'generate'; requestId: number }
  | { type: 'task-done'; requestId: number; index: number; outcome: TaskOutcome }
  /** The process exits, or the sentinel is to go: let the main thread go at once. */
  | { type: 'exiting' }
  /** The set-up was disposed of: no trigger counts any more. */
  | { type: 'stop' };

export type FromSentinel =
  | { type: 'ready'; signalProblem: string | null }
  /** A report for this trigger is under way or waits its turn; `null` when none is any more. */
  | { type: 'due'; trigger: Trigger | null }
  | { type: 'run-tasks'; requestId: number; tasks: Task[]; budgetMs: number }
  | { type: 'generated'; requestId: number; report: Report }
  | { type: 'generate-failed'; requestId: number; message: string };
