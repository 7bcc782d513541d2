import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import {
  type ClassificationContext,
  classifyThreads,
  pairWorkers,
  type ThreadIdentity,
} from '#src/os/linux/thread-kinds.js';
import type { ThreadStart } from '#src/os/linux/thread-starts.js';
import type { OsThreadReading } from '#src/os/thread-reading.js';
import { app } from '../support.js';

const PID = 100;

function reading(
  tid: number,
  name = 'node',
  call: string | null = 'futex',
  startTicks = 10,
): OsThreadReading {
  return {
    tid,
    name,
    state: 'S',
    cpu: { userMs: 0, systemMs: 0 },
    startTicks,
    ...(call === null ? {} : { systemCall: { number: 1, name: call } }),
  };
}

/** As a process of Node 20 looks: main, scheduler, four V8 workers, signal thread, then others. */
function node20(others: readonly OsThreadReading[] = []): OsThreadReading[] {
  const initial = [reading(PID, 'node', null, 9), reading(101, 'node', 'epoll_pwait')];
  for (let tid = 102; tid <= 106; tid++) initial.push(reading(tid));
  return [...initial, ...others];
}

function kinds(readings: readonly OsThreadReading[], context: Partial<ClassificationContext> = {}): string[] {
  const found = classifyThreads(readings, {
    pid: PID,
    nodeMajor: 20,
    execArgv: [],
    nodeOptions: '',
    ...context,
  });
  return readings.map(({ tid }) => found.get(tid)!.kind);
}

function start(symbol: string | null, file = '/usr/bin/node', address = 0x1000): ThreadStart {
  return { address, file, symbol };
}

const INITIAL = ['main', 'v8', 'v8', 'v8', 'v8', 'v8', 'other'];
const UNKNOWN = ['main', ...Array.from({ length: 6 }, () => 'other')];

test('order: the first threads of Node 20', () => {
  assert.deepEqual(kinds(node20([reading(107), reading(108, 'node', 'epoll_pwait')])), [
    ...INITIAL,
    'other',
    'other',
  ]);
  const scheduler = classifyThreads(node20(), { pid: PID, nodeMajor: 20, execArgv: [], nodeOptions: '' }).get(
    101,
  );
  assert.deepEqual(scheduler, { kind: 'v8', name: 'V8 delayed task scheduler' });
});

test('order: the size of the pool', () => {
  const two = node20().filter(({ tid }) => tid < 105);
  const expected = ['main', 'v8', 'v8', 'v8', 'other'];
  assert.deepEqual(kinds(two, { execArgv: ['--v8-pool-size=2'] }), expected);
  assert.deepEqual(kinds(two, { execArgv: ['--v8-pool-size', '2'] }), expected);
  assert.deepEqual(kinds(two, { nodeOptions: '--no-warnings --v8_pool_size=2' }), expected);
  assert.deepEqual(
    kinds(node20(), { nodeOptions: '--v8-pool-size=2', execArgv: ['--v8-pool-size=4'] }),
    INITIAL,
  );
  assert.deepEqual(kinds(node20(), { execArgv: ['--v8-pool-size=0'] }), UNKNOWN, 'depends on the machine');
  assert.deepEqual(kinds(node20(), { execArgv: ['--disable-wasm-trap-handler'] }), INITIAL);
});

test('order: nothing is guessed where it may be another', () => {
  assert.deepEqual(kinds(node20(), { execArgv: ['--trace-event-categories=v8'] }), UNKNOWN);
  assert.deepEqual(kinds(node20(), { execArgv: ['--disable-sigusr1'], nodeMajor: 22 }), UNKNOWN);
  assert.deepEqual(kinds(node20(), { nodeMajor: 24 }), UNKNOWN);
  assert.deepEqual(kinds(node20(), { nodeMajor: 22 }), UNKNOWN, '22 names the scheduler');
  assert.deepEqual(kinds(node20().slice(0, 6)), UNKNOWN.slice(0, 6), 'too few');
  const preloaded = [reading(PID, 'node', null, 9), reading(101, 'jemalloc_bg_thd'), ...node20().slice(2)];
  assert.deepEqual(kinds(preloaded), UNKNOWN);
  const wrapped = node20().map((thread) => (thread.tid === 103 ? { ...thread, tid: 50 } : thread));
  assert.deepEqual(kinds(wrapped), UNKNOWN);
  const kernel = [...node20(), reading(99, 'iou-sqp-100', null)];
  assert.deepEqual(kinds(kernel), [...INITIAL, 'other']);
});

