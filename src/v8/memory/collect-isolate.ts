import type { AwaitGraph } from '../await-graph/await-graph.js';
import { readAwaitGraph } from '../await-graph/read.js';
import { AddressMap } from './address-map.js';
import { type Anchor, findAnchor, readStoreIds } from './anchor.js';
import { BlockSet, ChunkReferences } from './chunk-references.js';
import { allocateCopies, planCopies } from './copy-plan.js';
import type { FoundObjects, ScanHeap } from './find-suspended.js';
import { findGlobalHandles } from './global-handles.js';
import { type Narrow, narrowBy } from './narrow-scan.js';
import { objectFinder } from './object-finder.js';
import { MemoryHeap } from './memory-heap.js';
import { findRetainersInMemory } from './memory-retainers.js';
import { readRoots } from './isolate-roots.js';
import { PAGE, PagedMemory, type Range } from './paged-memory.js';
import { Names } from './names.js';
import { Places } from './places.js';
import { PageSet } from './page-set.js';
import { ALLOCATED, changedPages, hasMoved, hasRun, rangesOf } from './page-changes.js';
import type { ChangedHeap, HeapPage, HeapPages } from './pages.js';
import type { MemoryReader } from './reader.js';
import { leaveOutUnreadable, takeBackAbandoned } from './uncertain-graph.js';
import { readResolvers } from './resolvers.js';
import { Needles, scanWords } from './scan.js';
import { describeSockets } from './socket-handles.js';
import { TaggedHeap } from './tagged-heap.js';
import { findPlaces, touch } from './touch.js';

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

export interface Parked {
  /** When it goes on by itself, of `performance.now()`. */
  until: number;
  release(): void;
}

export interface CollectedIsolate {
  heap: MemoryHeap;
  graph: AwaitGraph;
  anchor: Anchor | null;
  /** One line each: what is not certain, and why. */
  problems: string[];
}

export interface IsolateOptions {
  /** When to give up, of `performance.now()`. */
  deadline: number;
  /** How much of the heap to go over for what settles promises, bytes, which takes several passes. Default: 512 MB. */
  searchBytes?: number;
}

/** How often it is begun anew, where V8 moved its objects about meanwhile. */
const TRIES = 3;
/** More than this of memory, in bytes, that was allocated into meanwhile is a sign of that. */
const MAX_CHANGED = 64 * 2 ** 20;
/** Memory that is kept ready for pages of the old generation that were allocated into meanwhile. */
const CHANGED_BYTES = 8 * 2 ** 20;
/** What of the time that the thread stands still is kept back for letting it go, ms. */
const RELEASE_MS = 1;
/** By bytes, not by time, so that what is found of a small heap does not depend on how busy the machine is. */
const SEARCH_BYTES = 512 * 2 ** 20;
/** Measured with 10,000 to 100,000 functions: 3 to 4 times (Node 20). Fewer than `MANY` are always read. */
const GRAPH_COST = 4;
const MANY = 5000;

/** The await graph of one isolate, in two passes: see `docs/how-green-threads-work.md`. */
export function collectIsolate(
  reader: MemoryReader,
  target: IsolateTarget,
  options: IsolateOptions,
): CollectedIsolate | { reason: string } {
  for (let tries = 1; ; tries++) {
    const started = performance.now();
    const outcome = new IsolatePass(reader, target, options).run(tries < TRIES);
    const tookMs = performance.now() - started;
    if (outcome.done) return outcome.collected;
    // Another time takes as long, and it is better to have this than nothing.
    if (tries === TRIES || performance.now() + 3 * tookMs > options.deadline) return outcome.collected();
  }
}

type Outcome =
  | { done: true; collected: CollectedIsolate | { reason: string } }
  /** It may be better another time; as it is, it is not all certain. To be called before memory is read for anything else. */
  | { done: false; collected: () => CollectedIsolate | { reason: string } };

function done(collected: CollectedIsolate | { reason: string }): Outcome {
  return { done: true, collected };
}

/** Names, maps and code are read where they are, after the thread went on. */
const MOVED = 'some may be missing or misread, as V8 moved objects about meanwhile';
const NO_ANCHOR =
  'some may be missing, as a function that this library keeps suspended in the thread was not found either';
const GONE = { reason: 'it ended meanwhile' };

class IsolatePass {
  readonly #reader: MemoryReader;
  readonly #target: IsolateTarget;
  readonly #options: IsolateOptions;
  readonly #problems: string[] = [];
  readonly #places = new Places();
  readonly #names = new Names();
  /** Bytes that were gone over. */
  #scanned = 0;

  constructor(reader: MemoryReader, target: IsolateTarget, options: IsolateOptions) {
    this.#reader = reader;
    this.#target = target;
    this.#options = options;
  }

