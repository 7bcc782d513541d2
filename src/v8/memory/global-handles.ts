import { readMaps, writableMappings } from '../../os/linux/memory-map.js';
import type { Pid } from '../../os/pid.js';
import type { PagedMemory, Range } from './paged-memory.js';
import type { HeapPages } from './pages.js';
import type { Resident } from './regions.js';
import { Needles, scanWords } from './scan.js';

/** A node of V8's global handles: the object, 16 bits of class, its index in its block, its flags, data (11.3 to 14.6). */
const NODE_SIZE = 32;
const INDEX = 10;
const FLAGS = 11;
const STATE_MASK = 3;
/** Neither free nor weak. */
const NORMAL = 1;
/** C++ has no more small objects than this; the rest are buffers and stacks. */
const MAX_BYTES = 256 * 2 ** 20;

/**
 * Which of these objects C++ code holds by global handles: outside of V8's pages, in blocks of nodes, each of which
 * knows its place in its block. That is how a handle is told from what else looks like a pointer.
 */
export function findGlobalHandles(
  memory: PagedMemory,
  pid: Pid,
  pages: HeapPages,
  resident: Resident | null,
  pointers: ReadonlySet<number>,
  deadline: number,
): Set<number> {
  const found = new Set<number>();
  if (pointers.size === 0) return found;
  const maps = readMaps(pid);
  if (maps === null) return found;
  const ranges: Range[] = [];
  let bytes = 0;
  for (const range of writableMappings(maps)) {
    for (const piece of resident === null ? [range] : resident.within(range)) {
      if (pages.at(piece.start) !== null || bytes > MAX_BYTES) continue;
      bytes += piece.end - piece.start;
      ranges.push(piece);
    }
  }
  const needles = new Needles(pointers);
  scanWords(memory, { ranges, needles, skipFreeSpace: null, resident: null, deadline }, (address, value) => {
    if (isHandle(memory, address)) found.add(value);
  });
  return found;
}

function isHandle(memory: PagedMemory, node: number): boolean {
  const index = memory.u8(node + INDEX);
  if ((memory.u8(node + FLAGS) & STATE_MASK) !== NORMAL) return false;
  // Its neighbours in the block; the first and the last have one.
  const before = index === 0 || memory.u8(node - NODE_SIZE + INDEX) === index - 1;
  const after = index === 255 || memory.u8(node + NODE_SIZE + INDEX) === index + 1;
  return before && after;
}
