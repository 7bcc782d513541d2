import type { SuspendedFunction } from '../await-graph/await-graph.js';
import { readAwaitGraph } from '../await-graph/read.js';
import { findMetaMaps } from './meta-maps.js';
import { builtinId } from './functions.js';
import { type ScanHeap, SuspendedFinder } from './find-suspended.js';
import {
  KNOWN_BUILTINS,
  type KnownFrame,
  type KnownFunctions,
  KnownObjects,
  suspendKnownFunctions,
} from './known-functions.js';
import { MemoryHeap } from './memory-heap.js';
import { className, elements, numberValue, property, weakRefTarget } from './objects.js';
import type { Range } from './paged-memory.js';
import type { HeapPages } from './pages.js';
import { type KnownProcess, type MemoryReader, openReader } from './reader.js';
import { Needles, scanWords } from './scan.js';
import { readString } from './strings.js';
import { TaggedHeap } from './tagged-heap.js';

/** V8 may move this thread's objects while this thread reads them: then it is tried again. */
const TRIES = 5;

export interface Calibration {
  /** What to read this process with from now on. */
  known: KnownProcess;
  /** The isolate of the thread that calibrated: the address of V8's Heap. */
  ownHeap: number;
}

const SCAN = { resident: null, deadline: Number.POSITIVE_INFINITY };

/** What is read is not what is there. */
class Mismatch extends Error {}

/**
 * Makes sure that a layout is right before anything that is read by it is believed: functions of which all is known are
 * suspended in this thread, looked for in memory, and compared with what V8 says of them. Learns V8's ids of builtins by the
 * way. `reason`: one line, what was not as it must be.
 */
export async function calibrate(
  known: KnownProcess,
  mustStop?: () => boolean,
): Promise<Calibration | { reason: string }> {
  let reason = '';
  for (let tries = 0; tries < TRIES; tries++) {
    const reader = openReader(known, mustStop);
    if ('reason' in reader) return reader;
    const objects = new KnownObjects();
    const functions = await suspendKnownFunctions(objects);
    try {
      return compare(reader, objects, functions);
    } catch (error) {
      if (!(error instanceof Mismatch)) throw error;
      reason = `its layout is not as expected: ${error.message}`;
    } finally {
      functions.release();
      reader.close();
    }
  }
  return { reason };
}

function compare(reader: MemoryReader, expected: KnownObjects, functions: KnownFunctions): Calibration {
  const { memory, known } = reader;
  const ownHeap = findOwnHeap(reader, expected.number);
  const pages = pagesOf(reader);
  const own = pages.pages.flatMap((page) => (page.heap === ownHeap && !page.from ? pages.used(page) : []));
  // While the application's threads stand still this is to run as fast as it can: so it runs a few times before.
  for (let warm = 0; warm < 3; warm++) pages.refresh(memory, ownHeap);
  // From here on nothing moves.
  memory.freeze([], own, Number.POSITIVE_INFINITY);
  const objects = new TaggedHeap(memory, known.layout, (address) => pages.at(address) !== null);
  const scan: ScanHeap = (needles, hit) => {
    const options = { ...SCAN, ranges: own, needles: new Needles(needles), skipFreeSpace: pages.freeSpace };
    return scanWords(memory, options, hit).complete;
  };
  const readOnly: Range[] = pages.pages.flatMap((page) => (page.readOnly ? pages.used(page) : []));
  const found = new SuspendedFinder().find(
    objects,
    findMetaMaps(memory, known.layout, [...own, ...readOnly], null),
    [],
    scan,
  );
  const noRetainers = { of: () => [], cut: () => true };
  const read = (builtins: ReadonlyMap<number, string>): MemoryHeap =>
    new MemoryHeap(objects, { ...found, retainers: () => noRetainers }, builtins);

  const heap = read(new Map());
  const suspended = readAwaitGraph(heap).suspended;
  const anchor = named(suspended, 'guruKnownAnchor');
  const pointer = heap
    .registers(anchor.node)
    .map((node) => heap.pointer(node))
    .find((one) => className(objects, one) === KnownObjects.name && isExpected(objects, one, expected));
  if (pointer === undefined) throw new Mismatch('known objects were not found');
  const store = compareObjects(objects, pointer, expected);
  const builtins = readBuiltins(objects, pointer);
  compareFunctions(readAwaitGraph(read(builtins)).suspended, functions.expected, store);
  builtins.set(unwrapId(read(builtins), heap), 'AsyncIteratorValueUnwrap');
  return { known: { ...known, builtins }, ownHeap };
}

