import type { MachineStackReading, ReadMachineStack } from '../inspector/capture-threads.js';
import type { JsThread, StackReading, ThreadCapture } from '../inspector/capture-threads.js';
import type { CapturedFrame } from '../inspector/capture-stack.js';
import { classifyThreads, pairWorkers, type ThreadIdentity } from '../os/linux/thread-kinds.js';
import type { ThreadStarts } from '../os/linux/thread-starts.js';
import { type OsThreadReading, type ThreadReadings, toOsThread } from '../os/thread-reading.js';
import type { FileDescriptor, Frame, OsThread, Thread, ThreadState } from '../report/schema.js';
import { describeFrame } from '../source/describe-frame.js';
import { createSourceMapper } from '../source/source-map.js';
import { createSourceReader } from '../source/source-reader.js';
import type { ProcessFacts } from './package.js';
import type { SectionResult } from './section-result.js';

export interface ThreadsInput {
  pid: number;
  capture: ThreadCapture;
  /** As the threads were before any of them was disturbed. */
  before: ThreadReadings;
  /** As they were when the answers were in, or had failed to come. */
  after: ThreadReadings;
  /** The functions that the operating system's threads were started with; `null` where these cannot be read. */
  starts: ThreadStarts | null;
  /** Reads the stacks of those that do not answer; `null` where that cannot be. */
  readStack: ReadMachineStack | null;
  facts: ProcessFacts;
  /** The kind of the thread that makes the report, and the operating system's id of it, where that is known. */
  ownKind: 'main' | 'sentinel';
  ownTid: number | null;
  /** Of the process that is looked at, where that is another one. */
  nodeMajor?: number;
}

/** Joins what the threads said of themselves with what the kernel says of them. */
export function describeThreads(input: ThreadsInput): SectionResult<'threads'> {
  const { capture, before, after, facts } = input;
  const readings = new Map<number, OsThreadReading>();
  for (const reading of before.threads) readings.set(reading.tid, reading);
  const latest = new Map(after.threads.map((reading) => [reading.tid, reading]));

  const kinds = classifyThreads([...readings.values()], {
    pid: input.pid,
    nodeMajor: input.nodeMajor ?? Number(process.versions.node.split('.')[0]),
    execArgv: facts.execArgv,
    nodeOptions: facts.environment['NODE_OPTIONS'] ?? '',
    starts: input.starts,
    workerTids: capture.threads
      .filter(({ kind }) => kind !== 'main')
      .map((thread) => knownTid(thread, input))
      .filter((tid) => tid !== null),
  });

  const reader = createSourceReader(facts.startedAt, facts.root);
  const mapper = createSourceMapper(reader);
  const claimed = new Set<number>();
  const paired = pairSilentWorkers(input, readings, kinds);
  let read = 0;
  const threads: Thread[] = capture.threads.map((thread) => {
    const tid =
      knownTid(thread, input) ?? (thread.threadId === null ? null : (paired.get(thread.threadId) ?? null));
    if (tid !== null) claimed.add(tid);
    const silent = thread.reading.outcome === 'silent';
    // A thread that answered was disturbed by it; one that did not is as it is now.
    const reading = tid === null ? undefined : ((silent ? latest.get(tid) : undefined) ?? readings.get(tid));
    const machine = silent && tid !== null ? (input.readStack?.(tid) ?? null) : null;
    if (machine?.outcome === 'frames') read++;
    return describeJsThread(thread, tid, reading, machine, (frame) => describeFrame(frame, reader, mapper));
  });
  const mainIsSilent = capture.threads.some(
    ({ kind, reading }) => kind === 'main' && reading.outcome === 'silent',
  );
  for (const before of readings.values()) {
    if (claimed.has(before.tid)) continue;
    const { kind, name } = kinds.get(before.tid) ?? { kind: 'other', name: before.name };
    const reading = (mainIsSilent ? latest.get(before.tid) : undefined) ?? before;
    const state = kind === 'worker' && isInMidWork(reading) ? 'blocked' : osState(reading);
    const thread: Thread = { id: reading.tid, name, kind, state, frames: [], os: toOsThread(reading) };
    if (kind === 'worker') {
      thread.note = mainIsSilent ? UNREACHABLE : 'not asked: it began or ended just now';
      const machine = mainIsSilent ? (input.readStack?.(before.tid) ?? null) : null;
      if (machine?.outcome === 'frames') {
        thread.frames = machine.frames.map((frame) => describeFrame(frame, reader, mapper));
        if (machine.frames.length === 0) thread.state = 'idle';
      } else if (machine) thread.note += `; its stack is unknown: ${machine.reason}`;
    }
    threads.push(thread);
  }

  const problems = [capture.problem, before.problem].filter((problem) => problem !== null);
  const incomplete = capture.threads.filter(
    ({ kind, reading }) =>
      kind !== 'sentinel' && (reading.outcome !== 'answered' || reading.stack.problem !== null),
  );
  const without = incomplete.length - read;
  if (without > 0 && capture.problem === null) {
    problems.push(`${without} of ${capture.threads.length} JavaScript threads gave no stack`);
  }
  const model = { threads };
  return problems.length === 0
    ? { status: 'ok', model }
    : { status: 'partial', reason: problems.join('; '), model };
}

const UNREACHABLE = 'not asked: workers are reached through the main thread, which did not answer';

/** The operating system's id of a thread that has told it, or that is known otherwise. */
function knownTid(thread: JsThread, { pid, ownTid, ownKind }: ThreadsInput): number | null {
  if (thread.kind === 'main') return pid; // on Linux, and readings of other systems there are none
  if (thread.kind === ownKind) return ownTid;
  return thread.reading.outcome === 'answered' ? thread.reading.stack.tid : null;
}

