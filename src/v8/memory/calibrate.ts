import type { Retainers } from '../await-graph/heap.js';
import { readAwaitGraph } from '../await-graph/read.js';
import { compareCode, compareModules, compareSyncIterator } from './compare-code.js';
import { compareChain, compareWays, named, unwrapId } from './compare-functions.js';
import { ObjectComparison } from './compare-objects.js';
import { compareSizes } from './compare-sizes.js';
import { type FoundObjects, type ScanHeap, SuspendedFinder } from './find-suspended.js';
import { type KnownFunctions, suspendKnownFunctions } from './known-functions.js';
import { KnownObjects } from './known-objects.js';
import { knownReceivers } from './known-receivers.js';
import { MemoryHeap } from './memory-heap.js';
import { readRoots } from './isolate-roots.js';
import { findMetaMaps } from './meta-maps.js';
import { Mismatch } from './mismatch.js';
import { className, numberValue, property } from './objects.js';
import { findOwnHeap, readAllPages } from './own-heap.js';
import { pageRuns } from './page-runs.js';
import { type Range, sizeOf } from './range.js';
import type { HeapPages } from './pages.js';
import { type KnownProcess, type MemoryReader, openReader } from './reader.js';
import { pointersTo, scanObjects } from './scan-objects.js';
import { TaggedHeap } from './tagged-heap.js';

/** V8 may move this thread's objects while this thread reads them: then it is tried again. */
const TRIES = 10;

export interface Calibration {
  /** What to read this process with from now on. */
  known: KnownProcess;
  /** The isolate of the thread that calibrated: the address of V8's Heap. */
  ownHeap: number;
}

/** What a reader of this thread is to find. */
interface Expected {
  objects: KnownObjects;
  functions: KnownFunctions;
  /** What V8 calls the known receivers. */
  names: readonly string[];
  /** The isolate of this thread. */
  ownHeap: number;
  /** Its pages, as they were shortly before. */
  pages: HeapPages;
}

/** What holds what is not looked for. */
const NOT_LOOKED_FOR: Retainers = {
  first: () => -1,
  next: () => -1,
  node: () => -1,
  type: () => 'internal',
  name: () => '',
  cut: () => true,
};

const SCAN = { resident: null, deadline: Number.POSITIVE_INFINITY };

/**
 * Makes sure that a layout is right before anything that is read by it is believed: functions of which all is known are
 * suspended in this thread, looked for in memory, and compared with what V8 and the language say of them; so are objects of
 * all kinds that are read. Learns V8's ids of builtins by the way. `reason`: one line, what was not as it must be.
 */
export async function calibrate(
  known: KnownProcess,
  mustStop?: () => boolean,
  maxTries = TRIES,
): Promise<Calibration | { reason: string }> {
  const reader = openReader(known, mustStop);
  if ('reason' in reader) return reader;
  const objects = new KnownObjects();
  let functions: KnownFunctions | undefined;
  try {
    const { ownHeap, pages } = findOwnHeap(reader);
    // Before the rest: much memory outside of its heap makes V8 collect garbage, which is to be over when that counts.
    const { receivers, names } = knownReceivers();
    objects.receivers = receivers;
    functions = await suspendKnownFunctions(objects);
    return compareUntilStill(reader, { objects, functions, names, ownHeap, pages }, maxTries);
  } catch (error) {
    if (error instanceof Mismatch) return { reason: reasonOf(error) };
    throw error;
  } finally {
    functions?.release();
    reader.close();
  }
}

function reasonOf(mismatch: Mismatch): string {
  return `its layout is not as expected: ${mismatch.message}`;
}

function compareUntilStill(reader: MemoryReader, expected: Expected, maxTries: number): Calibration {
  for (let tries = 1; ; tries++) {
    try {
      return compare(reader, expected);
    } catch (error) {
      if (!(error instanceof Mismatch) || tries >= maxTries) throw error;
      // Where V8 collected garbage in the midst of it, the pages were misread, and what was found of them stays so in a refresh.
      expected.pages = readAllPages(reader).only(expected.ownHeap);
    }
  }
}

/** Each range may begin and end within a page, and there may be more of it by and by. */
const MARGIN = 64 * 1024;

