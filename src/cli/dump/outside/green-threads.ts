import type { StacksOfThreads, ThreadStacks } from '../../../v8/collected-stacks.js';
import { mappingsWith, readMaps } from '../../../os/linux/memory-map.js';
import type { Pid } from '../../../os/pid.js';
import { stacks } from '../../../v8/await-graph/stacks.js';
import { collectStacks } from '../../../v8/collect-stacks.js';
import {
  type CollectedIsolate,
  collectIsolate,
  type IsolateTarget,
} from '../../../v8/memory/collect-isolate.js';
import { IsolateSearch } from '../../../v8/memory/isolate-of-thread.js';
import { type KnownProcess, type MemoryReader, openReader } from '../../../v8/memory/reader.js';
import { parkOutside, type ParkedOutside } from './park-outside.js';
import type { CapturedThreads, OutsideThread } from './threads.js';

export interface OutsideStacksOptions {
  /** How long a thread may be held up, ms; 0: none is. */
  maxPauseMs: number;
  /** When to give up, of `performance.now()`. */
  deadline: number;
  /** Hears for how long a thread was held up, ms; `null` where it could not be learnt. */
  onHeld: (thread: OutsideThread, ms: number | null) => void;
}

/** How long a thread is held up to see which isolate is its own, ms. */
const IDENTIFY_MS = 10;

/** The program has no sections and labels of ours. */
const NO_LABELS = { kind: 'null', hold: '() => {}', label: '() => []' };

/** Reads suspended functions from the memory of a process. One line why, where that cannot be. */
export async function stacksFromMemory(
  known: KnownProcess,
  threads: readonly OutsideThread[],
  options: OutsideStacksOptions,
): Promise<StacksOfThreads | { reason: string }> {
  const reader = openReader(known);
  if ('reason' in reader) return reader;
  try {
    const pages = reader.readPages();
    if ('reason' in pages) return pages;
    const pairs = await pairIsolates(reader, threads, pages.heaps, options);
    const all: ThreadStacks[] = [];
    for (const heap of pages.heaps)
      all.push(await collectOne(reader, heap, pairs.get(heap) ?? null, options));
    const paired = new Set(pairs.values());
    if (pages.heaps.length < threads.length) {
      const reason = 'which part of the memory is its own could not be told';
      for (const { thread } of threads.filter((one) => !paired.has(one))) {
        const { threadId, name } = thread;
        all.push({ threadId, name, collected: { outcome: 'skipped', reason } });
      }
    }
    return { threads: all, fallback: null };
  } finally {
    reader.close();
  }
}

/** Isolate (the address of its Heap) → the thread that runs it, as far as that can be told. */
async function pairIsolates(
  reader: MemoryReader,
  threads: readonly OutsideThread[],
  heaps: readonly number[],
  { maxPauseMs, onHeld }: OutsideStacksOptions,
): Promise<Map<number, OutsideThread>> {
  const pairs = new Map<number, OutsideThread>();
  if (threads.length === 1 && heaps.length === 1) return pairs.set(heaps[0]!, threads[0]!);
  const search = new IsolateSearch(reader, heaps);
  for (const one of threads) {
    if (one.tid === null) continue;
    // One that is in the midst of its JavaScript anyway shows its own; others do while they stand still.
    const parked = park(one, reader.known.pid, Math.min(maxPauseMs, IDENTIFY_MS));
    const entries = search.readEntries();
    if (parked) onHeld(one, await parked.held);
    const heap = search.isolateOf(one.thread.kind === 'main' ? one.tid : (one.innerTid ?? one.tid), entries);
    if (heap !== null) pairs.set(heap, one);
  }
  const isLeft = (heap: number): boolean => !pairs.has(heap);
  const main = threads.find(({ thread }) => thread.kind === 'main');
  if (main && ![...pairs.values()].includes(main)) {
    const inBreak = inProgramBreak(reader.known.pid, heaps);
    // Other threads have arenas of their own to allocate from (glibc), and the first one has this, always.
    if (inBreak.length === 1 && isLeft(inBreak[0]!)) pairs.set(inBreak[0]!, main);
  }
  const paired = new Set(pairs.values());
  const threadsLeft = threads.filter((one) => !paired.has(one));
  const heapsLeft = heaps.filter(isLeft);
  if (threadsLeft.length === 1 && heapsLeft.length === 1) pairs.set(heapsLeft[0]!, threadsLeft[0]!);
  return pairs;
}