/** Node's thread id → the operating system's, of the workers that did not answer too, as far as there is no doubt. */
function pairSilentWorkers(
  input: ThreadsInput,
  readings: ReadonlyMap<number, OsThreadReading>,
  kinds: ReadonlyMap<number, ThreadIdentity>,
): ReadonlyMap<number, number> {
  const workers = input.capture.threads.filter(({ kind }) => kind !== 'main');
  const known = workers.flatMap((thread) =>
    thread.threadId === null ? [] : [{ threadId: thread.threadId, tid: knownTid(thread, input) }],
  );
  if (known.length < workers.length) return new Map();
  return pairWorkers(
    known,
    [...readings.values()].filter(({ tid }) => kinds.get(tid)?.kind === 'worker'),
  );
}

function describeJsThread(
  { kind, threadId, name, reading }: JsThread,
  tid: number | null,
  os: OsThreadReading | undefined,
  machine: MachineStackReading | null,
  toFrame: (frame: CapturedFrame) => Frame,
): Thread {
  const captured =
    reading.outcome === 'answered'
      ? withoutOwnHandler(reading.stack.frames)
      : machine?.outcome === 'frames'
        ? machine.frames
        : [];
  const thread: Thread = {
    id: os ? os.tid : (tid ?? threadId),
    name: name || 'worker',
    kind,
    state: stateOf(reading, captured, os),
    frames: captured.map(toFrame),
  };
  if (threadId !== null) thread.threadId = threadId;
  if (os) thread.os = toOsThread(os);
  const notes = [noteOf(reading, os), machineNoteOf(machine)].filter((note) => note !== null);
  if (notes.length > 0) thread.note = notes.join('; ');
  return thread;
}

/**
 * `blocked` where a thread sleeps in a system call in the midst of its JavaScript, or does not answer. The wait for
 * events (epoll) does not count with a thread that answered: it had begun to run only after the kernel was asked.
 */
function stateOf(
  reading: StackReading,
  frames: readonly CapturedFrame[],
  os: OsThreadReading | undefined,
): ThreadState {
  switch (reading.outcome) {
    case 'silent':
      return os?.state === 'R' ? 'running' : 'blocked';
    case 'not-asked':
      return os ? osState(os) : 'unknown';
    case 'answered':
      if (reading.stack.problem !== null) return os ? osState(os) : 'unknown';
      if (frames.length === 0) return 'idle';
      return os && isInMidWork(os) ? 'blocked' : 'running';
  }
}

/** It sleeps in a system call that is not the event loop's wait for events. */
function isInMidWork({ state, systemCall }: OsThread): boolean {
  return state !== 'R' && systemCall !== undefined && !systemCall.name?.startsWith('epoll');
}

function osState(os: OsThread): ThreadState {
  switch (os.state) {
    case 'R':
      return 'running';
    case 'S':
    case 'I':
      return 'idle';
    case 'D':
      return 'blocked';
    default:
      return 'unknown';
  }
}

function noteOf(reading: StackReading, os: OsThreadReading | undefined): string | null {
  switch (reading.outcome) {
    case 'silent':
      return `did not answer for ${Math.round(reading.waitedMs)} ms: ${os ? describeSilence(os) : 'in native code, or not running at all'}`;
    case 'not-asked':
      return reading.reason;
    case 'answered':
      if (reading.stack.problem !== null) return reading.stack.problem;
      return reading.stack.cut ? `only the innermost ${reading.stack.frames.length} frames are shown` : null;
  }
}

function machineNoteOf(machine: MachineStackReading | null): string | null {
  if (machine === null) return null;
  if (machine.outcome === 'unknown') return `its stack is unknown: ${machine.reason}`;
  const shown = `its frames were read from its memory`;
  return machine.cut ? `${shown}, the innermost ${machine.frames.length} of them` : shown;
}

/** What the kernel says of a thread that takes no interrupts. */
function describeSilence(os: OsThread): string {
  const call = os.systemCall;
  if (call) {
    const name = call.name ?? `system call ${call.number}`;
    const fd = call.fd ? ` on file descriptor ${call.fd.fd} (${describeTarget(call.fd)})` : '';
    const path = call.path === undefined ? '' : ` of ${call.path}`;
    return `the kernel says that it waits in ${name}${fd}${path}`;
  }
  if (os.state === 'R')
    return 'the kernel says that it is running, outside of system calls: native code, not JavaScript';
  return `the kernel says that its state is ${os.state}${os.waitChannel ? `, waiting in ${os.waitChannel}` : ''}`;
}

function describeTarget({ target, socket }: FileDescriptor): string {
  return socket ? `${socket.protocol} ${socket.local} -> ${socket.remote}, ${socket.state}` : target;
}

/**
 * The main thread handles the signal too, if only to see that none is lost, and hears of the report that is due: when
 * it was caught at that, the application's event loop was in fact idle. Node's own frames alone, above a message or an
 * event of the process, are such a moment right before or after our code.
 */
function withoutOwnHandler(frames: readonly CapturedFrame[]): readonly CapturedFrame[] {
  const own = (frame: CapturedFrame): boolean => frame.file?.startsWith(OWN_ROOT) ?? false;
  const internal = (frame: CapturedFrame): boolean => frame.file === null || frame.file.startsWith('node:');
  if (!frames.every((frame) => own(frame) || internal(frame))) return frames;
  const outermost = frames.at(-1);
  const delivers = outermost?.file?.endsWith('/messageport') || outermost?.function === 'process.emit';
  return delivers || frames.some(own) ? [] : frames;
}

const OWN_ROOT = new URL('..', import.meta.url).href;
