import { readdirSync, readlinkSync } from 'node:fs';
import type { FileDescriptor, SystemCall } from '../../report/schema.js';
import type { Pid } from '../pid.js';
import type { OsThreadReading, ThreadReadings } from '../thread-reading.js';
import { describeFd } from './file-descriptor.js';
import { openMemory, readPath } from './memory.js';
import { describeSystemError } from '../system-error.js';
import { readProcFile } from './proc-file.js';
import { parseStat, TICKS_PER_SECOND } from './stat.js';
import {
  fdArgument,
  parseSystemCall,
  pathArgument,
  systemCallName,
  type SystemCallLine,
} from './system-calls.js';

/** 200 threads take some 10 ms; a process with more than this many has other worries than the rest of them. */
const MAX_THREADS = 1000;
/** Sockets that are looked up in the kernel's tables, which are long on a busy machine. */
const MAX_SOCKETS = 16;
const MS_PER_TICK = 1000 / TICKS_PER_SECOND;

/** What is read once for all threads of a process. */
interface Source {
  pid: Pid;
  describeFd: (fd: number) => FileDescriptor;
  /** The thread that reads: its own system call is the reading itself. */
  ownTid: number | null;
  /** The first error that made a reading incomplete. */
  problem: string | null;
}

export function readLinuxThreads(pid: Pid): ThreadReadings {
  let tids: number[];
  try {
    tids = readdirSync(`/proc/${pid}/task`).map(Number);
  } catch (error) {
    return { threads: [], problem: `/proc/${pid}/task cannot be read: ${describeSystemError(error)}` };
  }
  tids.sort((a, b) => a - b);
  const source: Source = { pid, describeFd: rememberFds(pid), ownTid: ownTid(), problem: null };
  const threads: OsThreadReading[] = [];
  for (const tid of tids.slice(0, MAX_THREADS)) {
    const reading = readThread(source, tid);
    if (reading !== null) threads.push(reading);
  }
  if (tids.length > MAX_THREADS)
    source.problem = `${tids.length} threads: only the first ${MAX_THREADS} were read`;
  return { threads, problem: source.problem };
}

/** `null` for a thread that ended meanwhile. */
function readThread(source: Source, tid: number): OsThreadReading | null {
  const directory = `/proc/${source.pid}/task/${tid}`;
  const file = readProcFile(`${directory}/stat`);
  const stat = file.error === undefined ? parseStat(file.text) : null;
  if (stat === null) return null;
  const reading: OsThreadReading = {
    tid,
    name: stat.name,
    state: stat.state,
    cpu: { userMs: stat.userTicks * MS_PER_TICK, systemMs: stat.systemTicks * MS_PER_TICK },
    startTicks: stat.startTicks,
  };
  const waitChannel = readWaitChannel(directory);
  if (waitChannel !== null) reading.waitChannel = waitChannel;
  if (tid === source.ownTid) return reading;
  const call = readSystemCall(source, directory);
  if (call === null || call.kind === 'running') return reading;
  if (Number.isSafeInteger(call.stackPointer)) reading.stackPointer = call.stackPointer;
  if (call.kind === 'inside') reading.systemCall = describeCall(source, directory, call);
  return reading;
}

/** A thread that runs has none, which the kernel writes as `0` (and so it does to those who may not know). */
function readWaitChannel(directory: string): string | null {
  const file = readProcFile(`${directory}/wchan`);
  return file.error !== undefined || file.text === '' || file.text === '0' ? null : file.text;
}

function readSystemCall(source: Source, directory: string): SystemCallLine | null {
  const file = readProcFile(`${directory}/syscall`);
  if (file.error === undefined) return parseSystemCall(file.text);
  // ESRCH, ENOENT: the thread ended. Otherwise: a process of another user, a kernel or sandbox without the file.
  if (file.error !== 'ESRCH' && file.error !== 'ENOENT') {
    source.problem ??= `the system calls of threads cannot be read: ${file.error}`;
  }
  return null;
}

function describeCall(
  source: Source,
  directory: string,
  call: SystemCallLine & { kind: 'inside' },
): SystemCall {
  const name = systemCallName(call.number);
  const described: SystemCall = { number: call.number, name };
  if (name === null) return described;
  const fdAt = fdArgument(name);
  if (fdAt !== null) {
    const fd = Number(BigInt.asIntN(32, call.arguments[fdAt] ?? -1n));
    if (fd >= 0) described.fd = source.describeFd(fd);
  }
  const pathAt = pathArgument(name);
  const path = pathAt === null ? null : readCallPath(source, directory, call, call.arguments[pathAt] ?? 0n);
  if (path !== null) described.path = path;
  return described;
}

/** The path is the call's only if the thread is still in it after the memory was read. */
function readCallPath(
  source: Source,
  directory: string,
  call: SystemCallLine & { kind: 'inside' },
  address: bigint,
): string | null {
  const memory = openMemory(source.pid);
  if (memory === null) return null;
  try {
    const path = readPath(memory, Number(address));
    const now = readSystemCall(source, directory);
    const same =
      now?.kind === 'inside' &&
      now.number === call.number &&
      now.stackPointer === call.stackPointer &&
      now.arguments.every((value, at) => value === call.arguments[at]);
    return same && path !== '' ? path : null;
  } finally {
    memory.close();
  }
}

/** Several threads often wait for the same descriptor, and finding a socket takes long. */
function rememberFds(pid: Pid): (fd: number) => FileDescriptor {
  const known = new Map<number, FileDescriptor>();
  let sockets = 0;
  return (fd) => {
    const described = known.get(fd) ?? describeFd(pid, fd, sockets < MAX_SOCKETS);
    if (!known.has(fd) && described.target.startsWith('socket:')) sockets++;
    known.set(fd, described);
    return described;
  };
}

/** The system's id of the thread that this runs in; `null` where `/proc` does not tell. */
export function ownTid(): number | null {
  try {
    const tid = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    return Number.isSafeInteger(tid) ? tid : null;
  } catch {
    return null; // no /proc, or a kernel before 3.17
  }
}
