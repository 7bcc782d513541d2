import { AGENT_KEY } from '../generation/main-thread-access.js';
import type { JsThread, ReadMachineStack } from '../inspector/capture-threads.js';
import { answerWithin, type Cdp, evaluate } from '../inspector/cdp.js';
import { type ParkedThread, parkThread, type ParkingWords } from '../inspector/park.js';
import type { SuspendedFunction } from '../v8/await-graph/await-graph.js';
import { stacks } from '../v8/await-graph/stacks.js';
import type { ThreadStacks } from '../v8/collected-stacks.js';
import { type Calibration, calibrate } from '../v8/memory/calibrate.js';
import { type CollectedIsolate, collectIsolate, type IsolateTarget } from '../v8/memory/collect-isolate.js';
import { IsolateSearch } from '../v8/memory/isolate-of-thread.js';
import { learnProcess, type MemoryReader, openReader, ReadingStopped } from '../v8/memory/reader.js';
import { rehearse } from '../v8/memory/rehearse.js';
import { readNativeStacks } from '../v8/read-native-stacks.js';
import { readLabels } from './read-labels.js';
import { SLOT } from './slots.js';

export interface MemoryOptions {
  /** How long a thread may be held up, ms; 0: none is. */
  maxPauseMs: number;
  /** For all threads together, ms. */
  timeoutMs: number;
}

/** How long a thread that takes interrupts may take to come to one, ms. */
const PARK_WAIT_MS = 1000;
/** Asking a worker for its anchor, ms. */
const ANCHOR_MS = 500;
const NOT_HELD = 'not confirmed, as no thread was held up (maxPause is 0)';
/** How often it is calibrated, if it fails: it may be for want of time. */
const MAX_CALIBRATIONS = 3;

/**
 * V8 drops what it has compiled for kinds of objects (hidden classes) of which a collection finds none, and a report that comes after it
 * takes up to twice as long (20.20). So what the last heap was read with is held on to, if it has no more functions than this.
 */
const MOST_HELD = 20_000;

/** Reads suspended functions of all threads from this process's own memory. One for each sentinel. */
export class MemoryCollector {
  readonly #words: ParkingWords;
  #calibration: Promise<Calibration | { reason: string }> | null = null;
  #calibrations = 0;
  #hasRead = false;
  /** One at most. */
  readonly #held: CollectedIsolate[] = [];

  constructor(slots: Int32Array<SharedArrayBuffer>) {
    const key = JSON.stringify(AGENT_KEY);
    // Workers have it from the environment data of the thread that started them.
    const expression = `globalThis[Symbol.for(${key})]?.slots ?? process.getBuiltinModule('worker_threads').getEnvironmentData(${key})`;
    this.#words = { array: slots, at: SLOT.PARKING, expression };
  }

