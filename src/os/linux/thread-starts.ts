import { readlinkSync } from 'node:fs';
import type { Pid } from '../pid.js';
import { readFunctionNames, type CodeAddress } from './elf-symbols.js';
import { guardedMappings, mappingsWith, readMaps, type Mapping } from './memory-map.js';
import { openMemory, type Memory } from './memory.js';
import { readInnerTids } from './pid-namespace.js';

/**
 * The function that a thread was started with: what the thread is, beyond doubt.
 *
 * Nothing else tells it. Names (`comm`) are inherited by the threads that a thread makes, come from the application
 * where it names its Workers, and are `node` for all threads on Node 20. The size of the stack does not tell either:
 * a Worker has 4 MB unless `resourceLimits.stackSizeMb` says otherwise, other threads have what `ulimit -s` says,
 * and glibc gives the stack of a thread that ended to the next one that it is large enough for.
 *
 * glibc keeps the function in the thread's descriptor (`struct pthread`), which lies at the top of the thread's
 * stack. It begins with a pointer to itself; a ring through all descriptors is at 0x2c0 and the thread's id at
 * 0x2d0 on x86-64 (the same from 2.17 to 2.41 at least). The function has moved between versions (0x640, 0x638 in
 * 2.36), but is the first pointer to code in its surroundings.
 */
export interface ThreadStart {
  address: number;
  /** The file that the function is in; `null` where the code was copied to large pages (`--use-largepages`). */
  file: string | null;
  /** The function's mangled name, where it is in the executable and that has its symbols. */
  symbol: string | null;
}

/** Address → mangled name, of one process: what was looked up before, `null` where there was none. */
export type FunctionNames = Map<number, string | null>;

/** The thread's id → its start. Threads that could not be found are missing. */
export type ThreadStarts = ReadonlyMap<number, ThreadStart>;

const RING_OFFSET = 0x2c0;
const TID_OFFSET = 0x2d0;
/** Where the function is looked for. Its argument follows, then (0x698) sizes that can look like low addresses. */
const FUNCTION_FROM = 0x618;
const FUNCTION_TO = 0x650;
const DESCRIPTOR_ALIGNMENT = 64;
/** The descriptor (2,304 bytes in 2.31, 2,368 in 2.36) is within this of the stack's top. */
const TOP_SIZE = 4096;
/** Bounds the walk around the ring and the stacks looked at. */
const MAX_STEPS = 4096;

/**
 * `null` where none can be found: not x86-64, not glibc, or the memory of the process may not be read (another
 * process that may not be traced). Reads a page for each thread (1 ms) and, for the names, the executable's symbols
 * (4 to 12 ms, once for each process where `names` is kept between calls); stops nothing.
 */
export function readThreadStarts(
  pid: Pid,
  tids: readonly number[],
  names: FunctionNames = new Map(),
): ThreadStarts | null {
  if (process.arch !== 'x64') return null;
  const maps = readMaps(pid);
  const memory = maps === null ? null : openMemory(pid);
  if (maps === null || memory === null) return null;
  try {
    const code = mappingsWith(maps, 'r-xp');
    // The ids in memory are those of the process's own namespace.
    const inner = readInnerTids(pid, tids);
    const found = findFunctions(memory, guardedMappings(maps), code, new Set(inner.values()));
    const addresses = new Map<number, number>();
    for (const [tid, of] of inner) {
      const address = found.get(of);
      if (address !== undefined) addresses.set(tid, address);
    }
    return addresses.size === 0 ? null : describeStarts(pid, addresses, code, names);
  } finally {
    memory.close();
  }
}

/** Thread id → address of its function. */
function findFunctions(
  memory: Memory,
  stacks: readonly Mapping[],
  code: readonly Mapping[],
  tids: ReadonlySet<number>,
): Map<number, number> {
  const found = new Map<number, number>();
  const walk = { steps: 0 };
  for (const stack of stacks) {
    if (found.size >= tids.size || walk.steps >= MAX_STEPS) break;
    walk.steps++;
    const descriptor = findDescriptor(memory, stack);
    if (descriptor === null || found.has(tidOf(descriptor.bytes))) continue;
    walkRing(memory, descriptor.address, walk, (bytes) => {
      const tid = tidOf(bytes);
      const address = functionOf(bytes, code);
      if (tids.has(tid) && address !== null) found.set(tid, address);
    });
  }
  return found;
}

