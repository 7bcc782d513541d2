import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test, type TestContext } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { openMemory } from '#src/os/linux/memory.js';
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
  await once(child.stdout, 'data');
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
  try {
    return await eventually(() => {
      last = readMachineStack(running.source(), tid, { maxFrames: 2000 });
      if (last.outcome !== 'frames') return undefined;
      // Printing `ready` is native code too.
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
  ['--always-turbofan'],
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
      const own = readMachineStack(running.source(), running.pid);
      const names = own.outcome === 'frames' ? own.frames.map(({ functionName }) => functionName) : [];
      assert.ok(!names.includes('hold'));
      if (main === 'idle') assert.deepEqual(own, { outcome: 'frames', frames: [], cut: false });
      else assert.ok(names.some((name) => name.endsWith('execSync')));
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
    // Garbage collections and interrupts are native code, too.
    if (stack.outcome === 'frames') assert.equal(stack.frames[0]?.functionName, 'Object.busy');
    return stack.outcome === 'unknown' && stack.reason.startsWith('it runs JavaScript') ? true : undefined;
  }, 'a reason');
});

test('a thread that is never at rest: only stacks that it can have', { skip }, async (t) => {
  const running = await start(t, ['restless', 'none']);
  const source = running.source();
  const lines = new Map<string, number>();
  let frames = 0;
  for (let round = 0; round < 3000; round++) {
    const stack = readMachineStack(source, running.pid);
    if (stack.outcome === 'unknown') continue;
    frames++;
    const own = stack.frames.filter(({ script }) => script === APP);
    const path = own.map(({ functionName, line }) => `${functionName}:${line}`).join(' ');
    lines.set(path, (lines.get(path) ?? 0) + 1);
  }
  assert.ok(frames > 100, `${frames} stacks`);
  console.log([...lines]);
});
