import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test, type TestContext } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { type Memory, openMemory } from '#src/os/linux/memory.js';
import { readMaps } from '#src/os/linux/memory-map.js';
import { readV8Constants } from '#src/v8/memory/constants.js';
import { layoutOf } from '#src/v8/memory/layout.js';
import { machineLayoutOf } from '#src/v8/memory/machine-layout.js';
import {
  type MachineStack,
  type MachineStackSource,
  readMachineStack,
  type StackFunction,
} from '#src/v8/memory/machine-stack.js';
import { PagedMemory } from '#src/v8/memory/paged-memory.js';
import { readHeapPages } from '#src/v8/memory/pages.js';
import { endWithTest, eventually } from '../../os/support.js';

const APP = resolve('test/apps/v8/memory/machine-stack.cjs');
const major = Number(process.versions.node.split('.')[0]);
const skip = process.platform === 'linux' && process.arch === 'x64' ? false : 'x64 Linux only';

interface Running {
  pid: number;
  source(): MachineStackSource;
}

/** Starts the program; resolves once it is about to call native code. */
async function start(
  t: TestContext,
  args: readonly string[],
  flags: readonly string[] = [],
): Promise<Running> {
  const child = spawn(process.execPath, [...flags, APP, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  endWithTest(t, child);
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(([code]) => assert.fail(`it ended with ${code}`)),
  ]);
  const pid = child.pid!;
  const memory = openMemory(pid);
  assert.ok(memory);
  t.after(() => memory.close());
  return { pid, source: () => sourceOf(pid, memory) };
}

function sourceOf(pid: number, memory: NonNullable<ReturnType<typeof openMemory>>): MachineStackSource {
  const constants = readV8Constants(pid);
  assert.ok(!('reason' in constants));
  const layout = layoutOf(constants, process.versions.v8);
  assert.ok(!('reason' in layout));
  const machine = machineLayoutOf(constants, process.versions.v8);
  assert.ok(!('reason' in machine));
  const pages = readHeapPages(new PagedMemory(memory), readMaps(pid)!);
  assert.ok(!('reason' in pages), JSON.stringify(pages));
  return { pid, memory, layout, machine, pages };
}

/** Reads until the thread is in the function that the program calls native code from. */
async function readHeld(running: Running, tid = running.pid): Promise<StackFunction[]> {
  let last: MachineStack | undefined;
  let before: MachineStack | undefined;
  try {
    return await eventually(() => {
      before = last;
      last = readMachineStack(running.source(), tid, { maxFrames: 2000 });
      // Printing `ready` is native code too, and so is what collects garbage until it is where it stays.
      if (last.outcome !== 'frames' || !isDeepStrictEqual(before, last)) return undefined;
      const held = last.frames.findIndex((frame) => frame.functionName === 'hold');
      const innermost = last.frames[0]?.functionName ?? '';
      return held > 0 && !/write/i.test(innermost) ? last.frames.slice(held + 1) : undefined;
    }, 'the stack of the thread in native code');
  } catch (error) {
    throw new Error(`last seen: ${JSON.stringify(last)}`, { cause: error });
  }
}

/** What V8 itself says at that point, in another run. */
function truth(scenario: string, flags: readonly string[] = []): StackFunction[] {
  return JSON.parse(execFileSync(process.execPath, [...flags, APP, scenario, 'truth'], { encoding: 'utf8' }));
}

function withoutFlags({ functionName, script, line, column }: StackFunction): object {
  return { functionName, script, line, column };
}

const SCENARIOS =
  `nested classes overridden setter conversions old renamed anonymous iterators generators builtins calls
proxies json regexp emitter evaluated evaluatedDirectly asynchronous asyncGenerators reactions resolving finalizers wide
recursion`.split(/\s+/);

for (const scenario of SCENARIOS) {
  test(`the same stack as V8's own: ${scenario}`, { skip }, async (t) => {
    const frames = await readHeld(await start(t, [scenario, 'exec']));
    assert.deepEqual(frames.map(withoutFlags), truth(scenario));
    assert.ok(frames.every((frame) => !frame.approximate));
  });
}

