import { openMemory, type Memory } from '../../os/linux/memory.js';
import { readMaps } from '../../os/linux/memory-map.js';
import type { Pid } from '../../os/pid.js';
import { readV8Constants } from './constants.js';
import { SuspendedFinder } from './find-suspended.js';
import { type Layout, layoutOf } from './layout.js';
import { type MachineLayout, machineLayoutOf } from './machine-layout.js';
import { PagedMemory } from './paged-memory.js';
import { type HeapPages, type KnownPages, readHeapPages } from './pages.js';
import { openResident, type Resident } from './regions.js';

/** What is known of a process's V8 for as long as it runs. */
export interface KnownProcess {
  pid: Pid;
  layout: Layout;
  machine: MachineLayout;
  /** V8's ids of builtins with their names; empty until they are learnt. */
  builtins: ReadonlyMap<number, string>;
  /** What calibration has seen of pages. */
  pages?: KnownPages;
  /** By the address of V8's Heap. */
  isolates: Map<number, KnownIsolate>;
}

/** What is known of an isolate from earlier readings. */
export interface KnownIsolate {
  /** It knows the maps. */
  readonly finder: SuspendedFinder;
  /** How much memory was made ready for copies the last time. */
  copyBytes: number;
}

/** A process of which the layout is known, or one line why it is not. */
export function learnProcess(pid: Pid, v8Version: string): KnownProcess | { reason: string } {
  if (process.platform !== 'linux') return { reason: 'memory can be read on Linux only' };
  const constants = readV8Constants(pid);
  if ('reason' in constants) return constants;
  const layout = layoutOf(constants, v8Version);
  if ('reason' in layout) return layout;
  const machine = machineLayoutOf(constants, v8Version);
  if ('reason' in machine) return machine;
  return { pid, layout, machine, builtins: new Map(), isolates: new Map() };
}

/** Reading was to go on no longer. */
export class ReadingStopped extends Error {
  override readonly name = 'ReadingStopped';
}

/** The memory of a process, open for one report. */
export class MemoryReader {
  readonly known: KnownProcess;
  readonly memory: PagedMemory;
  /** Which pages have contents; `null` where that cannot be known. */
  readonly resident: Resident | null;
  /** V8's pages as they were found last; `null` if they were not, or are to be found anew. */
  pages: HeapPages | null = null;

  /** @param mustStop asked at each reading; once it is true, {@link ReadingStopped} is thrown out of the midst of everything */
  constructor(known: KnownProcess, file: Memory, mustStop: () => boolean = () => false) {
    this.known = known;
    this.memory = new PagedMemory({
      read(address, into) {
        if (mustStop()) throw new ReadingStopped('the process ends');
        return file.read(address, into);
      },
      close: () => file.close(),
    });
    this.resident = openResident(known.pid);
  }

  /** Finds V8's pages as they are now. */
  readPages(): HeapPages | { reason: string } {
    const maps = readMaps(this.known.pid);
    if (maps === null) return { reason: 'the list of its mappings cannot be read' };
    const pages = readHeapPages(this.memory, maps, this.known.pages);
    if ('reason' in pages) return pages;
    const { isolates } = this.known;
    for (const heap of isolates.keys()) if (!pages.heaps.includes(heap)) isolates.delete(heap);
    this.pages = pages;
    return pages;
  }

  isolate(heap: number): KnownIsolate {
    const { isolates } = this.known;
    let isolate = isolates.get(heap);
    if (!isolate) isolates.set(heap, (isolate = { finder: new SuspendedFinder(), copyBytes: 0 }));
    return isolate;
  }

  close(): void {
    this.resident?.close();
    this.memory.close();
  }
}

/** One line why it cannot be read, where it cannot. */
export function openReader(known: KnownProcess, mustStop?: () => boolean): MemoryReader | { reason: string } {
  const file = openMemory(known.pid);
  return file === null
    ? { reason: `/proc/${known.pid}/mem cannot be opened` }
    : new MemoryReader(known, file, mustStop);
}