test('names: from 22 on', () => {
  const named = [
    'libuv-worker',
    'DelayedTaskSche',
    'V8Worker',
    'node-V8Worker',
    'SignalInspector',
    'node',
    'wk',
  ];
  const readings = named.map((name, at) => reading(200 + at, name));
  const expected = ['libuv', 'v8', 'v8', 'v8', 'other', 'other', 'other'];
  assert.deepEqual(kinds(readings, { nodeMajor: 24 }), expected);
  assert.deepEqual(kinds(readings, { nodeMajor: 22 }), expected);
  assert.deepEqual(
    kinds(readings, { nodeMajor: 20 }),
    readings.map(() => 'other'),
    '20 names none itself',
  );
});

test('starts: before names and order', () => {
  const readings = [
    ...node20(),
    reading(200, 'libuv-worker'),
    reading(201),
    reading(202, 'v8:ProfEvntProc'),
    reading(203, 'libuv-worker'),
    reading(204, 'libuv-worker'),
  ];
  const starts = new Map([
    [101, start('_ZN5other6threadEPv')],
    [200, start('_ZZN4node6worker6Worker11StartThreadERKN2v820FunctionCallbackInfoENUlPvE_4_FUNES8_')],
    [201, start('worker')],
    [202, start('_ZN2v84baseL11ThreadEntryEPv')],
    [203, start(null, '/app/node_modules/image/build/Release/image.node')],
    [204, start(null, '/usr/lib/libnode.so.127')],
  ]);
  const found = classifyThreads(readings, { pid: PID, nodeMajor: 22, execArgv: [], nodeOptions: '', starts });
  const expected: [number, ThreadIdentity][] = [
    [101, { kind: 'other', name: 'node' }],
    [200, { kind: 'worker', name: 'worker' }],
    [201, { kind: 'libuv', name: 'libuv pool' }],
    [202, { kind: 'v8', name: 'v8:ProfEvntProc' }],
    [203, { kind: 'other', name: 'libuv-worker (image.node)' }],
    [204, { kind: 'libuv', name: 'libuv pool' }],
  ];
  for (const [tid, identity] of expected) assert.deepEqual(found.get(tid), identity);
});

test('starts: without symbols a known Worker shows the others', () => {
  const readings = [reading(200), reading(201), reading(202)];
  const starts = new Map([
    [200, start(null)],
    [201, start(null)],
    [202, start(null, '/usr/bin/node', 0x2000)],
  ]);
  assert.deepEqual(kinds(readings, { starts, workerTids: [200] }), ['worker', 'worker', 'other']);
  assert.deepEqual(kinds(readings, { starts }), ['other', 'other', 'other']);
  assert.deepEqual(kinds(readings, { starts, workerTids: [999] }), ['other', 'other', 'other']);
});

test('Workers that did not answer are found by the order of all', () => {
  const threads = [reading(300, 'w', null, 50), reading(310, 'w', null, 40), reading(320, 'w', null, 50)];
  const workers = [
    { threadId: 9, tid: null },
    { threadId: 1, tid: 310 },
    { threadId: 4, tid: null },
  ];
  assert.deepEqual(
    [...pairWorkers(workers, threads)],
    [
      [1, 310],
      [4, 300],
      [9, 320],
    ],
  );
  assert.equal(pairWorkers(workers.slice(1), threads).size, 0, 'one is missing');
  const elsewhere = workers.map((worker) => (worker.threadId === 1 ? { ...worker, tid: 320 } : worker));
  assert.equal(pairWorkers(elsewhere, threads).size, 0);
  assert.equal(pairWorkers([], []).size, 0);
});

