import { readMaps, writableMappings } from '../../os/linux/memory-map.js';
import type { Pid } from '../../os/pid.js';
import type { PagedMemory } from './paged-memory.js';
import type { Range } from './range.js';
import type { HeapPages } from './pages.js';
import type { Resident } from './regions.js';
import { Needles, scanWords } from './scan.js';

/** A node of V8's global handles: the object, 16 bits of class, its index in its block, its flags, data (11.3 to 14.6). */
const NODE_SIZE = 32;
/** In a block. */
const NODES = 256;
const INDEX = 10;
const FLAGS = 11;
const STATE_MASK = 3;
/** Neither free nor weak. */
const NORMAL = 1;
/** C++ has no more small objects than this; the rest are buffers and stacks. */
const MAX_BYTES = 2 ** 31;

export interface GlobalHandles {
  /** By their indices. */
  found: ReadonlySet<number>;
  /** All of the memory was looked through, as far as it is still there. */
  complete: boolean;
}

/**
 * Which of these objects C++ code holds by global handles: outside of V8's pages, in blocks of nodes, each of which
 * knows its place in its block. That is how a handle is told from what else looks like a pointer.
 */
export function findGlobalHandles(
  memory: PagedMemory,
  pid: Pid,
  pages: HeapPages,
  resident: Resident | null,
  pointers: readonly number[],
  deadline: number,
): GlobalHandles {
  const found = new Set<number>();
  if (pointers.length === 0) return { found, complete: true };
  const maps = readMaps(pid);
  if (maps === null) return { found, complete: false };
  const ranges: Range[] = [];
  let bytes = 0;
  for (const range of writableMappings(maps)) {
    for (const piece of resident === null ? [range] : resident.within(range)) {
      if (pages.at(piece.start) !== null) continue;
      bytes += piece.end - piece.start;
      if (bytes <= MAX_BYTES) ranges.push(piece);
    }
  }
  const needles = new Needles(pointers);
  const { late } = scanWords(
    memory,
    { ranges, needles, skipFreeSpace: null, resident: null, deadline },
    (address, needle) => {
      if (isHandle(memory, address)) found.add(needle);
    },
  );
  // What could not be read has been given back since.
  return { found, complete: !late && bytes <= MAX_BYTES };
}

/** Lists of pointers, of which a garbage collector has many, look like a node and its neighbours often enough. */
function isHandle(memory: PagedMemory, node: number): boolean {
  if ((memory.u8(node + FLAGS) & STATE_MASK) !== NORMAL) return false;
  const first = node - NODE_SIZE * memory.u8(node + INDEX);
  for (let index = 0; index < NODES; index++) {
    if (memory.u8(first + NODE_SIZE * index + INDEX) !== index) return false;
  }
  return true;
}
