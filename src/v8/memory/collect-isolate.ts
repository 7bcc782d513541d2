import type { AwaitGraph } from '../await-graph/await-graph.js';
import type { Anchor, StoreIds } from './anchor.js';
import { type FirstLook, lookFirst } from './first-look.js';
import { copyInTime, type HeapCopy, type Parked } from './heap-copy.js';
import { readIsolateGraph } from './isolate-graph.js';
import { IsolateReading } from './isolate-reading.js';
import type { MemoryHeap } from './memory-heap.js';
import { ALLOCATED, hasMoved, hasRun } from './page-changes.js';
import type { MemoryReader } from './reader.js';
import { lookAgain, type SecondLook } from './second-look.js';
import { leaveOutUnreadable, takeBackAbandoned } from './uncertain-graph.js';

/** One isolate, as it is to be read. */
export interface IsolateTarget {
  /** The address of V8's Heap. */
  heap: number;
  /** Makes its thread stand still; one line why it does not. `null` where it stands still anyway, in native code. */
  park: (() => Parked | { reason: string }) | null;
  /** No JavaScript of its own is on the thread's stack, where it could hold what settles a promise. Default: it may be. */
  idle?: boolean;
  /** This library's anchor lies in it: where even that is not found, others may be missing too. Default: it may be. */
  anchored?: boolean;
}

export interface CollectedIsolate {
  heap: MemoryHeap;
  graph: AwaitGraph;
  anchor: Anchor | null;
  /** What its thread knows the stores of its requests by. */
  storeIds: readonly StoreIds[];
  /** One line each: what is not certain, and why. */
  problems: string[];
  /** What it was read with: to be held on to by who reads again, for V8's sake. */
  parts: readonly object[];
}

export interface IsolateOptions {
  /** When to give up, of `performance.now()`. */
  deadline: number;
  /** How much of the heap to go over for what settles promises, bytes, which takes several passes. Default: 512 MB. */
  searchBytes?: number;
}

/** How often it is begun anew, where V8 moved its objects about meanwhile. */
const TRIES = 3;
/** How often the thread is parked beyond once each time, where its memory was not copied in time. */
const MORE_PARKS = 2;
/** How much longer than expected another time may take. */
const MARGIN = 1.5;
/** More than this of memory, in bytes, that was allocated into meanwhile is a sign of that. */
const MAX_CHANGED = 64 << 20;
/** By bytes, not by time, so that what is found of a small heap does not depend on how busy the machine is. */
const SEARCH_BYTES = 512 << 20;

/** Names, maps and code are read where they are, after the thread went on. */
const MOVED = 'some may be missing or misread, as V8 moved objects about meanwhile';
const NO_ANCHOR =
  'some may be missing, as a function that this library keeps suspended in the thread was not found either';
/** More than 16 GB: what lies beyond has no numbers, and reads as if it were not there. */
const TOO_MUCH = 'some may be missing, as there is too much memory to look through';
const GONE = { reason: 'it ended meanwhile' };

/** The await graph of one isolate, in two passes: see `docs/how-green-threads-work.md`. */
export function collectIsolate(
  reader: MemoryReader,
  target: IsolateTarget,
  options: IsolateOptions,
): CollectedIsolate | { reason: string } {
  let moreParks = MORE_PARKS;
  const mayParkAgain = (takesMs: number): boolean => isTimeFor(takesMs, options) && moreParks-- > 0;
  for (let tries = 1; ; tries++) {
    const started = performance.now();
    const outcome = collectOnce(reader, target, tries === 1, options, mayParkAgain);
    // It is better to have this than nothing.
    const mayRepeat = (takesMs: number): boolean => tries < TRIES && isTimeFor(takesMs, options);
    const takenMs = performance.now() - started;
    if (!outcome.isBetterAgain || !mayRepeat(takenMs + outcome.graphMs)) {
      const collected = outcome.settle();
      if ('reason' in collected || !collected.problems.includes(MOVED)) return collected;
      if (!mayRepeat(performance.now() - started)) return collected;
    }
    reader.pages = null;
  }
}

function isTimeFor(takesMs: number, { deadline }: IsolateOptions): boolean {
  return performance.now() + MARGIN * takesMs <= deadline;
}

