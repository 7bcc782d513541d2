import { readMaps } from '../../os/linux/memory-map.js';
import type { MemoryReader } from './reader.js';
import { isInStackOf } from './thread-owner.js';
import { findThreadTop, readThreadTop } from './thread-top.js';

/**
 * Tells which isolate a thread runs: one in the midst of its JavaScript shows it, as its isolate knows where on the
 * thread's stack that begins. To be made before the thread is held up, and asked for its answer afterwards.
 */
export class IsolateSearch {
  readonly #reader: MemoryReader;
  /** By isolate (the address of V8's Heap): where it keeps its thread's state. */
  readonly #tops = new Map<number, number>();
  readonly #maps: string;

  constructor(reader: MemoryReader, heaps: Iterable<number>) {
    this.#reader = reader;
    this.#maps = readMaps(reader.known.pid) ?? '';
    const { memory, known } = reader;
    for (const heap of heaps) {
      const top = findThreadTop(memory.memory, heap, known.machine.top);
      if (top !== null) this.#tops.set(heap, top);
    }
  }

  /** Where the stacks of JavaScript begin now, by isolate: a few reads, while the thread stands still. */
  readEntries(): Map<number, number> {
    const { memory, known } = this.#reader;
    const entries = new Map<number, number>();
    for (const [heap, address] of this.#tops) {
      const top = readThreadTop(memory.memory, address, known.machine.top);
      if (top !== null && top.jsEntry !== 0) entries.set(heap, top.jsEntry);
    }
    return entries;
  }

  /** The isolate of a thread, by the operating system's id of it; `null` if it cannot be told. */
  isolateOf(tid: number, entries: ReadonlyMap<number, number>): number | null {
    const { memory, known } = this.#reader;
    const owner = { pid: known.pid, tid, stackPointer: null };
    for (const [heap, entry] of entries) {
      if (isInStackOf(owner, entry, memory.memory, this.#maps) === true) return heap;
    }
    return null;
  }
}