/** Without the type of the receiver and the alias. */
function bareName(name: string): string {
  return name.replace(/ \[as .*\]$/, '').replace(/^[^ ]*\.(?=[^.]+$)/, '');
}

/** Receivers of inlined functions are not known: their names are compared as they were written. */
function bare(frame: StackFunction): object {
  return { ...withoutFlags(frame), functionName: bareName(frame.functionName) };
}

const TIERS = [
  [],
  ['--no-opt'],
  ['--no-opt', '--no-maglev'],
  ['--always-sparkplug'],
  ['--maglev', '--no-opt'],
  // Not in 26.
  ...(major < 26 ? [['--always-turbofan']] : []),
  ['--no-lazy-feedback-allocation', '--always-sparkplug', '--maglev'],
];

for (const flags of TIERS) {
  for (const scenario of [
    'optimized',
    'optimizedBuiltins',
    'replacedOnStack',
    'deoptimized',
    'nested',
    'wide',
  ]) {
    test(`machine code: ${scenario} ${flags.join(' ')}`, { skip }, async (t) => {
      const frames = await readHeld(await start(t, [scenario, 'exec'], flags));
      assert.deepEqual(frames.map(bare), truth(scenario, flags).map(bare));
      assert.ok(frames.every((frame) => !frame.approximate));
    });
  }
}

for (const native of ['pbkdf2', 'fifo', 'gzip', 'hash', 'wait']) {
  test(`in native code: ${native}`, { skip }, async (t) => {
    const args = ['nested', native];
    if (native === 'fifo') {
      const directory = mkdtempSync(join(tmpdir(), 'guru-fifo-'));
      t.after(() => rmSync(directory, { recursive: true }));
      args.push(join(directory, 'fifo'));
      execFileSync('mkfifo', [args[2]!]);
    }
    const running = await start(t, args);
    const frames = await readHeld(running);
    assert.deepEqual(frames.map(withoutFlags), truth('nested'));
  });
}

test('at most so many frames as are asked for', { skip }, async (t) => {
  const running = await start(t, ['recursion', 'exec']);
  await readHeld(running);
  const stack = readMachineStack(running.source(), running.pid, { maxFrames: 20 });
  assert.ok(stack.outcome === 'frames');
  assert.equal(stack.frames.length, 20);
  assert.equal(stack.cut, true);
});

/** The ids of the threads of a process. */
function threadsOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).map(Number);
}

for (const native of ['exec', 'pbkdf2']) {
  for (const main of ['idle', 'both']) {
    test(`a worker in native code: ${native}, main thread ${main}`, { skip }, async (t) => {
      const running = await start(t, ['worker', 'nested', native, main]);
      const expected = truth('nested');
      const tids = threadsOf(running.pid).filter((tid) => tid !== running.pid);
      await eventually(() => {
        const held = tids
          .map((tid) => readMachineStack(running.source(), tid, { maxFrames: 2000 }))
          .filter((stack) => stack.outcome === 'frames')
          .map(({ frames }) =>
            frames.slice(frames.findIndex(({ functionName }) => functionName === 'hold') + 1),
          )
          .filter((frames) =>
            isDeepStrictEqual(frames.slice(0, 10).map(withoutFlags), expected.slice(0, 10)),
          );
        return held.length === 1 ? true : undefined;
      }, 'one thread has the stack');
      // Nothing of it is on the main thread's stack.
      await eventually(() => {
        const own = readMachineStack(running.source(), running.pid);
        const names = own.outcome === 'frames' ? own.frames.map(({ functionName }) => functionName) : ['?'];
        assert.ok(!names.includes('hold'));
        const done = main === 'idle' ? names.length === 0 : names.some((name) => name.endsWith('execSync'));
        return done ? true : undefined;
      }, 'the stack of the main thread');
    });
  }
}

test('no JavaScript on the stack of an idle thread, nor of one of V8 or libuv', { skip }, async (t) => {
  const running = await start(t, ['idle', 'none']);
  await eventually(() => {
    const stacks = threadsOf(running.pid).map((tid) => readMachineStack(running.source(), tid));
    return stacks.every((stack) => stack.outcome === 'frames' && stack.frames.length === 0)
      ? true
      : undefined;
  }, 'all threads have none');
});