interface Outcome {
  /** Another time it may be more certain than it is now. */
  isBetterAgain: boolean;
  /** How long `settle` will take, ms, by estimate. */
  graphMs: number;
  /** Works it out as it is. To be called before memory is read for anything else. */
  settle: () => CollectedIsolate | { reason: string };
}

function collectOnce(
  reader: MemoryReader,
  target: IsolateTarget,
  isFirst: boolean,
  options: IsolateOptions,
  mayParkAgain: (takesMs: number) => boolean,
): Outcome {
  reader.memory.thaw();
  const reading = new IsolateReading(reader, target.heap, options.deadline);
  // 1. Without stopping anybody.
  const first = lookFirst(reading, isFirst);
  if ('reason' in first) return { isBetterAgain: false, graphMs: 0, settle: () => first };
  // 2. While the thread stands still.
  const problems: string[] = [];
  const park = (): Parked | null => {
    const standing = target.park?.() ?? null;
    if (standing === null || 'until' in standing) return standing;
    problems.push(standing.reason);
    return null;
  };
  const copy = copyInTime(reading, first, park, (takesMs) => mayParkAgain(takesMs + first.graphMs));
  // 3. All of it again, on the copy.
  const second = lookAgain(reading, first, copy);
  const hidesAnchor = second.anchor === null && (first.anchor !== null || target.anchored === true);
  const isUnsure = copy.lost === 0 && second.unsure > 0;
  /** Why that is not known. */
  const unknownDead = copy.pages.problems(target.heap);
  return {
    isBetterAgain:
      second.found.moved ||
      hidesAnchor ||
      // Where it is so each time, the program allocates as much.
      (isFirst && copy.changedBytes > MAX_CHANGED) ||
      isUnsure ||
      unknownDead.length > 0,
    graphMs: first.graphMs,
    settle() {
      problems.push(
        ...problemsOf(copy, second),
        ...unknownDead.map((problem) => `some may be over, as ${problem}`),
      );
      if (hidesAnchor) problems.push(NO_ANCHOR);
      return settle(reading, target, { first, copy, second }, problems, options);
    },
  };
}

/** What is not certain by what was copied, and what was found in it. */
function problemsOf({ lost }: HeapCopy, { found, unsure }: SecondLook): string[] {
  const problems: string[] = [];
  const of = `${lost} pages of memory could not be copied within maxPause`;
  if (unsure > 0)
    problems.push(`${unsure} of ${found.generators.length} suspended functions are not confirmed, as ${of}`);
  else if (lost > 0) problems.push(`what awaits what is not confirmed, and some may be missing, as ${of}`);
  if (found.moved) problems.push(MOVED);
  return problems;
}

function settle(
  reading: IsolateReading,
  { heap: address, park, idle }: IsolateTarget,
  { first, copy, second }: { first: FirstLook; copy: HeapCopy; second: SecondLook },
  problems: string[],
  { searchBytes = SEARCH_BYTES }: IsolateOptions,
): CollectedIsolate | { reason: string } {
  const isCertain = problems.length === 0;
  if (!second.found.complete) problems.push('the heap could not be read to its end in time');
  const { heap, graph, parts } = readIsolateGraph(reading, first, copy, second, searchBytes);
  if (graph.cut !== null) problems.push(graph.cut);
  if (reading.reader.memory.blocks.isFull) problems.push(TOO_MUCH);
  leaveOutUnreadable(graph);
  const now = reading.pagesNow(copy.pages);
  if (now === null) return GONE;
  const { memory } = reading.reader;
  const isMisread =
    reading.names.unreadable.size > 0 || hasMoved(copy.pages, now, address, (range) => memory.isUsed(range));
  if (isMisread && !problems.includes(MOVED)) problems.push(MOVED);
  // What holds what was searched for in live memory, and where it seemed to be from the first pass on.
  const ran =
    hasRun(first.pages, copy.pages, address, ALLOCATED.parked) ||
    hasRun(copy.pages, now, address, ALLOCATED.answered);
  if (ran && park === null) problems.push('not confirmed, as the thread went on meanwhile');
  if (!isCertain || idle !== true || isMisread || ran) takeBackAbandoned(graph);
  return {
    heap,
    graph,
    anchor: second.anchor,
    storeIds: second.storeIds,
    problems,
    parts: [reading, first, copy, second, ...parts],
  };
}
