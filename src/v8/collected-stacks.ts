import type { SuspendedFunction } from './await-graph/await-graph.js';
import type { AwaitStack } from './await-graph/stacks.js';

/** What came of the suspended functions of one thread. */
export type CollectedStacks =
  | {
      outcome: 'collected';
      collector: 'memory' | 'snapshot';
      stacks: AwaitStack[];
      /** What the application calls the requests that they serve. */
      labels: ReadonlyMap<SuspendedFunction, string>;
      /** What is not certain or not whole, one line each. */
      problems: string[];
      /** How long the thread was stopped, ms; seen from outside, at most a little more than it was. */
      heldMs: number;
    }
  | { outcome: 'skipped'; reason: string };

export interface StacksOfThreads {
  threads: ThreadStacks[];
  /** Why snapshots were asked for where memory was to be read; `null` where they were not. */
  fallback: string | null;
}

/** What came of one thread. */
export interface ThreadStacks {
  /** Node's thread id; `null` where it could not be learnt. */
  threadId: number | null;
  name: string;
  collected: CollectedStacks;
}