/** The descriptor at the top of what may be a stack. */
function findDescriptor(memory: Memory, stack: Mapping): { address: number; bytes: Buffer } | null {
  const top = Buffer.alloc(Math.min(TOP_SIZE, stack.end - stack.start));
  if (memory.read(stack.end - top.length, top) !== top.length) return null;
  for (let at = top.length - DESCRIPTOR_ALIGNMENT; at >= 0; at -= DESCRIPTOR_ALIGNMENT) {
    const address = stack.end - top.length + at;
    const bytes = top.subarray(at);
    if (bytes.length >= FUNCTION_TO && isDescriptor(bytes, address)) return { address, bytes };
  }
  return null;
}

/**
 * All threads from one of them on. It finds also those whose stack is one mapping with the memory above it. The
 * ring changes while it is read: whatever does not look like a descriptor is passed over (its head is one such),
 * and a wrong turn ends at memory that is not there or at the limit.
 */
function walkRing(
  memory: Memory,
  first: number,
  walk: { steps: number },
  visit: (bytes: Buffer) => void,
): void {
  const bytes = Buffer.alloc(FUNCTION_TO);
  const seen = new Set<number>();
  for (let at = first; !seen.has(at) && walk.steps < MAX_STEPS; walk.steps++) {
    seen.add(at);
    if (memory.read(at, bytes) === bytes.length) {
      if (isDescriptor(bytes, at)) visit(bytes);
    } else if (
      memory.read(at + RING_OFFSET, bytes.subarray(RING_OFFSET, TID_OFFSET)) !==
      TID_OFFSET - RING_OFFSET
    ) {
      return;
    }
    at = pointer(bytes, RING_OFFSET) - RING_OFFSET;
    if (at <= 0) return;
  }
}

/** Its first and third words point at itself (`tcb` and `self`). */
function isDescriptor(bytes: Buffer, address: number): boolean {
  return pointer(bytes, 0) === address && pointer(bytes, 16) === address;
}

function tidOf(bytes: Buffer): number {
  return bytes.readUInt32LE(TID_OFFSET);
}

function functionOf(bytes: Buffer, code: readonly Mapping[]): number | null {
  for (let at = FUNCTION_FROM; at < FUNCTION_TO; at += 8) {
    const value = pointer(bytes, at);
    if (value !== 0 && mappingAt(code, value) !== undefined) return value;
  }
  return null;
}

function describeStarts(
  pid: Pid,
  addresses: ReadonlyMap<number, number>,
  code: readonly Mapping[],
  names: FunctionNames,
): ThreadStarts {
  const unnamed = new Set([...addresses.values()].filter((address) => !names.has(address)));
  if (unnamed.size > 0) {
    const found = readFunctionNames(`/proc/${pid}/exe`, codeOfExecutable(pid, unnamed, code));
    for (const address of unnamed) names.set(address, found.get(address) ?? null);
  }
  return new Map(
    [...addresses].map(([tid, address]) => {
      const file = mappingAt(code, address)?.path;
      return [tid, { address, file: file ? file : null, symbol: names.get(address) ?? null }];
    }),
  );
}

/** Those of the addresses that are in the executable, or may be: large pages have no file. */
function codeOfExecutable(pid: Pid, addresses: Iterable<number>, code: readonly Mapping[]): CodeAddress[] {
  const executable = executablePath(pid);
  const inside: CodeAddress[] = [];
  for (const address of addresses) {
    const mapping = mappingAt(code, address);
    if (mapping === undefined) continue;
    if (mapping.inode === 0) inside.push({ address, fileOffset: null });
    else if (mapping.path === executable) {
      inside.push({ address, fileOffset: address - mapping.start + mapping.offset });
    }
  }
  return inside;
}

/** As `/proc/PID/maps` has it, ` (deleted)` included. */
function executablePath(pid: Pid): string | null {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return null; // no file is the executable, then: the functions stay unnamed
  }
}

function pointer(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
}

function mappingAt(mappings: readonly Mapping[], address: number): Mapping | undefined {
  return mappings.find(({ start, end }) => address >= start && address < end);
}