interface Classified {
  pid: number;
  problem: string | null;
  workers: { threadId: number; tid: number }[];
  hasStarts: boolean;
  hasSymbols: boolean;
  threads: {
    tid: number;
    name: string;
    withStarts: ThreadIdentity;
    alone: ThreadIdentity;
    byReference: string;
  }[];
  pairs: [number, number][];
}

/** Trace files are written to the working directory; where they cannot be, Node 20 never exits. */
const directory = mkdtempSync(join(tmpdir(), 'guru-threads-'));
after(() => rmSync(directory, { recursive: true }));

function classify(flags: readonly string[], nodeOptions = ''): Classified {
  const output = execFileSync(process.execPath, [...flags, app('classify.mjs')], {
    cwd: directory,
    env: { ...process.env, NODE_OPTIONS: nodeOptions, UV_THREADPOOL_SIZE: '3' },
    encoding: 'utf8',
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  return JSON.parse(output) as Classified;
}

const nodeMajor = Number(process.versions.node.split('.')[0]);
const skip = process.platform === 'linux' ? false : 'Linux only';

describe('real processes', { skip }, () => {
  test('starts tell everything', (t) => {
    const { pid, problem, workers, hasStarts, hasSymbols, threads, pairs } = classify([]);
    assert.equal(problem, null);
    if (!hasStarts) return t.skip('not on this architecture or C library');
    const workerTids = workers.map(({ tid }) => tid);
    const found = threads.filter(({ byReference }) => byReference === 'worker').map(({ tid }) => tid);
    assert.deepEqual(found, workerTids, 'by one that is known');
    assert.deepEqual(
      pairs,
      workers.map(({ threadId, tid }) => [threadId, tid]),
    );
    if (!hasSymbols) return t.skip('this Node has no symbols');
    const ofKind = (kind: string): typeof threads =>
      threads.filter(({ withStarts }) => withStarts.kind === kind);
    assert.deepEqual(
      ofKind('main').map(({ tid }) => tid),
      [pid],
    );
    assert.deepEqual(
      ofKind('worker').map(({ tid }) => tid),
      workerTids,
    );
    assert.equal(ofKind('libuv').length, 3);
    assert.equal(ofKind('v8').length, 5);
    assert.deepEqual(
      ofKind('other').map(({ withStarts }) => withStarts.name),
      ['inspector signal thread'],
    );
  });

  // What the order says must be what the starts say, or nothing.
  const variants: [flags: string[], nodeOptions: string, initial: number][] = [
    [[], '', 6],
    [['--v8-pool-size=2'], '', 4],
    [[], '--v8-pool-size=1', 3],
    [['--v8-pool-size=0'], '', 0],
    [['--disable-wasm-trap-handler', '--no-warnings'], '', 6],
    [['--trace-event-categories=none'], '', 0],
    ...(nodeMajor >= 22 ? [[['--disable-sigusr1'], '', 0] satisfies [string[], string, number]] : []),
  ];
  for (const [flags, nodeOptions, initial] of variants) {
    test(`names and order with ${[...flags, nodeOptions].join(' ') || 'no flags'}`, (t) => {
      const { hasSymbols, threads, workers } = classify(flags, nodeOptions);
      const told = threads.filter(
        ({ alone }) => alone.kind === 'v8' || alone.name === 'inspector signal thread',
      );
      if (nodeMajor === 20) assert.equal(told.length, initial);
      if (nodeMajor === 22) assert.equal(told.length, initial || 1, 'it names the scheduler');
      if (!hasSymbols) return t.skip('nothing to compare with');
      for (const { tid, name, alone, withStarts } of threads) {
        // A Worker that bears a name of Node's own is the one that can deceive.
        if (alone.kind !== 'other' && tid !== workers[0]?.tid) assert.deepEqual(alone, withStarts, name);
      }
    });
  }
});
