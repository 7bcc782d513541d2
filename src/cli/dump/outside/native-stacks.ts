import type { MachineStackReading, ReadMachineStack } from '../../../inspector/capture-threads.js';
import type { CapturedStack } from '../../../inspector/capture-stack.js';
import { openMemory } from '../../../os/linux/memory.js';
import { readMaps } from '../../../os/linux/memory-map.js';
import { readMachineStack, type StackFunction } from '../../../v8/memory/machine-stack.js';
import { PagedMemory } from '../../../v8/memory/paged-memory.js';
import { readHeapPages } from '../../../v8/memory/pages.js';
import type { KnownProcess } from '../../../v8/memory/reader.js';

/**
 * Reads the JavaScript that threads have called native code from, from their machine stacks, as they are at the time of
 * each call.
 */
export function readNativeStacks(known: KnownProcess): ReadMachineStack {
  return (tid) => {
    const memory = openMemory(known.pid);
    if (memory === null) return { outcome: 'unknown', reason: 'the memory of the process cannot be opened' };
    try {
      const pages = readHeapPages(new PagedMemory(memory), readMaps(known.pid) ?? '');
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

/** As a thread would have said it of itself, but for the async functions that wait for it. */
export function toCapturedStack(
  stack: MachineStackReading,
  tid: number,
  threadId: number | null,
): CapturedStack {
  const base = { threadId, tid, heldMs: 0 };
  return stack.outcome === 'unknown'
    ? { ...base, frames: [], cut: false, problem: `its stack is unknown: ${stack.reason}` }
    : { ...base, frames: stack.frames, cut: stack.cut, problem: null };
}

/**
 * Whether a thread with this stack is in native code that takes no inspector interrupts. V8's own long-running functions
 * (`JSON.stringify`, `Atomics.wait`) do take them, Node's and addons' C++ does not; of that there is no frame.
 */
export function isUninterruptible(stack: MachineStackReading): boolean {
  const innermost = stack.outcome === 'unknown' ? undefined : stack.frames[0];
  return innermost !== undefined && innermost.native !== true;
}

/** The same place in the same functions. */
export function isSameStack(one: MachineStackReading, other: MachineStackReading): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
