import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { readMaps } from '#src/os/linux/memory-map.js';
import type { Memory } from '#src/os/linux/memory.js';
import * as functions from '#src/v8/memory/functions.js';
import * as generators from '#src/v8/memory/generators.js';
import * as objectsOf from '#src/v8/memory/objects.js';
import { PagedMemory } from '#src/v8/memory/paged-memory.js';
import { type HeapPage, type HeapPages, readHeapPages } from '#src/v8/memory/pages.js';
import { readScopeInfo } from '#src/v8/memory/scope-info.js';
import * as scripts from '#src/v8/memory/scripts.js';
import { sourcePosition } from '#src/v8/memory/source-positions.js';
import { readString } from '#src/v8/memory/strings.js';
import { TaggedHeap } from '#src/v8/memory/tagged-heap.js';
import { Random } from '../../support/random.js';
import { Cleanups, type HeldObjects, ownLayout, startObjects } from './support.js';

const SEED = 20_261_123;

suite(`V8's heap in Node ${process.versions.node}, seed ${SEED}`, () => {
  const cleanups = new Cleanups();
  let held: HeldObjects;
  let pages: HeapPages;
  let heap: TaggedHeap;
  /** Those that are held. */
  let objects: number[];
  before(async () => {
    held = await startObjects(cleanups);
    const memory = new PagedMemory(held.memory);
    const found = readHeapPages(memory, readMaps(held.pid) ?? '');
    assert.ok(!('reason' in found), JSON.stringify(found));
    pages = found;
    heap = new TaggedHeap(memory, ownLayout(), (address) => pages.at(address) !== null);
    objects = held.objects.map((object) => heap.objectOf(held.heap.pointer(object)));
  });
  after(() => cleanups.run());

  /** The pages of objects that a program can have: not V8's own constants, not machine code. */
  const ordinary = (): HeapPage[] =>
    pages.pages.filter(
      ({ readOnly, areaStart }) =>
        !readOnly && heap.type(heap.memory.nodeAt(areaStart)) !== heap.layout.types.instructionStream,
    );

  test('objects follow each other without gaps: the size of each is known', () => {
    let count = 0;
    for (const page of ordinary()) {
      for (const { start, end } of pages.used(page)) {
        let at = start;
        for (let object = heap.memory.nodeAt(at); at < end && heap.isObject(object);) {
          const size = heap.size(object);
          assert.ok(size > 0 && at + size <= end, `type ${heap.type(object)} of ${size} bytes`);
          count++;
          at += size;
          object = heap.memory.nodeAt(at);
        }
        // What V8 has not allocated yet is no object.
        assert.ok(at === end || heap.memory.word(at) % 8 !== 1, `${at.toString(16)} of ${end.toString(16)}`);
      }
    }
    assert.ok(count > 50_000, String(count));
  });

  test('objects are found from any address in them', () => {
    const random = new Random(SEED);
    for (const object of objects) {
      const address = heap.address(object);
      const page = pages.at(address);
      assert.ok(page);
      const place = { ...page, ranges: pages.used(page) };
      for (const offset of [0, 8, heap.size(object) - 8]) {
        assert.equal(heap.objectAt(address + offset, place), object);
      }
      heap.objectAt(page.areaStart + 8 * random.below(1000), place);
      assert.equal(heap.objectAt(address + 8, page), object);
      assert.equal(heap.objectAt(page.areaEnd + 8, place), 0);
    }
  });

  test('what is no object is none', () => {
    const [object] = objects;
    assert.ok(heap.isObject(object!));
    const pointer = heap.pointer(object!);
    assert.equal(heap.objectOf(pointer), object);
    assert.equal(heap.tagged(pointer), object);
    const words = [0, 1, 9, pointer - 1, pointer + 1, pointer + 2, pointer + 4, pointer - 8 * 2 ** 32];
    for (const word of [...words, 2 ** 32 * 5, 2 ** 47 + 1, 2 ** 63, Number.NaN, -7])
      assert.equal(heap.objectOf(word), 0, String(word));
    assert.equal(heap.type(0), -1);
    assert.equal(heap.map(0), 0);
    assert.equal(heap.size(0), 0);
    assert.equal(heap.field(0, 8), 0);
    // Words within an object are none: the first behind the map of this one is no map.
    assert.equal(heap.isObject(object! + 1), false);
    for (const integer of [0, 1, 5, -5, 2 ** 31 - 1, -(2 ** 31)]) {
      const value = heap.tagged((integer >>> 0) * 2 ** 32);
      assert.ok(heap.isSmi(value) && !heap.isObject(value));
      assert.equal(heap.smi(value), integer);
      assert.equal(heap.smallInteger(integer), value);
    }
    assert.equal(heap.isSmi(object!), false);
  });

  test('damaged memory makes no exception and no endless loop', () => {
    const random = new Random(SEED);
    for (let round = 0; round < 6; round++) {
      const damaged = new DamagedMemory(held.memory, random, [2000, 300, 40][round % 3]!);
      const memory = new PagedMemory(damaged);
      const broken = new TaggedHeap(memory, heap.layout, (address) => pages.at(address) !== null);
      for (let count = 0; count < 1500; count++) {
        exercise(broken, broken.objectOf(heap.pointer(random.pick(objects))), random, pages);
      }
      for (const page of ordinary()) {
        for (let count = 0; count < 20; count++) {
          const address = page.areaStart + 8 * random.below((page.areaEnd - page.areaStart) / 8);
          exercise(broken, broken.objectAt(address, page), random, pages);
        }
      }
    }
  });
});

