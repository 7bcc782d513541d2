import { basename } from 'node:path';
import type { ThreadKind } from '../../report/schema.js';
import type { OsThreadReading } from '../thread-reading.js';
import type { ThreadStart, ThreadStarts } from './thread-starts.js';

/**
 * What each OS thread of a Node process is. In the order of trust:
 *
 * 1. the function that it was started with ({@link ThreadStarts}): exact, on every version, where it can be read
 *    (x86-64, glibc, an executable with its symbols; Workers also without symbols, by one that is known);
 * 2. its name. Node 20 names none (all are `node`, or whatever `process.title` was when they began); Node 22.23
 *    names `DelayedTaskSche` and `libuv-worker`; Node 24.21 and 26.10 also `V8Worker` (26: `node-V8Worker`) and
 *    `SignalInspector`. Names are inherited: a thread that an addon starts from the pool is `libuv-worker`, too;
 * 3. on 20 and 22 the order in which the threads began, which is fixed before any JavaScript runs: the scheduler
 *    of delayed tasks, `--v8-pool-size` V8 workers (default 4), the inspector's signal thread.
 *
 * Where none of these tells, the kind is `other`: so is the libuv pool of Node 20 without 1. (An idle thread of the
 * pool waits at a static address, but so does the inspector's signal thread, and a busy one waits anywhere.)
 */
export interface ClassificationContext {
  pid: number;
  nodeMajor: number;
  /** Of the main thread. */
  execArgv: readonly string[];
  /** The value of NODE_OPTIONS, empty where it is not set. */
  nodeOptions: string;
  starts?: ThreadStarts | null;
  /** OS threads known to be Workers, such as the one that asks. */
  workerTids?: readonly number[];
}

export interface ThreadIdentity {
  /** `worker` for Workers found by their start; the caller knows the sentinel by its tid. */
  kind: ThreadKind;
  name: string;
}

const MAIN: ThreadIdentity = { kind: 'main', name: 'main thread' };
const WORKER: ThreadIdentity = { kind: 'worker', name: 'worker' };
const SCHEDULER: ThreadIdentity = { kind: 'v8', name: 'V8 delayed task scheduler' };
const V8_WORKER: ThreadIdentity = { kind: 'v8', name: 'V8 worker' };
const SIGNAL_INSPECTOR: ThreadIdentity = { kind: 'other', name: 'inspector signal thread' };
const POOL: ThreadIdentity = { kind: 'libuv', name: 'libuv pool' };

/** The mangled names hold the plain ones, whatever compiler made them. Seen on 20.20, 22.23, 24.21 and 26.10. */
const BY_SYMBOL: readonly [pattern: RegExp, identity: ThreadIdentity][] = [
  [/^worker$/, POOL],
  [/PlatformWorkerThread/, V8_WORKER],
  [/DelayedTaskScheduler/, SCHEDULER],
  [/^_ZZN4node6worker6Worker11StartThread/, WORKER],
  [/StartIoThreadMain/, SIGNAL_INSPECTOR],
  [/InspectorIo/, { kind: 'other', name: 'inspector server' }],
  [/^_ZN4node20SigintWatchdogHelper/, { kind: 'other', name: 'SIGINT watchdog' }],
  [/^_ZN4node8Watchdog/, { kind: 'other', name: 'vm timeout watchdog' }],
  [/^_ZZN4node7tracing5Agent/, { kind: 'other', name: 'trace event writer' }],
];
/** V8's own threads, such as the sampler of a CPU profile; it gives them names. */
const V8_THREAD = /^_ZN2v84base.*ThreadEntry/;

const BY_NAME: ReadonlyMap<string, ThreadIdentity> = new Map([
  ['libuv-worker', POOL],
  ['DelayedTaskSche', SCHEDULER],
  ['V8Worker', V8_WORKER],
  ['node-V8Worker', V8_WORKER],
  ['SignalInspector', SIGNAL_INSPECTOR],
]);

/** The thread's id → what it is; one for every reading. Pure. */
export function classifyThreads(
  readings: readonly OsThreadReading[],
  context: ClassificationContext,
): Map<number, ThreadIdentity> {
  const byOrder = classifyByOrder(readings, context);
  const workerStarts = new Set(context.workerTids?.map((tid) => context.starts?.get(tid)?.address));
  const workers = new Set(context.workerTids);
  return new Map(
    readings.map((reading): [number, ThreadIdentity] => {
      const start = context.starts?.get(reading.tid);
      if (reading.tid === context.pid) return [reading.tid, MAIN];
      if (workers.has(reading.tid) || (start && workerStarts.has(start.address)))
        return [reading.tid, WORKER];
      const identity =
        (start && classifyByStart(start, reading.name)) ??
        (context.nodeMajor >= 22 ? BY_NAME.get(reading.name) : undefined) ??
        byOrder.get(reading.tid) ??
        ({ kind: 'other', name: reading.name } satisfies ThreadIdentity);
      return [reading.tid, identity];
    }),
  );
}

