import type { Memory } from '../../os/linux/memory.js';
import { mappingsWith, readMaps } from '../../os/linux/memory-map.js';
import type { Pid } from '../../os/pid.js';
import type { Layout } from './layout.js';
import { describeFrames, type FrameSource, type StackFunction } from './machine-frames.js';
import type { MachineLayout } from './machine-layout.js';
import { PagedMemory } from './paged-memory.js';
import type { HeapPages } from './pages.js';
import { StackCopy } from './stack-copy.js';
import { walkStack } from './stack-walk.js';
import { TaggedHeap } from './tagged-heap.js';
import { isInStackOf, readStackOwner, type StackOwner } from './thread-owner.js';
import { findThreadTop, readThreadTop, type ThreadTop } from './thread-top.js';

export type { StackFunction } from './machine-frames.js';

/** What is known of the process whose thread is looked at. */
export interface MachineStackSource {
  pid: Pid;
  /** Read as it is now, not through a cache. */
  memory: Memory;
  layout: Layout;
  machine: MachineLayout;
  /** V8's pages, read shortly before. */
  pages: HeapPages;
}

export interface MachineStackOptions {
  /** Frames given at most. Default: 200. */
  maxFrames?: number;
}

export type MachineStack =
  /** Innermost first; none where the thread has no JavaScript on its stack. `cut`: there are more than were asked for. */
  { outcome: 'frames'; frames: StackFunction[]; cut: boolean } | { outcome: 'unknown'; reason: string };

const DEFAULT_MAX_FRAMES = 200;
/** How often a thread that goes on while its stack is read is tried again. */
const TRIES = 4;
/** What of an exit frame lies below its frame pointer: all that is read of it. */
const BELOW_EXIT = 64;
/** A stack leads to some hundreds of pages of the heap. */
const CACHE_BYTES = 8 * 1024 * 1024;

/**
 * The JavaScript functions on the machine stack of a thread that is in native code: in a system call, or computing. The
 * thread is not stopped, and need not answer.
 *
 * V8 notes the frame that JavaScript called C++ from, while the C++ runs; from there on all frames are linked. Where that is
 * not so, or the thread goes on while it is looked at, the stack is unknown: nothing is guessed. Never throws.
 */
export function readMachineStack(
  source: MachineStackSource,
  tid: number,
  options: MachineStackOptions = {},
): MachineStack {
  try {
    let best: MachineStack | null = null;
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const stack = attemptReading(source, tid, options.maxFrames ?? DEFAULT_MAX_FRAMES);
      if (stack === null) continue;
      // In the midst of a garbage collection, which is native code as well, objects cannot be found.
      if (best === null || doubtsOf(stack) < doubtsOf(best)) best = stack;
      if (doubtsOf(stack) === 0) break;
    }
    return best ?? unknown('the thread went on while its stack was read');
  } catch (error) {
    // Nothing above should throw; if memory is so odd that it does, the report goes on without this stack.
    return unknown(`the stack could not be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** How much of a stack could not be told beyond doubt: only something unlucky in its timing is worth another try. */
function doubtsOf(stack: MachineStack): number {
  if (stack.outcome === 'unknown') return Number.POSITIVE_INFINITY;
  return stack.frames.filter(({ approximate }) => approximate).length;
}

/** `null`: the thread, or its heap, changed meanwhile. */
function attemptReading(source: MachineStackSource, tid: number, maxFrames: number): MachineStack | null {
  const { pid, memory, layout, machine, pages } = source;
  const maps = readMaps(pid);
  if (maps === null) return unknown('the mappings of the process cannot be read');
  const owner = readStackOwner(pid, tid);
  const found = findThread(source, owner, maps);
  if ('outcome' in found) return found;
  const { top } = found;
  if (top.exitFrame === 0) return unknown('it runs JavaScript, or goes from there to native code and back');
  const stack = StackCopy.take(memory, top.exitFrame - BELOW_EXIT, top.jsEntry + 16);
  if (stack === null) return unknown('its stack cannot be read');
  const isUnchanged = (): boolean => {
    const now = readThreadTop(memory, top.address, machine.top);
    return (
      now !== null &&
      now.exitFrame === top.exitFrame &&
      now.handler === top.handler &&
      now.jsEntry === top.jsEntry &&
      stack.agreesWith(StackCopy.take(memory, stack.start, stack.end))
    );
  };
  const walk = walkStack(stack, top, machine);
  if ('reason' in walk) return isUnchanged() ? unknown(walk.reason) : null;
  const heap = new TaggedHeap(
    new PagedMemory(memory, { maxBytes: CACHE_BYTES }),
    layout,
    (address) => pages.at(address) !== null,
  );
  const frames = describeFrames(
    { heap, stack, layout: machine, code: codeRegions(maps) },
    walk.frames,
    maxFrames,
  );
  if (!isUnchanged()) return null;
  if (frames === null) return unknown('a frame is not of a function');
  return { outcome: 'frames', frames: frames.slice(0, maxFrames), cut: frames.length > maxFrames };
}

/** The state of the isolate that the thread is in. */
function findThread(
  { memory, machine, pages }: MachineStackSource,
  owner: StackOwner,
  maps: string,
): { top: ThreadTop } | MachineStack {
  let missing = pages.heaps.length === 0;
  let doubtful = false;
  const own: ThreadTop[] = [];
  for (const heap of pages.heaps) {
    const address = findThreadTop(memory, heap, machine.top);
    const top = address === null ? null : readThreadTop(memory, address, machine.top);
    if (top === null) missing = true;
    if (top === null || (top.jsEntry === 0 && top.exitFrame === 0)) continue;
    const isOwn = isInStackOf(owner, top.jsEntry === 0 ? top.exitFrame : top.jsEntry, memory, maps);
    if (isOwn === null) doubtful = true;
    else if (isOwn) own.push(top);
  }
  if (own.length === 1) return { top: own[0]! };
  if (own.length > 1) return unknown('several isolates run on its stack');
  if (doubtful) return unknown('which of the stacks is its own cannot be told while it runs');
  if (missing) return unknown('the state that V8 keeps of the thread was not found');
  return { outcome: 'frames', frames: [], cut: false };
}

/** V8 makes code in memory that can be written too, or that is made so for the time. */
function codeRegions(maps: string): FrameSource['code'] {
  const readable = mappingsWith(maps, 'r-xp');
  const made = [...readable.filter(({ inode }) => inode === 0), ...mappingsWith(maps, 'rwxp')];
  return { files: readable.filter(({ inode }) => inode !== 0), made };
}

function unknown(reason: string): MachineStack {
  return { outcome: 'unknown', reason };
}