function inProgramBreak(pid: Pid, heaps: readonly number[]): number[] {
  const mapping = mappingsWith(readMaps(pid) ?? '', 'rw-p').find(({ path }) => path === '[heap]');
  return mapping === undefined ? [] : heaps.filter((heap) => heap >= mapping.start && heap < mapping.end);
}

/** Those that do not answer stand still by themselves, in native code, and so do those in `Atomics.wait`. */
function canPark({ thread }: OutsideThread): boolean {
  const { cdp, reading } = thread;
  if (cdp === null || reading.outcome !== 'answered') return false;
  const innermost = reading.stack.frames[0];
  return innermost === undefined || innermost.file !== null || !innermost.function.endsWith('wait');
}

function park(one: OutsideThread, pid: Pid, ms: number): ParkedOutside | null {
  const { cdp } = one.thread;
  return ms === 0 || cdp === null || one.tid === null || !canPark(one)
    ? null
    : parkOutside(cdp, pid, one.tid, ms);
}

async function collectOne(
  reader: MemoryReader,
  heap: number,
  one: OutsideThread | null,
  { maxPauseMs, deadline, onHeld }: OutsideStacksOptions,
): Promise<ThreadStacks> {
  const threadId = one?.thread.threadId ?? null;
  const name = one?.thread.name || String(one?.tid ?? 'unknown');
  let parked: ParkedOutside | null = null;
  const stop: IsolateTarget['park'] = () => {
    if (maxPauseMs === 0) return { reason: 'not confirmed, as no thread was held up (maxPause is 0)' };
    parked = one && park(one, reader.known.pid, maxPauseMs);
    if (parked === null) return { reason: 'not confirmed, as the thread could not be held up' };
    return { until: parked.until, release: () => {} }; // it goes on by itself
  };
  // Whom nobody can hold up may stand still by itself: if not, that is seen from what has changed meanwhile.
  const stands = one === null || !canPark(one);
  const collected = collectIsolate(reader, { heap, park: stands ? null : stop }, { deadline });
  const held = parked as ParkedOutside | null;
  const heldMs = held === null ? 0 : await held.held;
  if (one !== null && held !== null) onHeld(one, heldMs);
  if ('reason' in collected) return { threadId, name, collected: { outcome: 'skipped', ...collected } };
  return { threadId, name, collected: describe(collected, heldMs ?? maxPauseMs) };
}

function describe({ graph, problems }: CollectedIsolate, heldMs: number): ThreadStacks['collected'] {
  return {
    outcome: 'collected',
    collector: 'memory',
    stacks: stacks(graph),
    labels: new Map(),
    problems,
    heldMs,
  };
}

/** From heap snapshots, whatever they cost, one thread after the other. */
export async function stacksFromSnapshots(
  { threads, problem }: CapturedThreads,
  { deadline, onHeld }: Pick<OutsideStacksOptions, 'deadline' | 'onHeld'>,
): Promise<StacksOfThreads> {
  const all: ThreadStacks[] = [];
  for (const one of threads) {
    const { threadId, name } = one.thread;
    const collected = await fromSnapshot(one.thread, problem, deadline);
    if (collected.outcome === 'collected') onHeld(one, collected.heldMs);
    all.push({ threadId, name, collected });
  }
  return { threads: all, fallback: null };
}

async function fromSnapshot(
  { cdp, reading }: OutsideThread['thread'],
  problem: string | null,
  deadline: number,
): Promise<ThreadStacks['collected']> {
  if (reading.outcome === 'silent')
    return { outcome: 'skipped', reason: 'the thread is in native code and cannot be asked for a snapshot' };
  if (cdp === null || reading.outcome === 'not-asked') {
    const why =
      reading.outcome === 'not-asked' ? reading.reason : (problem ?? 'there is no session of its inspector');
    return { outcome: 'skipped', reason: `no snapshot: ${why}` };
  }
  try {
    const timeoutMs = deadline - performance.now();
    return await collectStacks(cdp, { labels: NO_LABELS, maxHeap: null, timeoutMs });
  } catch (error) {
    // It ended midway, say.
    return { outcome: 'skipped', reason: error instanceof Error ? error.message : String(error) };
  }
}
