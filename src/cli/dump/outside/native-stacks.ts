import type { MachineStackReading } from '../../../inspector/capture-threads.js';
import type { CapturedStack } from '../../../inspector/capture-stack.js';

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