test('unknown, not guessed, while JavaScript runs', { skip }, async (t) => {
  const running = await start(t, ['busy', 'none']);
  await eventually(() => {
    const stack = readMachineStack(running.source(), running.pid);
    if (stack.outcome === 'frames') {
      const top = stack.frames[0]?.functionName;
      // It may still be saying that it is ready. Garbage collections and interrupts are native code, too.
      if (top?.endsWith('writeSync')) return undefined;
      assert.equal(top, 'Object.busy');
    }
    return stack.outcome === 'unknown' && stack.reason.startsWith('it runs JavaScript') ? true : undefined;
  }, 'a reason');
});

test('a thread that is never at rest: only stacks that it can have', { skip }, async (t) => {
  const running = await start(t, ['restless', 'none']);
  const text = readFileSync(APP, 'utf8').split('\n');
  const lineOf = (comment: string): number => text.findIndex((line) => line.endsWith(`// ${comment}`)) + 1;
  const digest = `digest:${lineOf('digest')}`;
  const possible = new Set([
    `${digest} Object.restless:${lineOf('directly')}`,
    `${digest} Array.forEach:null right:${lineOf('right')} Object.restless:${lineOf('indirectly')}`,
  ]);
  // Where V8 moves the array in the midst of it, its class cannot be read, and the name stands alone (26.12).
  const withoutClass = [...possible].map((path) => path.replace('Array.', ''));
  const seen = new Set<string>();
  const isMissing = (path: string): boolean => !seen.has(path);
  for (let round = 0; round < 2000 && [...possible].some(isMissing); round++) {
    // Its pages as they are by now: V8 gives it others while it runs, in which receivers may be.
    const stack = readMachineStack(running.source(), running.pid);
    if (stack.outcome === 'unknown') continue;
    const path = stack.frames.map(({ functionName, line }) => `${functionName}:${line}`).join(' ');
    const own = /digest:.*Object\.restless:\d+/.exec(path)?.[0];
    // Between its calls it is in other native code: allocating memory, collecting garbage.
    if (own !== undefined) seen.add(own);
  }
  for (const path of withoutClass) if (!possible.has(path)) seen.delete(path);
  assert.deepEqual(seen, possible);
});

test('memory that is torn, or not there, is never an exception, nor other frames', { skip }, async (t) => {
  const running = await start(t, ['nested', 'exec']);
  await readHeld(running);
  const source = running.source();
  const known = readMachineStack(source, running.pid);
  assert.ok(known.outcome === 'frames');
  const random = createRandom(20_261_123);
  const outcomes = { frames: 0, unknown: 0 };
  for (let round = 0; round < 300; round++) {
    const often = 10 ** (random() * 3);
    const memory: Memory = {
      read(address, into) {
        const read = source.memory.read(address, into);
        if (random() * often > 1) return read;
        if (random() < 0.3) return 0;
        if (random() < 0.3) return Math.floor(read * random());
        const word = Math.floor((random() * read) / 8) * 8;
        if (word + 8 <= read) into.writeBigUInt64LE(BigInt(Math.floor(random() * 2 ** 47)), word);
        return read;
      },
      close() {},
    };
    const stack = readMachineStack({ ...source, memory }, running.pid);
    outcomes[stack.outcome]++;
    // A name or a place may be torn, which pages from elsewhere do not show; but there is no frame too many.
    if (stack.outcome === 'frames') assert.ok(stack.frames.length <= known.frames.length);
  }
  assert.ok(outcomes.unknown > 10, JSON.stringify(outcomes));
});

function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

test('no layout for versions of V8 that are not known', () => {
  const none = { get: () => undefined, find: () => undefined, size: 0, object: '' };
  assert.ok('reason' in machineLayoutOf(none, '13.6.233'));
  const constants = readV8Constants(process.pid);
  if (!('reason' in constants)) assert.ok('reason' in machineLayoutOf(constants, '10.2.154'));
});