  run(mayRepeat: boolean): Outcome {
    const { memory, known } = this.#reader;
    const { heap, park } = this.#target;

    // 1. Without stopping anybody: where everything is, and on which pages.
    memory.discard();
    const before = this.#reader.readPages();
    if ('reason' in before) return done(before);
    const finder = this.#reader.finder(heap);
    let objects = this.#objects(before);
    const ranges = rangesOf(before, heap, () => true);
    const own = before.pages.filter((page) => page.heap === heap && !page.from);
    const references = new ChunkReferences();
    const first = finder.find(
      objects,
      readRoots(objects, before, heap, known.builtins),
      this.#scanNoting(before, ranges, references),
    );
    const anchorBefore = findAnchor(objects, first.generators, 0);
    findPlaces(objects, first, this.#places);
    memory.startRecording();
    const touching = performance.now();
    touch(objects, first);
    // Working the graph out takes some times as long as reading its objects once.
    const estimatedMs = GRAPH_COST * (performance.now() - touching);
    const leftMs = this.#options.deadline - performance.now();
    if (estimatedMs > leftMs && first.generators.length > MANY) {
      const cost = `reading them would take some ${Math.ceil(estimatedMs / 1000)} s`;
      return done({
        reason: `there are ${first.generators.length} suspended functions, ${cost}, and ${Math.max(0, Math.round(leftMs / 100) / 10)} s are left until the deadline`,
      });
    }
    // By these the labels are found, in the copy.
    if (anchorBefore !== null) readStoreIds(objects, anchorBefore);
    const plan = planCopies(memory.recorded(), []);
    // For the young generation, wherever it will be by then, and what little else will have changed.
    const youngBytes = own.reduce((sum, page) => sum + (page.young ? page.size : 0), 0);
    const store = allocateCopies(youngBytes + CHANGED_BYTES);

    // 2. What may have changed is copied, while the thread stands still.
    const watch = before.watch(heap);
    const standing = park === null ? null : park();
    const parked = standing !== null && 'until' in standing ? standing : null;
    if (standing !== null && 'reason' in standing) this.#problems.push(standing.reason);
    let look: ChangedHeap;
    let missed: readonly number[] = [];
    const plans = [plan];
    try {
      memory.thaw();
      look = watch.look(memory);
      plans.push(planCopies([], look.fresh, store));
      // Where there is no time for all, then for as much as can be: the smaller one first.
      plans.sort((a, b) => a.size - b.size);
      const until = parked === null ? this.#options.deadline : parked.until - RELEASE_MS;
      missed = plans.flatMap((each) => each.copy(memory.memory, until));
    } finally {
      parked?.release();
    }
    memory.freeze(plans);
    const after = look.pages();
    const changed = changedPages(before, after, heap);
    for (const { copied } of plans) {
      for (const { start, bytes } of copied) references.note(wordsOf(bytes), bytes.length / 4, start);
    }

    // 3. All of it again, on the copy.
    objects = this.#objects(after);
    this.#names.unreadable.clear();
    const fresh = new Set(changed);
    const isFresh = (page: HeapPage | null): boolean => page !== null && (page.young || fresh.has(page));
    const copied = rangesOf(after, heap, isFresh);
    const found = finder.findAgain(
      objects,
      this.#scan(after, () => copied),
    );
    // Pages that are no longer there held what has moved.
    const kept = (pointers: readonly number[]): number[] =>
      pointers.filter((pointer) => {
        const page = after.at(pointer - 1);
        return page !== null && page.heap === heap && !isFresh(page);
      });
    for (const resolver of kept(first.resolvers)) found.resolvers.push(resolver);
    finder.check(
      objects,
      kept([...first.generators, ...first.others, ...first.promises, ...first.idlePromises]),
      found,
    );
    found.complete &&= first.complete;
    const anchor = findAnchor(objects, found.generators, anchorBefore?.generator ?? 0);
    const lacksAnchor = anchor === null && (anchorBefore !== null || this.#target.anchored === true);
    const unsure = found.generators.filter((pointer) => !memory.isFrozen(pointer - 1)).length;
    // Some that are used are not V8's, or gone by now.
    const lost = missed.filter((address) => after.at(address) !== null).length;
    const settle = (): CollectedIsolate | { reason: string } => {
      const of = `${lost} pages of memory could not be copied within maxPause`;
      if (unsure > 0) {
        const all = found.generators.length;
        this.#problems.push(`${unsure} of ${all} suspended functions are not confirmed, as ${of}`);
      } else if (lost > 0)
        this.#problems.push(`what awaits what is not confirmed, and some may be missing, as ${of}`);
      if (found.moved) this.#problems.push(MOVED);
      if (lacksAnchor) this.#problems.push(NO_ANCHOR);
      const isCertain = this.#problems.length === 0;
      const narrow = found.complete
        ? narrowBy(references, before, after, isFresh)
        : (ranges: readonly Range[]) => ranges;
      const collected = this.#settle(after, found, anchor, objects, isCertain, narrow);
      const now = this.#pagesNow(after);
      if (now === null) return GONE;
      const isMisread =
        this.#names.unreadable.size > 0 || hasMoved(after, now, heap, (range) => memory.hasRead(range));
      if (!found.moved && isMisread) {
        takeBackAbandoned(collected.graph);
        this.#problems.push(MOVED);
      }
      const ran =
        hasRun(before, after, heap, ALLOCATED.parked) || hasRun(after, now, heap, ALLOCATED.answered);
      if (!ran) return collected;
      // What holds what was searched for in live memory, and where it seemed to be from the first pass on.
      takeBackAbandoned(collected.graph);
      if (standing === null) this.#problems.push('not confirmed, as the thread went on meanwhile');
      return collected;
    };
    const size = changed.reduce((sum, page) => sum + page.areaEnd - page.areaStart, 0);
    // Where most of it could not be copied in that time, it cannot be another time either.
    const isNearlyAll = 2 * lost * PAGE < plans.reduce((sum, each) => sum + each.size, 0);
    const isBetterAgain =
      found.moved || lacksAnchor || size > MAX_CHANGED || (isNearlyAll && (lost > 0 || unsure > 0));
    if (mayRepeat && isBetterAgain) return { done: false, collected: settle };
    const collected = settle();
    const isMoved = this.#problems.includes(MOVED);
    return mayRepeat && isMoved ? { done: false, collected: () => collected } : done(collected);
  }

  #settle(
    pages: HeapPages,
    found: FoundObjects,
    anchor: Anchor | null,
    objects: TaggedHeap,
    isCertain: boolean,
    narrow: Narrow,
  ): CollectedIsolate {
    if (!found.complete) this.#problems.push('the heap could not be read to its end in time');
    const { known, memory } = this.#reader;
    const { heap: isolate } = this.#target;
    const registersOf = (generators: readonly number[]): AddressMap => {
      const registers = new AddressMap();
      for (const generator of generators)
        registers.set(objects.field(generator, known.layout.generator.registers), generator);
      return registers;
    };
    const registers = registersOf(found.generators);
    const leftRegisters = registersOf(found.others);
    const ranges = rangesOf(pages, isolate, () => true);
    const scannedBefore = this.#scanned;
    const heap = new MemoryHeap(
      objects,
      {
        // The search for what settles the anchor's promise would go over all of the heap for nothing.
        generators: found.generators.filter((pointer) => anchor?.own.has(pointer) !== true),
        promises: found.promises.filter((pointer) => anchor?.own.has(pointer) !== true),
        retainers: (own, nodes, goOn, limits) =>
          findRetainersInMemory(own, nodes, goOn, limits, {
            scan: this.#scan(pages, (needles) => narrow(ranges, needles)),
            holderOf: objectFinder(objects, pages),
            registers,
            leftRegisters,
            resolvers: readResolvers(own, found.resolvers),
            findGlobalHandles: (pointers) =>
              findGlobalHandles(
                memory,
                known.pid,
                pages,
                this.#reader.resident,
                pointers,
                this.#options.deadline,
              ),
            mayGoOn: () =>
              this.#scanned - scannedBefore < (this.#options.searchBytes ?? SEARCH_BYTES) &&
              performance.now() < this.#options.deadline,
          }),
      },
      known.builtins,
      this.#places,
    );
    const graph = readAwaitGraph(heap);
    describeSockets(heap, graph, known.pid);
    if (graph.cut !== null) this.#problems.push(graph.cut);
    if (!isCertain) leaveOutUnreadable(graph);
    if (!isCertain || !this.#target.idle) takeBackAbandoned(graph);
    return { heap, graph, anchor, problems: this.#problems };
  }

  /** `null` if there are none: a worker that ends takes its heap with it, whatever is being read of it. */
  #pagesNow(pages: HeapPages): HeapPages | null {
    const { heap } = this.#target;
    const memory = new PagedMemory(this.#reader.memory.memory, { maxBytes: 256 * 1024 });
    const now = pages.refresh(memory, heap);
    return now.pages.some((page) => page.heap === heap) ? now : null;
  }

  #objects(pages: HeapPages): TaggedHeap {
    const set = new PageSet(pages);
    const { memory, known } = this.#reader;
    return new TaggedHeap(memory, known.layout, (address) => set.has(address), this.#names);
  }

  /** The first pass notes what the chunks point to; those after it leave out what points to none of their needles. */
  #scanNoting(pages: HeapPages, ranges: readonly Range[], references: ChunkReferences): ScanHeap {
    const first = this.#scan(pages, () => ranges, references);
    const others = this.#scan(pages, (needles) => references.partsWith(new BlockSet(needles), ranges));
    let scan = first;
    return (needles, hit) => {
      const complete = scan(needles, hit);
      if (complete) scan = others;
      return complete;
    };
  }

  #scan(
    { freeSpace }: HeapPages,
    rangesFor: (needles: readonly number[]) => readonly Range[],
    note?: ChunkReferences,
  ): ScanHeap {
    const { memory, resident } = this.#reader;
    const { deadline } = this.#options;
    return (needles, hit) => {
      const ranges = rangesFor(needles);
      const given = note === undefined ? {} : { note };
      const options = { ranges, needles: new Needles(needles), skipFreeSpace: freeSpace, resident, deadline };
      const { complete, bytes } = scanWords(memory, { ...options, ...given }, hit);
      this.#scanned += bytes;
      return complete;
    };
  }
}

function wordsOf({ buffer, byteOffset, length }: Buffer): Int32Array {
  return new Int32Array(buffer, byteOffset, length / 4);
}