  /** The process exits: nothing more is to be begun. */
  get isExiting(): boolean {
    return Atomics.load(this.#words.array, SLOT.EXITING) === 1;
  }

  /** A report has been read from memory, or is being read. */
  get hasRead(): boolean {
    return this.#hasRead;
  }

  /**
   * Does what a report does, on the heap of this thread, so that the first report need not wait for V8 to compile all of it. Never rejects: what
   * fails here will be told in the report.
   *
   * @param mayGoOn asked between steps of some 200 ms, where a report that was asked for is made first
   */
  async rehearse(mayGoOn: () => boolean): Promise<void> {
    const calibration = await this.#calibrate();
    if ('reason' in calibration) return;
    const mayRehearse = (): boolean => mayGoOn() && !this.#hasRead;
    try {
      const collected = await rehearse(calibration, mayRehearse, () => this.isExiting);
      if (collected !== null && !this.#hasRead) this.#hold(collected);
    } catch {
      // A report tells what cannot be read, and why.
    }
  }

  /** `reason`, in one line, where memory cannot be read at all, or not as it must be. */
  async collect(
    threads: readonly JsThread[],
    options: MemoryOptions,
  ): Promise<ThreadStacks[] | { reason: string }> {
    this.#hasRead = true;
    const deadline = performance.now() + options.timeoutMs;
    const calibration = await this.#calibrate();
    if ('reason' in calibration) return calibration;
    const reader = openReader(calibration.known, () => this.isExiting);
    if ('reason' in reader) return reader;
    try {
      return await this.#collectAll(reader, calibration.ownHeap, threads, options, deadline);
    } catch (error) {
      return { reason: error instanceof ReadingStopped ? error.message : describeFault(error) };
    } finally {
      reader.close();
    }
  }

  /** `null` where memory cannot be read. */
  async openMachineStacks(): Promise<ReadMachineStack | null> {
    const calibration = await this.#calibrate();
    return 'reason' in calibration ? null : readNativeStacks(calibration.known);
  }

  async #calibrate(): Promise<Calibration | { reason: string }> {
    if (this.#calibration === null) {
      this.#calibrations++;
      this.#calibration = learnAndCalibrate(() => this.isExiting);
    }
    const pending = this.#calibration;
    const calibration = await pending;
    const isLast = this.#calibrations >= MAX_CALIBRATIONS;
    if ('reason' in calibration && !isLast && this.#calibration === pending) this.#calibration = null;
    return calibration;
  }

  async #collectAll(
    reader: MemoryReader,
    ownHeap: number,
    threads: readonly JsThread[],
    { maxPauseMs }: MemoryOptions,
    deadline: number,
  ): Promise<ThreadStacks[] | { reason: string }> {
    const pages = reader.readPages();
    if ('reason' in pages) return pages;
    const isolates = new Set(pages.heaps.filter((heap) => heap !== ownHeap));
    const left = new Set(threads.filter(({ kind }) => kind !== 'sentinel'));
    const all: ThreadStacks[] = [];
    for (const { thread, heap, heldMs } of await this.#pair(
      reader,
      [...left],
      isolates,
      maxPauseMs,
      deadline,
    )) {
      left.delete(thread);
      isolates.delete(heap);
      all.push(await this.#collectThread(reader, thread, heap, heldMs, maxPauseMs, deadline));
    }
    // Isolates whose threads could not be told: those behind a main thread that does not answer.
    for (const heap of isolates) all.push(await this.#collectLeft(reader, heap, left, maxPauseMs, deadline));
    if (isolates.size === 0)
      all.push(
        ...[...left].map((thread) =>
          skipped(thread, 'which part of the memory is its own could not be told'),
        ),
      );
    return all;
  }

  /** Which thread runs which isolate, as far as it can be told, and how long the thread was held up for it, ms. */
  async #pair(
    reader: MemoryReader,
    threads: readonly JsThread[],
    isolates: ReadonlySet<number>,
    maxPauseMs: number,
    deadline: number,
  ): Promise<{ thread: JsThread; heap: number; heldMs: number }[]> {
    const pairs: { thread: JsThread; heap: number; heldMs: number }[] = [];
    const search = new IsolateSearch(reader, isolates);
    const threadsLeft = new Set(threads);
    const isolatesLeft = new Set(isolates);
    for (const thread of threads) {
      const { heap, heldMs } = await this.#isolateOf(search, thread, maxPauseMs, deadline);
      if (heap === null) continue;
      pairs.push({ thread, heap, heldMs });
      threadsLeft.delete(thread);
      isolatesLeft.delete(heap);
    }
    const [thread, heap] = [[...threadsLeft][0], [...isolatesLeft][0]];
    if (threadsLeft.size === 1 && isolatesLeft.size === 1)
      pairs.push({ thread: thread!, heap: heap!, heldMs: 0 });
    return pairs;
  }

  async #isolateOf(
    search: IsolateSearch,
    { reading, cdp, kind }: JsThread,
    maxMs: number,
    deadline: number,
  ): Promise<{ heap: number | null; heldMs: number }> {
    const unknown = { heap: null, heldMs: 0 };
    const tid = kind === 'main' ? process.pid : reading.outcome === 'answered' ? reading.stack.tid : null;
    if (tid === null) return unknown;
    // In the midst of its code silent threads are anyway, others while they stand still.
    if (reading.outcome === 'silent') return { heap: search.isolateOf(tid, search.readEntries()), heldMs: 0 };
    const parked = cdp && maxMs > 0 ? this.#park(cdp, maxMs, deadline) : null;
    if (!parked) return unknown;
    const entries = search.readEntries();
    const heldMs = (await parked.release()) ?? maxMs;
    return { heap: search.isolateOf(tid, entries), heldMs };
  }

