import type { ReadMachineStack } from '../../../inspector/capture-threads.js';
import {
  type JsThread,
  readStack,
  readWorkerStacks,
  type ThreadCapture,
} from '../../../inspector/capture-threads.js';
import type { Cdp } from '../../../inspector/cdp.js';
import { readInnerTids } from '../../../os/linux/pid-namespace.js';
import { classifyThreads } from '../../../os/linux/thread-kinds.js';
import { readThreadStarts, type ThreadStarts } from '../../../os/linux/thread-starts.js';
import type { ThreadReadings } from '../../../os/thread-reading.js';
import { readThreads } from '../../../os/threads.js';
import { SENTINEL_NAME } from '../../../sentinel/name.js';
import type { ProcessFacts } from '../../../sections/package.js';
import type { SectionResult } from '../../../sections/section-result.js';
import { describeThreads } from '../../../sections/threads.js';
import { toCapturedStack } from './native-stacks.js';
import type { OutsideProcess } from './outside-process.js';

/** A thread that runs JavaScript, with the operating system's id of it, as this process knows it. */
export interface OutsideThread {
  thread: JsThread;
  tid: number | null;
  /** As the process itself knows it: another one in a container. */
  innerTid: number | null;
}

export interface CapturedThreads {
  threads: OutsideThread[];
  problem: string | null;
  /** Nobody was asked: the stacks are those of native code's callers, from memory. */
  silently: boolean;
}

/** What is known of the threads of a process before any of them is asked anything. */
export interface ThreadsBefore {
  readings: ThreadReadings;
  starts: ThreadStarts | null;
  /** It has a thread for an open inspector. */
  hasInspector: boolean;
  /** It has a sentinel, as far as the kernel shows: {@link SENTINEL_NAME}. */
  hasSentinel: boolean;
}

export function readThreadsBefore(pid: number): ThreadsBefore {
  const readings = readThreads(pid);
  const tids = readings.threads.map(({ tid }) => tid);
  const starts = readThreadStarts(pid, tids);
  // From Node 24 on it has a name.
  const hasInspector =
    readings.threads.some(({ name }) => name === 'InspectorIo') ||
    [...(starts?.values() ?? [])].some(({ symbol }) => /InspectorIo/.test(symbol ?? ''));
  const hasSentinel = readings.threads.some(({ name }) => name === SENTINEL_NAME);
  return { readings, starts, hasInspector, hasSentinel };
}

/** Asks the threads through the main thread's inspector. Never rejects. */
export async function captureThroughInspector(target: OutsideProcess, cdp: Cdp): Promise<CapturedThreads> {
  const reading = await readStack(cdp);
  const main: JsThread = { kind: 'main', threadId: 0, name: 'main', reading, cdp };
  const capture: ThreadCapture =
    reading.outcome === 'answered'
      ? await readWorkerStacks(cdp, null)
      : { threads: [], problem: 'workers are reached through the main thread, which did not answer' };
  const tids = readThreads(target.pid).threads.map(({ tid }) => tid);
  const outer = new Map([...readInnerTids(target.pid, tids)].map(([tid, inner]) => [inner, tid]));
  const workers = capture.threads.map(withOwnKind).map((thread): OutsideThread => {
    if (thread.reading.outcome !== 'answered') return { thread, tid: null, innerTid: null };
    const { stack } = thread.reading;
    const tid = stack.tid === null ? null : (outer.get(stack.tid) ?? null);
    const reading = { outcome: 'answered', stack: { ...stack, tid } } as const;
    return { thread: { ...thread, reading }, tid, innerTid: stack.tid };
  });
  const first = { thread: main, tid: target.pid, innerTid: target.innerPid };
  return { threads: [first, ...workers], problem: capture.problem, silently: false };
}

/** A process that is set up can be reported from outside too: then one of its workers is the sentinel. */
function withOwnKind(thread: JsThread): JsThread {
  return thread.name === SENTINEL_NAME ? { ...thread, kind: 'sentinel' } : thread;
}

/**
 * The threads as they can be seen without asking them: the main thread, and the workers that can be told by what they
 * were started with; their stacks where they are in native code.
 *
 * @param problem why they are not asked, one line
 */
export function captureSilently(
  target: OutsideProcess,
  { readings, starts }: ThreadsBefore,
  nodeMajor: number,
  facts: ProcessFacts,
  readNative: ReadMachineStack | { reason: string },
  problem: string,
): CapturedThreads {
  const { pid } = target;
  const kinds = classifyThreads(readings.threads, {
    pid,
    nodeMajor,
    execArgv: facts.execArgv,
    nodeOptions: facts.environment['NODE_OPTIONS'] ?? '',
    starts,
  });
  const inner = readInnerTids(
    pid,
    readings.threads.map(({ tid }) => tid),
  );
  const isOurs = (tid: number): boolean => tid === pid || kinds.get(tid)?.kind === 'worker';
  const threads = readings.threads
    .filter(({ tid }) => isOurs(tid))
    .map(({ tid, name: kernelName }): OutsideThread => {
      const stack =
        typeof readNative === 'function' ? readNative(tid) : ({ outcome: 'unknown', ...readNative } as const);
      const isMain = tid === pid;
      const threadId = isMain ? 0 : null;
      const reading = { outcome: 'answered', stack: toCapturedStack(stack, tid, threadId) } as const;
      const thread: JsThread = isMain
        ? { kind: 'main', threadId, name: 'main', reading, cdp: null }
        : // Kernel names are those of workers from Node 24 on; before, they are the executable's.
          withOwnKind({
            kind: 'worker',
            threadId,
            name: kernelName === SENTINEL_NAME ? kernelName : '',
            reading,
            cdp: null,
          });
      return { thread, tid, innerTid: inner.get(tid) ?? null };
    });
  return { threads, problem, silently: true };
}

/** The Threads section. Stacks of threads that did not answer are read from memory, where that can be. */
export function describeOutsideThreads(
  { pid }: OutsideProcess,
  captured: CapturedThreads,
  { readings, starts }: ThreadsBefore,
  nodeMajor: number,
  facts: ProcessFacts,
  readNative: ReadMachineStack | { reason: string },
): SectionResult<'threads'> {
  const after = readThreads(pid);
  const section = describeThreads({
    pid,
    capture: { threads: captured.threads.map(({ thread }) => thread), problem: captured.problem },
    before: captured.silently ? after : readings, // whom nobody disturbed is as it is now
    after,
    starts,
    readStack: typeof readNative === 'function' ? readNative : null,
    facts,
    ownKind: 'sentinel', // none of the threads is ours
    ownTid: null,
    nodeMajor,
  });
  if (!captured.silently) return section;
  for (const thread of section.model?.threads ?? []) {
    if ((thread.kind !== 'main' && thread.kind !== 'worker') || thread.frames.length === 0) continue;
    thread.note = [thread.note, 'its frames were read from its memory'].filter(Boolean).join('; ');
    // Whoever sleeps with JavaScript on the stack waits in the midst of it, for events (`execSync`) or what else.
    if (thread.os?.state !== 'R') thread.state = 'blocked';
  }
  return section;
}
