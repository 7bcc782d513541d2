import { AGENT_KEY, type CollectStacksOptions } from '../generation/main-thread-access.js';
import type { StacksOfThreads, ThreadStacks } from '../v8/collected-stacks.js';
import type { JsThread } from '../inspector/capture-threads.js';
import { collectStacks } from '../v8/collect-stacks.js';
import type { CollectedStacks } from '../v8/collected-stacks.js';
import type { LabelSource } from '../v8/snapshot-questions/context-labels.js';
import type { MemoryCollector } from './collect-from-memory.js';

/** The thread's agent knows them, if it has one. */
const AGENT = `globalThis[Symbol.for(${JSON.stringify(AGENT_KEY)})]`;
const LABELS: LabelSource = {
  kind: `${AGENT}?.labels.holders ?? null`,
  hold: `(held, candidates) => ${AGENT}?.labels.hold(held, candidates)`,
  label: `(held, indices) => ${AGENT}?.labels.label(held, indices) ?? []`,
};

/**
 * Collects the stacks of one thread after the other: from memory, and where that cannot be, from heap snapshots, if the
 * options allow that. Never rejects.
 */
export async function collectThreadStacks(
  threads: readonly JsThread[],
  memory: MemoryCollector,
  { from, maxHeap, maxPauseMs, timeoutMs }: CollectStacksOptions,
): Promise<StacksOfThreads> {
  const deadline = performance.now() + timeoutMs;
  if (from === 'snapshot')
    return { threads: await fromSnapshots(threads, maxHeap, deadline), fallback: null };
  const read = await memory.collect(threads, { maxPauseMs, timeoutMs });
  if ('reason' in read) {
    if (from === 'auto' && !memory.isExiting)
      return { threads: await fromSnapshots(threads, maxHeap, deadline), fallback: read.reason };
    const collected = { outcome: 'skipped', reason: read.reason } as const;
    const left = threads.filter(({ kind }) => kind !== 'sentinel');
    return { threads: left.map(({ threadId, name }) => ({ threadId, name, collected })), fallback: null };
  }
  if (from === 'memory' || memory.isExiting) return { threads: read, fallback: null };
  // Single threads whose memory could not be read.
  let fallback: string | null = null;
  const all: ThreadStacks[] = [];
  for (const one of read) {
    const thread = threads.find(({ threadId, kind }) => kind !== 'sentinel' && threadId === one.threadId);
    if (one.collected.outcome === 'collected' || thread === undefined) {
      all.push(one);
      continue;
    }
    fallback ??= `of thread ${one.threadId}: ${one.collected.reason}`;
    all.push(...(await fromSnapshots([thread], maxHeap, deadline)));
  }
  return { threads: all, fallback };
}

/** One thread after the other, so that one snapshot is held at a time. */
async function fromSnapshots(
  threads: readonly JsThread[],
  maxHeap: number | null,
  deadline: number,
): Promise<ThreadStacks[]> {
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
