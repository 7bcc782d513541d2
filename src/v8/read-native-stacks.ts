import type { MachineStackReading, ReadMachineStack } from '../inspector/capture-threads.js';
import { openMemory } from '../os/linux/memory.js';
import { readMaps } from '../os/linux/memory-map.js';
import { readMachineStack, type StackFunction } from './memory/machine-stack.js';
import { PagedMemory } from './memory/paged-memory.js';
import { readHeapPages } from './memory/pages.js';
import type { KnownProcess } from './memory/reader.js';

/**
 * Reads the JavaScript that threads have called native code from, from their machine stacks, as they are at the time of
 * each call.
 */
export function readNativeStacks(known: KnownProcess): ReadMachineStack {
  return (tid) => {
    const memory = openMemory(known.pid);
    if (memory === null) return { outcome: 'unknown', reason: 'the memory of the process cannot be opened' };
    try {
      const maps = readMaps(known.pid) ?? '';
      const pages = readHeapPages(new PagedMemory(memory), maps, known.pages);
      if ('reason' in pages) return { outcome: 'unknown', reason: pages.reason };
      const stack = readMachineStack({ ...known, memory, pages }, tid);
      return stack.outcome === 'unknown' ? stack : { ...stack, frames: stack.frames.map(toFrame) };
    } finally {
      memory.close();
    }
  };
}

type ReadFrame = Extract<MachineStackReading, { outcome: 'frames' }>['frames'][number];

function toFrame({ functionName, script, line, column, native, approximate }: StackFunction): ReadFrame {
  return {
    function: functionName || '<anonymous>',
    file: script || null,
    line,
    column,
    async: false,
    ...(native === true ? { native } : {}),
    ...(approximate === true ? { approximate } : {}),
  };
}
