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