function classifyByStart(start: ThreadStart, name: string): ThreadIdentity | null {
  if (start.symbol !== null) {
    const known = BY_SYMBOL.find(([pattern]) => pattern.test(start.symbol ?? ''));
    if (known !== undefined) return known[1];
    // Whatever its name is, it is none of Node's threads.
    return { kind: V8_THREAD.test(start.symbol) ? 'v8' : 'other', name };
  }
  // Started by a library or an addon: say which, as the name is most often inherited. Some distributions have
  // Node and libuv themselves in libraries.
  const file = start.file === null ? '' : basename(start.file);
  if (!/\.(?:so(?:\.[\d.]+)?|node)$/.test(file) || /^lib(?:node|uv)\./.test(file)) return null;
  return { kind: 'other', name: `${name} (${file})` };
}

/** Flags that change which threads begin first: with them the order tells nothing. */
const ORDER_CHANGING = /^--(?:trace-event|disable-sigusr1|single-threaded|experimental-config-file|snapshot)/;
const POOL_SIZE = /^--v8-pool-size(?:=(\d+))?$/;
const DEFAULT_POOL_SIZE = 4;

/** For Node 20 and 22 only: from 24 on the names tell. Empty where anything is not as it should be. */
function classifyByOrder(
  readings: readonly OsThreadReading[],
  context: ClassificationContext,
): Map<number, ThreadIdentity> {
  const none = new Map<number, ThreadIdentity>();
  if (context.nodeMajor !== 20 && context.nodeMajor !== 22) return none;
  const poolSize = v8PoolSize(context);
  if (poolSize === null) return none;
  const expected = [SCHEDULER, ...Array.from({ length: poolSize }, () => V8_WORKER), SIGNAL_INSPECTOR];
  const first = readings
    .filter(({ tid, name }) => tid !== context.pid && !name.startsWith('iou-')) // the kernel's, of io_uring
    .toSorted((a, b) => a.startTicks - b.startTicks || a.tid - b.tid)
    .slice(0, expected.length);
  if (first.length < expected.length) return none;
  // Ids that were given out again after the highest (32,768 by default) do not tell the order within a tick.
  if (first.some(({ tid }, at) => tid < (first[at - 1]?.tid ?? context.pid))) return none;
  // A library that was preloaded may have begun threads before. The scheduler waits in its event loop always, the
  // signal thread for its semaphore; Node 22 also names the scheduler.
  const [scheduler, signal] = [first[0], first.at(-1)];
  if (!waitsIn(scheduler, /^epoll/) || !waitsIn(signal, /^futex$/)) return none;
  if (context.nodeMajor === 22 && scheduler?.name !== 'DelayedTaskSche') return none;
  return new Map(first.map(({ tid }, at) => [tid, expected[at]!]));
}

function waitsIn(reading: OsThreadReading | undefined, call: RegExp): boolean {
  return call.test(reading?.systemCall?.name ?? '');
}

/** `null` where it depends on the machine (0) or other flags make the order uncertain. */
function v8PoolSize(context: ClassificationContext): number | null {
  let size: number | null = DEFAULT_POOL_SIZE;
  // Those of the command line come last: they win.
  const flags = [...context.nodeOptions.split(/\s+/), ...context.execArgv].map((flag) =>
    flag.replaceAll('_', '-'),
  );
  for (const [at, flag] of flags.entries()) {
    if (ORDER_CHANGING.test(flag)) return null;
    const match = POOL_SIZE.exec(flag);
    if (match === null) continue;
    const value = Number(match[1] ?? flags[at + 1]);
    // 0 means one less than there are CPUs, at least 1, as seen when the process began.
    size = Number.isInteger(value) && value > 0 ? value : null;
  }
  return size;
}

/** A Worker as Node knows it; `tid` is `null` where it has not said which OS thread it runs in. */
export interface KnownWorker {
  threadId: number;
  tid: number | null;
}

/**
 * Finds the OS threads of Workers that did not answer: Node's thread id → OS thread id, those that were known
 * included. Node counts thread ids up as Workers are made and starts their threads in the same order, so where all
 * Workers are known on both sides the two lists go together. Empty where they do not: a different number (one is
 * just starting or ending), or one that is known stands elsewhere (two threads were making Workers at once).
 */
export function pairWorkers(
  workers: readonly KnownWorker[],
  threads: readonly OsThreadReading[],
): Map<number, number> {
  const byId = workers.toSorted((a, b) => a.threadId - b.threadId);
  const byStart = threads.toSorted((a, b) => a.startTicks - b.startTicks || a.tid - b.tid);
  const fits =
    byId.length === byStart.length && byId.every(({ tid }, at) => tid === null || tid === byStart[at]?.tid);
  return new Map(fits ? byId.map(({ threadId }, at) => [threadId, byStart[at]!.tid]) : []);
}