function compare(reader: MemoryReader, expected: Expected): Calibration {
  const { memory, known } = reader;
  const { ownHeap } = expected;
  memory.thaw();
  // Between finding out what is in use and copying it as little as can be is allocated: a collection would move what is
  // looked for.
  const before = (expected.pages = expected.pages.refresh(memory, ownHeap));
  const usedBefore = usedBy(before, ownHeap);
  memory.prepare(sizeOf(usedBefore) + usedBefore.length * MARGIN);
  expected.objects.renewStrings();
  const pages = before.refresh(memory, ownHeap);
  const own = usedBy(pages, ownHeap);
  memory.copy(pageRuns([], own), Number.POSITIVE_INFINITY);
  memory.freeze();
  // From here on nothing moves.
  const { freeSpace } = pages;
  if (freeSpace === null) throw new Mismatch('free blocks could not be told from objects');
  const objects = new TaggedHeap(memory, known.layout, (address) => pages.at(address) !== null);
  const scan: ScanHeap = (needles, hit) => {
    const options = { ...SCAN, ranges: own, skipFreeSpace: freeSpace };
    return scanObjects(memory, pointersTo(memory, needles), options, hit).complete;
  };
  const found = findAll(reader, objects, pages, ownHeap, scan);
  const read = (builtins: ReadonlyMap<number, string>): MemoryHeap =>
    new MemoryHeap(
      objects,
      {
        generators: found.generators.values,
        promises: found.promises.values,
        retainers: () => NOT_LOOKED_FOR,
      },
      builtins,
    );

  const first = read(new Map());
  const comparison = new ObjectComparison(objects, findKnown(first, expected.objects), expected.objects);
  comparison.compare(expected.names);
  compareCode(objects, comparison, Function.prototype.toString.call(expected.objects.ofNode));
  compareModules(objects, comparison, scan);
  const builtins = comparison.builtins();
  builtins.set(unwrapId(first), 'AsyncIteratorValueUnwrap');
  if (readRoots(objects, pages, ownHeap, builtins).resolvers.size < 2)
    throw new Mismatch('the functions that settle promises were not found among the roots');
  compareFunctions(read(builtins), comparison, expected.functions);
  compareSizes(objects, pages, ownHeap);
  // While the application's threads stand still this is to run as fast as it can: so it runs a few times before.
  for (let warm = 0; warm < 3; warm++) pages.refresh(memory, ownHeap);
  return { known: { ...known, builtins, pages: pages.known }, ownHeap };
}

/** What is in use of the pages of a heap. */
function usedBy(pages: HeapPages, heap: number): Range[] {
  return pages.pages.flatMap((page) => (page.heap === heap && !page.from ? pages.used(page) : []));
}

function findAll(
  { memory, known }: MemoryReader,
  objects: TaggedHeap,
  pages: HeapPages,
  ownHeap: number,
  scan: ScanHeap,
): FoundObjects {
  const roots = readRoots(objects, pages, ownHeap, new Map());
  const readOnly: Range[] = pages.pages.flatMap((page) => (page.readOnly ? pages.used(page) : []));
  const metaMaps = findMetaMaps(memory, known.layout, [...usedBy(pages, ownHeap), ...readOnly]);
  for (const metaMap of metaMaps)
    if (!roots.metaMaps.has(metaMap)) throw new Mismatch('not all maps of maps were found from the roots');
  return new SuspendedFinder().find(objects, roots, scan);
}

/** The known objects, which a function of this calibration holds in its registers. */
function findKnown(heap: MemoryHeap, expected: KnownObjects): number {
  const { objects } = heap;
  for (const node of heap.find().generators) {
    if (heap.name(heap.functionOf(node)) !== 'guruKnownAnchor') continue;
    const known = heap
      .registers(node)
      .find((one) => className(objects, one) === KnownObjects.name && isExpected(objects, one, expected));
    if (known !== undefined) return known;
  }
  throw new Mismatch('known objects were not found');
}

function isExpected(objects: TaggedHeap, object: number, { number, another }: KnownObjects): boolean {
  return (
    numberValue(objects, property(objects, object, 'number')) === number &&
    numberValue(objects, property(objects, object, 'another')) === another
  );
}

function compareFunctions(heap: MemoryHeap, known: ObjectComparison, functions: KnownFunctions): void {
  const { suspended } = readAwaitGraph(heap);
  const store = known.at('store');
  const inner = named(suspended, 'guruKnownInner');
  if (!inner.asyncContext.some((context) => context.store === store))
    throw new Mismatch('what an AsyncLocalStorage holds was misread');
  compareChain(suspended, 'guruKnownInner', functions.expected);
  compareChain(suspended, 'guruLeafInFirstLine', functions.inFirstLine);
  compareWays(suspended);
  const loop = named(suspended, 'guruWaitsPlain').node;
  compareSyncIterator(heap.objects, heap.registers(loop), known.at('script', 'iterated'));
}
