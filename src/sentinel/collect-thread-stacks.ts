import { AGENT_KEY, type CollectStacksOptions, type ThreadStacks } from '../generation/main-thread-access.js';
import type { JsThread } from '../inspector/capture-threads.js';
import type { LabelSource } from '../v8/await-graph/context-labels.js';
import { collectStacks, type CollectedStacks } from '../v8/collect-stacks.js';

/** The thread's agent knows them, if it has one. */
const AGENT = `globalThis[Symbol.for(${JSON.stringify(AGENT_KEY)})]`;
const LABELS: LabelSource = {
  kind: `${AGENT}?.labels.holders ?? null`,
  hold: `(held, candidates) => ${AGENT}?.labels.hold(held, candidates)`,
  label: `(held, indices) => ${AGENT}?.labels.label(held, indices) ?? []`,
};

/** Collects the stacks of one thread after the other, so that one snapshot is held at a time. Never rejects. */
export async function collectThreadStacks(
  threads: readonly JsThread[],
  { maxHeap, timeoutMs }: CollectStacksOptions,
): Promise<ThreadStacks[]> {
  const deadline = performance.now() + timeoutMs;
  const all: ThreadStacks[] = [];
  for (const { kind, threadId, name, reading, cdp } of threads) {
    if (kind === 'sentinel') continue;
    const skipped = (reason: string): CollectedStacks => ({ outcome: 'skipped', reason });
    let collected: CollectedStacks;
    if (reading.outcome === 'silent') {
      collected = skipped('the thread is in native code and cannot be asked for a snapshot');
    } else if (reading.outcome === 'not-asked' || cdp === null) {
      collected = skipped(reading.outcome === 'not-asked' ? reading.reason : 'the thread cannot be asked');
    } else {
      try {
        collected = await collectStacks(cdp, {
          labels: LABELS,
          maxHeap,
          timeoutMs: deadline - performance.now(),
        });
      } catch (error) {
        // It ended midway, say, or ran out of what the reader may use.
        collected = skipped(error instanceof Error ? error.message : String(error));
      }
    }
    all.push({ threadId, name, collected });
  }
  return all;
}
