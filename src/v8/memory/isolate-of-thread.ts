import { readMaps } from '../../os/linux/memory-map.js';
import type { MemoryReader } from './reader.js';
import { isInStackOf } from './thread-owner.js';
import { findThreadTop, readThreadTop } from './thread-top.js';

/**
 * Which of these isolates (addresses of V8's Heaps) a thread runs, by the operating system's id; `null` if it cannot be
 * told. The thread must be in the midst of its JavaScript: then its isolate knows where on its stack that begins.
 */
export function isolateOfThread(reader: MemoryReader, heaps: Iterable<number>, tid: number): number | null {
  const { known, memory } = reader;
  const maps = readMaps(known.pid);
  if (maps === null) return null;
  for (const heap of heaps) {
    const address = findThreadTop(memory.memory, heap, known.machine.top);
    const top = address === null ? null : readThreadTop(memory.memory, address, known.machine.top);
    if (top === null || top.jsEntry === 0) continue;
    const owner = { pid: known.pid, tid, stackPointer: null };
    if (isInStackOf(owner, top.jsEntry, memory.memory, maps) === true) return heap;
  }
  return null;
}