function pagesOf(reader: MemoryReader): HeapPages {
  const pages = reader.readPages();
  if ('reason' in pages) throw new Mismatch(pages.reason);
  return pages;
}

/** The isolate that has the object with this number, a Smi, which was made just now. */
function findOwnHeap(reader: MemoryReader, number: number): number {
  const pages = pagesOf(reader);
  for (const young of [true, false]) {
    const ranges = pages.pages.flatMap((page) =>
      page.young === young && !page.from ? pages.used(page) : [],
    );
    let heap = 0;
    scanWords(
      reader.memory,
      { ...SCAN, ranges, needles: new Needles([number * 2 ** 32]), skipFreeSpace: pages.freeSpace },
      (address) => (heap = pages.at(address)?.heap ?? heap),
    );
    if (heap !== 0) return heap;
  }
  throw new Mismatch('objects of this thread were not found');
}

function named(suspended: readonly SuspendedFunction[], name: string): SuspendedFunction {
  const found = suspended.find(({ functionName }) => functionName === name);
  if (found === undefined) throw new Mismatch(`the function ${name} was not found`);
  return found;
}

function isExpected(objects: TaggedHeap, pointer: number, { number }: KnownObjects): boolean {
  return numberValue(objects, property(objects, pointer, 'number')) === number;
}

/** Returns the store's tagged pointer. */
function compareObjects(objects: TaggedHeap, pointer: number, expected: KnownObjects): number {
  const field = (name: keyof KnownObjects): number => property(objects, pointer, name);
  if (numberValue(objects, field('double')) !== expected.double) throw new Mismatch('a number was misread');
  if (readString(objects, field('text'), 100) !== expected.text) throw new Mismatch('a string was misread');
  const store = field('store');
  if (store === 0 || weakRefTarget(objects, field('weak')) !== store)
    throw new Mismatch('a WeakRef was misread');
  return store;
}

function readBuiltins(objects: TaggedHeap, pointer: number): Map<number, string> {
  const builtins = new Map<number, string>();
  for (const [at, fn] of elements(objects, property(objects, pointer, 'builtins'), 100).entries()) {
    const id = builtinId(objects, fn);
    const name = KNOWN_BUILTINS[at];
    if (id < 0 || name === undefined) throw new Mismatch('functions of V8 were misread');
    builtins.set(id, name);
  }
  if (builtins.size !== KNOWN_BUILTINS.length) throw new Mismatch('functions of V8 were not told apart');
  return builtins;
}

function compareFunctions(
  suspended: readonly SuspendedFunction[],
  expected: readonly KnownFrame[],
  store: number,
): void {
  let one = named(suspended, 'guruKnownInner');
  if (!one.asyncContext.some((context) => context.store === store))
    throw new Mismatch('what an AsyncLocalStorage holds was misread');
  for (let at = 0; at < expected.length; at++) {
    const via = one.awaitedBy[0]?.via ?? [];
    const next = suspended[one.awaitedBy[0]?.to ?? -1];
    const index = expected[at]!.promiseIndex;
    if (index !== null) {
      if (via[0]?.kind !== 'Promise.all' || via[0].index !== index)
        throw new Mismatch('the index of a Promise.all was misread');
      at++;
    }
    const frame = expected[at];
    if (next === undefined || frame === undefined)
      throw new Mismatch(`what awaits ${one.functionName} was not found`);
    const place = `${next.functionName} ${next.script}:${next.position?.line}:${next.position?.column}`;
    const wanted = `${frame.functionName} ${frame.script}:${frame.line}:${frame.column}`;
    if (place !== wanted || !next.confirmed) throw new Mismatch(`${wanted} was read as ${place}`);
    one = next;
  }
}

/** V8's id of the callback that unwraps what a synchronous iterator gave. */
function unwrapId(heap: MemoryHeap, objectsOf: MemoryHeap): number {
  const { objects } = objectsOf;
  for (const promise of heap.find().promises) {
    for (const { fulfill, derived } of heap.reactions(promise)) {
      if (fulfill === -1 || derived === -1) continue;
      for (const next of heap.reactions(derived)) {
        const context = next.fulfill === -1 ? -1 : heap.contextOf(next.fulfill);
        const generator = context === -1 ? -1 : heap.extension(context);
        if (generator !== -1 && heap.name(heap.functionOf(generator)) === 'guruKnownSyncIterator')
          return builtinId(objects, heap.pointer(fulfill));
      }
    }
  }
  throw new Mismatch('a for await loop was misread');
}
