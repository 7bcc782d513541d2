import type { Memory } from '../../os/linux/memory.js';
import { mappingsWith, type Mapping } from '../../os/linux/memory-map.js';
import { readProcFile } from '../../os/linux/proc-file.js';
import { parseSystemCall } from '../../os/linux/system-calls.js';
import type { Pid } from '../../os/pid.js';

/** A thread whose machine stack is looked for. */
export interface StackOwner {
  pid: Pid;
  /** The operating system's id of the thread. */
  tid: number;
  /** Where its stack ends now; `null` while it runs, or where the kernel does not tell. */
  stackPointer: number | null;
}

export function readStackOwner(pid: Pid, tid: number): StackOwner {
  const file = readProcFile(`/proc/${pid}/task/${tid}/syscall`);
  const call = file.error === undefined ? parseSystemCall(file.text) : null;
  // Those who may not know get 0.
  const known = call !== null && call.kind !== 'running' && call.stackPointer > 0;
  return { pid, tid, stackPointer: known ? call.stackPointer : null };
}

/** How far above the outermost frame of JavaScript the thread's descriptor is looked for. Seen: some 2 KB. */
const SEARCH = 1024 * 1024;
const ALIGNMENT = 64;
/** In glibc's `struct pthread` (x86-64): its first and third words point at itself, the thread's id is at 0x2d0. */
const SELF = 16;
const TID = 0x2d0;

/** Whether an address is in the stack of a thread; `null` where that cannot be told. */
export function isInStackOf(
  owner: StackOwner,
  address: number,
  memory: Memory,
  maps: string,
): boolean | null {
  // Stacks have pages without access below them, so that two are never in one mapping.
  const mapping = mappingsWith(maps, 'rw-p').find(({ start, end }) => address >= start && address < end);
  if (mapping === undefined) return false;
  const isMain = owner.tid === (owner.pid === 'self' ? process.pid : owner.pid);
  if (mapping.path === '[stack]' || isMain) return mapping.path === '[stack]' && isMain;
  if (owner.stackPointer !== null)
    return owner.stackPointer >= mapping.start && owner.stackPointer < mapping.end;
  return descriptorTid(memory, address, mapping) === owner.tid ? true : null;
}

/** The id in the first descriptor of a thread above an address; `null` if there is none. */
function descriptorTid(memory: Memory, address: number, mapping: Mapping): number | null {
  if (process.arch !== 'x64') return null;
  const start = Math.ceil(address / ALIGNMENT) * ALIGNMENT;
  const bytes = Buffer.alloc(Math.max(0, Math.min(mapping.end - start, SEARCH)));
  const length = memory.read(start, bytes);
  const word = (at: number): number => bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
  for (let at = 0; at + TID + 4 <= length; at += ALIGNMENT)
    if (word(at) === start + at && word(at + SELF) === start + at) return bytes.readUInt32LE(at + TID);
  return null;
}