  async #collectThread(
    reader: MemoryReader,
    thread: JsThread,
    heap: number,
    identifiedMs: number,
    maxPauseMs: number,
    deadline: number,
  ): Promise<ThreadStacks> {
    const { cdp, reading } = thread;
    const releases: Promise<number | null>[] = [];
    const park: IsolateTarget['park'] = () => {
      if (maxPauseMs === 0) return { reason: NOT_HELD };
      const parked = cdp && this.#park(cdp, maxPauseMs, deadline);
      if (!parked) return { reason: 'not confirmed, as the thread could not be held up' };
      return { until: parked.until, release: () => void releases.push(parked.release()) };
    };
    const target = {
      heap,
      park: reading.outcome === 'silent' ? null : park,
      idle: isIdle(thread),
      anchored: thread.kind === 'main' || (await hasAnchor(thread)),
    };
    const collected = collectIsolate(reader, target, { deadline });
    let heldMs = identifiedMs;
    for (const ms of await Promise.all(releases)) heldMs += ms ?? maxPauseMs;
    if ('reason' in collected) return skipped(thread, collected.reason);
    this.#hold(collected);
    // A worker that has ended leaves its place in memory to the next one.
    if (
      collected.anchor !== null &&
      thread.threadId !== null &&
      collected.anchor.threadId !== thread.threadId
    )
      return skipped(thread, 'it ended meanwhile');
    return this.#label(thread, collected, heldMs);
  }

  /** An isolate of which it is not known who runs it, but maybe by what its memory says. */
  async #collectLeft(
    reader: MemoryReader,
    heap: number,
    left: Set<JsThread>,
    maxPauseMs: number,
    deadline: number,
  ): Promise<ThreadStacks> {
    const reason =
      maxPauseMs === 0
        ? NOT_HELD
        : 'the thread could not be reached, so what changed meanwhile is not confirmed';
    const collected = collectIsolate(reader, { heap, park: () => ({ reason }), idle: false }, { deadline });
    if ('reason' in collected)
      return { threadId: null, name: 'unknown', collected: { outcome: 'skipped', ...collected } };
    this.#hold(collected);
    const threadId = collected.anchor?.threadId ?? null;
    const thread = [...left].find((one) => threadId !== null && one.threadId === threadId);
    if (thread) {
      left.delete(thread);
      return this.#label(thread, collected, 0);
    }
    return { threadId, name: 'unknown', collected: describe(collected, 0, new Map()) };
  }

  #hold(collected: CollectedIsolate): void {
    if (collected.graph.suspended.length <= MOST_HELD) this.#held[0] = collected;
  }

  async #label(thread: JsThread, collected: CollectedIsolate, heldMs: number): Promise<ThreadStacks> {
    const { threadId, name, cdp, reading } = thread;
    const asked = performance.now();
    const labels = cdp && reading.outcome === 'answered' ? await readLabels(cdp, collected) : new Map();
    const labelsMs = labels.size === 0 ? 0 : performance.now() - asked;
    if (reading.outcome !== 'answered' && (collected.anchor?.registries.length ?? 0) > 0)
      collected.problems.push('the labels could not be asked for, as the thread did not answer');
    return { threadId, name, collected: describe(collected, heldMs + labelsMs, labels) };
  }

  #park(cdp: Cdp, maxMs: number, deadline: number): ParkedThread | null {
    const waitMs = Math.min(PARK_WAIT_MS, deadline - performance.now());
    return waitMs > 0 ? parkThread(cdp, { words: this.#words, maxMs, waitMs }) : null;
  }
}

const OWN_ROOT = new URL('..', import.meta.url).href;

/** Node's own frames, and ours, are the event loop and what the signal or a message brought on. */
function isIdle({ reading }: JsThread): boolean {
  if (reading.outcome !== 'answered' || reading.stack.problem !== null) return false;
  return reading.stack.frames.every(
    ({ file }) => file === null || file.startsWith('node:') || file.startsWith(OWN_ROOT),
  );
}

/** Workers have one where they label. It is asked beforehand, since a heap that was misread may lack it as well. */
async function hasAnchor({ cdp, reading }: JsThread): Promise<boolean> {
  if (cdp === null || reading.outcome !== 'answered') return false;
  const expression = `globalThis[Symbol.for(${JSON.stringify(AGENT_KEY)})]?.anchor?.lies === true`;
  try {
    return (await answerWithin(evaluate(cdp, expression, ANCHOR_MS), ANCHOR_MS)) === true;
  } catch {
    return false; // it ended, which shows in its heap
  }
}

async function learnAndCalibrate(mustStop: () => boolean): Promise<Calibration | { reason: string }> {
  try {
    const known = learnProcess('self', process.versions.v8);
    return 'reason' in known ? known : await calibrate(known, mustStop);
  } catch (error) {
    return { reason: describeFault(error) };
  }
}

/** A fault of ours: it costs a snapshot, not the section. */
function describeFault(error: unknown): string {
  return `its memory could not be read: ${error instanceof Error ? error.message : String(error)}`;
}

function skipped({ threadId, name }: JsThread, reason: string): ThreadStacks {
  return { threadId, name, collected: { outcome: 'skipped', reason } };
}

function describe(
  { graph, problems }: CollectedIsolate,
  heldMs: number,
  labels: ReadonlyMap<SuspendedFunction, string>,
): ThreadStacks['collected'] {
  return { outcome: 'collected', collector: 'memory', stacks: stacks(graph), labels, problems, heldMs };
}
