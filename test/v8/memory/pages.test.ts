import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Memory } from '#src/os/linux/memory.js';
import { openMemory } from '#src/os/linux/memory.js';
import { readMaps } from '#src/os/linux/memory-map.js';
import { readV8Constants } from '#src/v8/memory/constants.js';
import { type HeapPage, type HeapPages, readHeapPages } from '#src/v8/memory/pages.js';
import { PagedMemory } from '#src/v8/memory/paged-memory.js';
import type { Range } from '#src/v8/memory/range.js';
import { heapRegions, openResident } from '#src/v8/memory/regions.js';
import { Needles, scanWords } from '#src/v8/memory/scan.js';
import { eventually } from '../../os/support.js';
import { FakeMemory } from './fake-memory.js';

const linuxOnly = { skip: process.platform !== 'linux' || process.arch !== 'x64' };
const program = fileURLToPath(new URL('../../../../test/apps/v8/memory/suspended.mjs', import.meta.url));

/** Bytes of a page that are neither: fillers of one and two words. */
const FILLERS = 2048;

/** JSGeneratorObject::continuation, a Smi: negative where it is running or has ended. The same in V8 11 to 14. */
const CONTINUATION = 64;

interface Target {
  pid: number;
  raw: Memory;
}

async function start(t: TestContext, ...args: string[]): Promise<Target> {
  const child = spawn(process.execPath, ['--expose-gc', program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(async () => {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  });
  await once(child.stdout, 'data');
  const raw = openMemory(child.pid!);
  assert.ok(raw !== null);
  t.after(() => raw.close());
  return { pid: child.pid!, raw };
}

function read({ pid, raw }: Target): { memory: PagedMemory; pages: HeapPages } {
  const memory = new PagedMemory(raw);
  const pages = readHeapPages(memory, readMaps(pid)!);
  assert.ok(!('reason' in pages), JSON.stringify(pages));
  return { memory, pages };
}

/** Tagged pointers to the maps of async functions' objects: each context has one. */
function mapsOfAsyncFunctions(pid: number, memory: PagedMemory, pages: HeapPages): Needles {
  const constants = readV8Constants(pid);
  assert.ok(!('reason' in constants));
  const wanted = constants.find('type_JSAsyncFunctionObject__');
  const typeOfMaps = constants.find('type_Map__');
  const type = (map: number): number =>
    memory.u16(map - 1 + constants.get('class_Map__instance_type__uint16_t')!);
  const maps: number[] = [];
  for (const page of pages.pages) {
    if (page.young || page.large) continue;
    for (const { start, end } of pages.used(page)) {
      for (let at = start; at < end; at += 8) {
        if (type(at + 1) !== wanted || (memory.low(at) & 3) !== 1) continue;
        const meta = memory.word(at);
        if (memory.word(meta - 1) === meta && type(meta) === typeOfMaps) maps.push(at + 1);
      }
    }
  }
  return new Needles(maps);
}

function suspended(
  memory: PagedMemory,
  pages: HeapPages,
  needles: Needles,
  ranges: readonly Range[],
  skip = true,
): number {
  let count = 0;
  const { complete } = scanWords(
    memory,
    {
      ranges,
      needles,
      skipFreeSpace: skip ? pages.freeSpace : null,
      resident: null,
      deadline: Number.POSITIVE_INFINITY,
    },
    (address) => {
      const continuation =
        memory.low(address + CONTINUATION) === 0 ? memory.high(address + CONTINUATION) : -1;
      if (continuation >= 0 && continuation < 100) count++;
    },
  );
  // Pages that are given back while they are gone over are missing.
  return complete ? count : -1;
}

function usedOf(pages: HeapPages, heap: number): Range[] {
  return pages.pages.flatMap((page) => (page.heap === heap ? pages.used(page) : []));
}

test('after a collection nothing dead is left in what is used, in each isolate', linuxOnly, async (t) => {
  const target = await start(t, 'collect', '300', '200');
  // Sweeping goes on in other threads for a while.
  const counts = await eventually(() => {
    const { memory, pages } = read(target);
    const needles = mapsOfAsyncFunctions(target.pid, memory, pages);
    const found = pages.heaps.map((heap) => suspended(memory, pages, needles, usedOf(pages, heap)));
    found.sort((a, b) => a - b);
    return pages.exact && String(found) === '200,300' ? { memory, pages, needles } : undefined;
  }, 'exactly those alive');
  const { memory, pages, needles } = counts;
  assert.deepEqual(pages.problems(), []);
  const areas = pages.pages.map(({ areaStart, areaEnd }) => ({ start: areaStart, end: areaEnd }));
  const stale = suspended(memory, pages, needles, areas.filter(isReadable(target.pid)), false);
  assert.ok(stale > 1000, `there is stale memory to be told apart: ${stale}`);
});

test('what the young generation holds beyond its top is not used', linuxOnly, async (t) => {
  const target = await start(t, 'scavenge', '300');
  // The program may still be about to fall idle.
  const { memory, pages } = await eventually(() => {
    const found = read(target);
    return found.pages.exact ? found : undefined;
  }, 'the heap is at rest');
  const needles = mapsOfAsyncFunctions(target.pid, memory, pages);
  const heap = pages.heaps[0]!;
  const young = suspended(memory, pages, needles, pages.young(heap));
  const all = suspended(memory, pages, needles, usedOf(pages, heap));
  assert.ok(young <= 300, `only those alive are left in the young generation: ${young}`);
  assert.ok(all >= 300, `all that are alive are there: ${all}`);
  for (const page of pages.pages) if (page.from) assert.deepEqual(pages.used(page), []);
});

test('pages are in order, do not overlap, and are found by address', linuxOnly, async (t) => {
  const { pages } = read(await start(t, 'collect', '10'));
  let end = 0;
  for (const page of pages.pages) {
    assert.equal(page.start % (256 * 1024), 0);
    assert.ok(page.start >= end);
    end = page.start + page.size;
    assert.equal(pages.at(page.start), page);
    assert.equal(pages.at(page.areaEnd - 8), page);
    assert.notEqual(pages.at(end), page);
    assert.notEqual(pages.at(page.start - 1), page);
    let from = page.areaStart;
    for (const range of pages.used(page)) {
      assert.ok(range.start >= from && range.end > range.start && range.end <= page.areaEnd);
      from = range.end;
    }
  }
  assert.equal(pages.heaps.length, 1);
  assert.ok(pages.pages.some((page) => page.readOnly && page.heap === 0));
  assert.ok(pages.pages.some((page) => page.young && !page.from));
  assert.ok(pages.pages.some((page) => page.large));
  assert.equal(pages.at(8), null);
});

test('V8 counts as allocated what is used and not free', linuxOnly, async (t) => {
  const target = await start(t, 'collect', '300');
  await eventually(() => {
    const { memory, pages } = read(target);
    const old = pages.pages.filter((page) => !page.young && !page.large && !page.readOnly);
    const swept = old.filter((page) => {
      const ranges = pages.used(page);
      // What is set aside for allocation counts as allocated.
      if (ranges.length !== 1 || ranges[0]!.end !== page.areaEnd) return false;
      const taken = page.areaEnd - page.areaStart - freeIn(memory, pages, ranges);
      return Math.abs(taken - page.allocatedBytes) <= FILLERS;
    });
    return swept.length * 2 > old.length ? swept : undefined;
  }, 'most pages agree');
});

function freeIn(memory: PagedMemory, pages: HeapPages, ranges: readonly Range[]): number {
  const { map, unit } = pages.freeSpace!;
  let bytes = 0;
  for (const { start, end } of ranges)
    for (let at = start; at < end; at += 8) {
      if (memory.word(at) !== map || memory.low(at + 8) !== 0) continue;
      const size = memory.high(at + 8) * unit;
      bytes += size;
      at += size - 8;
    }
  return bytes;
}

test('a refresh gives what reading all again does', linuxOnly, async (t) => {
  const target = await start(t, 'busy', '100');
  let compared = 0;
  let changed = 0;
  const why: string[] = [];
  for (let round = 0; round < 200 && compared < 10; round++) {
    process.kill(target.pid, 'SIGSTOP');
    await eventually(() => isStopped(target.pid) || undefined, 'the program stands still');
    const earlier = read(target);
    process.kill(target.pid, 'SIGCONT');
    await eventually(() => !isStopped(target.pid) || undefined, 'the program goes on');
    await delay(Math.random() * 20);
    process.kill(target.pid, 'SIGSTOP');
    await eventually(() => isStopped(target.pid) || undefined, 'the program stands still');
    earlier.memory.thaw();
    const [heap = 0] = earlier.pages.heaps;
    const refreshed = earlier.pages.refresh(earlier.memory, heap);
    const again = read(target).pages;
    process.kill(target.pid, 'SIGCONT');
    // Stopped within a collection.
    const problems = [earlier.pages, refreshed, again].map((pages) => pages.problems().join());
    if (problems.some((problem) => problem !== '')) {
      why.push(problems.join(' | '));
      continue;
    }
    compared++;
    const now = summaryOf(again);
    assert.deepEqual(summaryOf(refreshed), now);
    if (JSON.stringify(summaryOf(earlier.pages)) !== JSON.stringify(now)) changed++;
  }
  assert.ok(compared >= 10, `compared ${compared} times: ${why.slice(-5).join('\n')}`);
  assert.ok(changed >= 1, 'the program allocated');
});

test('the pages of one heap only are refreshed as among all', linuxOnly, async (t) => {
  const target = await start(t);
  process.kill(target.pid, 'SIGSTOP');
  await eventually(() => isStopped(target.pid) || undefined, 'the program stands still');
  const { memory, pages } = read(target);
  const [heap = 0] = pages.heaps;
  const wanted = summaryOf(pages).filter(([page]) => page.heap === heap || page.readOnly);
  const only = pages.only(heap);
  assert.deepEqual(summaryOf(only), wanted);
  assert.deepEqual(only.heaps, [heap]);
  assert.deepEqual(summaryOf(only.refresh(memory, heap)), wanted);
  process.kill(target.pid, 'SIGCONT');
});

function summaryOf(pages: HeapPages): [HeapPage, readonly Range[]][] {
  return pages.pages.map((page) => [page, pages.used(page)]);
}

/** All its threads, the helpers of the collector too. */
function isStopped(pid: number): boolean {
  return readdirSync(`/proc/${pid}/task`).every((task) =>
    /\) [Tt] /.test(readFileSync(`/proc/${pid}/task/${task}/stat`, 'latin1')),
  );
}

test('only what is resident is read, and that is enough', linuxOnly, async (t) => {
  const target = await start(t, 'collect', '300');
  const { pages } = read(target);
  const resident = openResident(target.pid);
  assert.ok(resident !== null);
  t.after(() => resident.close());
  for (const page of pages.pages) {
    const whole = { start: page.areaStart, end: page.areaEnd };
    let from = whole.start;
    for (const { start, end } of resident.within(whole)) {
      assert.ok(start >= from && end > start && end <= whole.end);
      from = end;
    }
  }
  assert.deepEqual(resident.within({ start: 4096, end: 4096 * 40 }), []);
  assert.equal(openResident(2 ** 22 + 1), null);
});

function isReadable(pid: number): (range: Range) => boolean {
  const regions = heapRegions(readMaps(pid)!);
  return ({ start, end }) => regions.some((region) => region.start <= start && region.end >= end);
}

test('says why where memory cannot be read or is not as expected, and never throws', linuxOnly, async (t) => {
  const target = await start(t, 'collect', '10');
  const maps = readMaps(target.pid)!;
  const reasonOf = (memory: Memory, text = maps): string => {
    const pages = readHeapPages(new PagedMemory(memory), text);
    assert.ok('reason' in pages, 'there is a reason');
    return pages.reason;
  };
  const close = (): void => {};
  assert.match(reasonOf(new FakeMemory()), /no pages of V8/);
  assert.match(reasonOf(target.raw, ''), /no pages of V8/);
  assert.match(reasonOf(target.raw, 'nonsense rw-p \n'), /no pages of V8/);
  // Headers that begin elsewhere, as another version may have them.
  const shifted = (by: number): Memory => ({ read: (at, into) => target.raw.read(at + by, into), close });
  assert.match(reasonOf(shifted(8)), /no pages of V8/);
  assert.match(reasonOf(shifted(-8)), /no pages of V8/);
  assert.match(reasonOf({ read: (_, into) => into.fill(0xff).length, close }), /no pages of V8/);
  assert.match(reasonOf({ read: (_, into) => into.fill(0).length, close }), /no pages of V8/);
});

test('with pages missing or bits wrong there is still an answer', linuxOnly, async (t) => {
  const target = await start(t, 'collect', '10');
  const maps = readMaps(target.pid)!;
  let seed = 1;
  const random = (): number => (seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 1) / 2 ** 31;
  for (const rate of [0.001, 0.01, 0.1, 0.5]) {
    const memory: Memory = {
      read(address, into) {
        if (random() < rate) return random() < 0.5 ? 0 : target.raw.read(address, into.subarray(0, 40));
        const read = target.raw.read(address, into);
        if (random() < rate) into[Math.floor(random() * into.length)]! ^= 1 << (address % 7);
        return read;
      },
      close() {},
    };
    const pages = readHeapPages(new PagedMemory(memory), maps);
    if ('reason' in pages) assert.equal(typeof pages.reason, 'string');
    else for (const page of pages.pages) assert.ok(page.areaEnd > page.areaStart);
  }
});