/** Asks everything of anything, and of some of what comes back. */
function exercise(heap: TaggedHeap, object: number, random: Random, pages: HeapPages): void {
  const next: number[] = [];
  let current = object;
  for (let step = 0; step < 6; step++) {
    const size = heap.size(current);
    for (let offset = 0; offset < Math.min(size, 256); offset += 8) {
      next.push(heap.field(current, offset), heap.weakField(current, offset));
      objectsOf.describeSlot(heap, current, offset);
    }
    objectsOf.className(heap, current);
    objectsOf.receiverName(heap, current);
    next.push(...objectsOf.properties(heap, current).map(({ value }) => value));
    objectsOf.property(heap, current, 'constructor');
    next.push(objectsOf.prototypeOf(heap, current), objectsOf.weakRefTarget(heap, current));
    next.push(...objectsOf.elements(heap, current, 100), ...objectsOf.mapEntries(heap, current, 100).flat());
    objectsOf.numberValue(heap, current);
    functions.functionName(heap, current);
    functions.debugName(heap, current);
    functions.builtinId(heap, current);
    next.push(functions.boundTarget(heap, current));
    const context = functions.contextInfo(heap, functions.contextOf(heap, current) || current);
    next.push(context.previous, context.extension, ...context.slots);
    const script = functions.scriptOf(heap, current) || current;
    scripts.scriptName(heap, script);
    scripts.lineColumn(heap, script, functions.functionStart(heap, current));
    sourcePosition(heap, functions.functionBytecode(heap, current) || current, random.below(500));
    readScopeInfo(heap, current);
    readString(heap, current, 10_000);
    generators.generatorState(heap, current);
    generators.generatorPosition(heap, current);
    next.push(...(generators.generatorFields(heap, current)?.registers ?? []));
    next.push(generators.promiseFields(heap, current)?.reactions ?? 0);
    next.push(generators.reactionFields(heap, current)?.fulfill ?? 0);
    next.push(generators.capabilityPromise(heap, current), generators.asyncFromSyncIterator(heap, current));
    next.push(...(generators.moduleFields(heap, current)?.asyncParents ?? []));
    const page = pages.at(heap.address(current));
    if (page) heap.objectAt(heap.address(current) + 8 * random.below(40), page);
    current = next[random.below(next.length)] ?? 0;
  }
}

/** Another memory, of which now and then a word is different, as if it had been read in the middle of being written. */
class DamagedMemory implements Memory {
  readonly #memory: Memory;
  readonly #random: Random;
  readonly #every: number;

  /** One word in so many is changed, on average. */
  constructor(memory: Memory, random: Random, every: number) {
    this.#memory = memory;
    this.#random = random;
    this.#every = every;
  }

  read(address: number, into: Buffer): number {
    const random = this.#random;
    if (random.below(200) === 0) return 0; // unmapped
    const length = this.#memory.read(address, into);
    for (
      let at = 8 * random.below(2 * this.#every);
      at + 8 <= length;
      at += 8 * (1 + random.below(2 * this.#every))
    ) {
      switch (random.below(4)) {
        case 0:
          into[at + random.below(8)]! ^= 1 << random.below(8);
          break;
        case 1:
          into.writeBigUInt64LE(0n, at);
          break;
        case 2: {
          // Another word of the page: often a pointer to something else.
          const from = 8 * random.below(length / 8);
          into.copy(into, at, from, from + 8);
          break;
        }
        default:
          into.writeUInt32LE(random.below(2 ** 31), at + 4 * random.below(2));
      }
    }
    return length;
  }

  close(): void {
    // It is another's.
  }
}
