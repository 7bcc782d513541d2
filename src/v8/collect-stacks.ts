import { captureStack } from '../inspector/capture-stack.js';
import { answerWithin, type Cdp, NO_ANSWER } from '../inspector/cdp.js';
import type { SuspendedFunction } from './await-graph/await-graph.js';
import {
  type ContextKind,
  holdContexts,
  type LabelSource,
  readLabels,
} from './snapshot-questions/context-labels.js';
import { takeHeapSnapshot, whilePaused } from '../inspector/heap-snapshot.js';
import {
  confirmPositions,
  heldObjectId,
  type HeldFunctions,
  holdFunctions,
  releaseFunctions,
} from './snapshot-questions/positions.js';
import { readSnapshot } from './snapshot-heap/read.js';
import { stacks } from './await-graph/stacks.js';
import type { CollectedStacks } from './collected-stacks.js';
import { createSnapshotReader } from './heap-snapshot/reader.js';

export interface CollectOptions {
  /** Bytes of heap in use above which no snapshot is taken; `null` for no limit. */
  maxHeap: number | null;
  /** How long all of it may take, ms. */
  timeoutMs: number;
  /** Where the looked-at thread keeps the application's labels. */
  labels: LabelSource;
}

/** Milliseconds that a snapshot stops its thread for each MB of small objects: 94 to 138 on 20.20. */
const PAUSE_PER_MB = 120;

/** What of the time may be spent on asking for positions, ms; 100,000 functions take some 4,000 (26.10). */
const POSITIONS_MS = 1000;
const FORCED_POSITIONS_MS = 20_000;

const MB = 1e6;

/**
 * The stacks of suspended functions of one thread, from a heap snapshot that is read as it comes.
 *
 * @throws {CdpError} if the thread ends or refuses; {@link SnapshotError} if what comes is no snapshot.
 */
export async function collectStacks(cdp: Cdp, options: CollectOptions): Promise<CollectedStacks> {
  const started = performance.now();
  const left = (): number => options.timeoutMs - (performance.now() - started);
  const used = await answerWithin(heapUsed(cdp), left());
  if (used === NO_ANSWER) return { outcome: 'skipped', reason: 'the thread did not answer' };
  const refusal = refuse(used, options);
  if (refusal !== null) return { outcome: 'skipped', reason: refusal };

  // With JavaScript on its stack it cannot run microtasks, and must be paused for its snapshot.
  const now = await answerWithin(captureStack(cdp), left());
  if (now === NO_ANSWER) return { outcome: 'skipped', reason: 'the thread did not answer' };
  const collecting = collect(cdp, now.frames.length > 0, options, left);
  const collected = await answerWithin(collecting, left());
  if (collected !== NO_ANSWER) return collected;
  collecting.catch(() => {}); // given up on
  const reason = `the snapshot of ${megabytes(used)} of heap was not read within ${Math.round(options.timeoutMs)} ms`;
  return { outcome: 'skipped', reason };
}

/** Why the snapshot is not taken, in one line; `null` if it is. */
function refuse(used: number, { maxHeap, timeoutMs }: CollectOptions): string | null {
  const pauseMs = (used / MB) * PAUSE_PER_MB;
  const cost = `${megabytes(used)} of heap are in use, a snapshot would stop the thread for some ${seconds(pauseMs)}`;
  if (maxHeap !== null && used > maxHeap) {
    return `${cost}, and the limit (greenThreadsMaxHeap) is ${megabytes(maxHeap)}; greenThreads: 'snapshot' takes it all the same`;
  }
  if (pauseMs > timeoutMs) return `${cost}, and ${seconds(timeoutMs)} are left until the deadline`;
  return null;
}

async function heapUsed(cdp: Cdp): Promise<number> {
  return (await cdp.post<{ usedSize: number }>('Runtime.getHeapUsage')).usedSize;
}

async function collect(
  cdp: Cdp,
  busy: boolean,
  options: CollectOptions,
  left: () => number,
): Promise<CollectedStacks> {
  const started = performance.now();
  const reader = createSnapshotReader();
  let held: HeldFunctions | null = null;
  let contexts: ContextKind = null;
  const take = async (): Promise<void> => {
    held = await holdFunctions(cdp);
    if (held) contexts = await holdContexts(cdp, held, options.labels);
    await takeHeapSnapshot(cdp, (chunk) => reader.write(chunk));
  };
  try {
    await (busy ? whilePaused(cdp, take) : take());
    const stoppedMs = performance.now() - started;
    const graph = readSnapshot(reader.end(), held ? { held: await heldObjectId(cdp, held) } : {});
    const asked = performance.now();
    // A busy thread runs no microtasks, which asking the held functions takes.
    const { unconfirmed } = await confirmPositions(cdp, graph, busy ? null : held, {
      budgetMs: Math.min(options.maxHeap === null ? FORCED_POSITIONS_MS : POSITIONS_MS, left() / 2),
    });
    const labels = held
      ? await readLabels(cdp, graph, held, options.labels, contexts)
      : new Map<SuspendedFunction, string>();
    const heldMs = stoppedMs + (performance.now() - asked);
    const found = stacks(graph);
    const problems: string[] = [];
    if (found.length > 0 && unconfirmed > 0)
      problems.push(`the exact place of ${unconfirmed} functions could not be asked in time`);
    if (graph.cut !== null) problems.push(graph.cut);
    return { outcome: 'collected', collector: 'snapshot', stacks: found, labels, problems, heldMs };
  } finally {
    await releaseFunctions(cdp, held).catch(() => {}); // a closed session has done so already
  }
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e5) / 10} MB`;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
