import type { CodeLayout } from './machine-layout.js';
import type { Range } from './range.js';
import type { TaggedHeap } from './tagged-heap.js';

/** Machine code that V8 has made of a function. */
export interface CodeObject {
  code: number;
  kind: 'baseline' | 'maglev' | 'turbofan' | 'other';
  /** Of the instructions. */
  start: number;
  size: number;
}

/** Longer code than this V8 does not make. */
const FURTHEST = 8 * 1024 * 1024;

/**
 * The code that a place in memory belongs to; `null` if there is none. Before the instructions stands an object that
 * leads to the Code object, which leads back to it and knows where the instructions are.
 *
 * @param region the mapping with this place: executable memory that is nobody's file.
 */
export function codeAt(heap: TaggedHeap, pc: number, region: Range, layout: CodeLayout): CodeObject | null {
  const { memory } = heap;
  const lowest = Math.max(region.start, pc - FURTHEST);
  let streamMap = 0;
  for (let at = pc - (pc % 8); at >= lowest; at -= 8) {
    const map = heap.targetOf(memory.word(at));
    if (map === 0) continue;
    if (streamMap !== 0 ? map !== streamMap : heap.typeOfMap(map) !== layout.instructionStreamType) continue;
    streamMap = map;
    const found = readCode(heap, at, layout);
    // Numbers among the instructions can look like such an object, but nothing leads back to them.
    if (found !== null) return pc > found.start && pc <= found.start + found.size ? found : null;
  }
  return null;
}

function readCode(heap: TaggedHeap, stream: number, layout: CodeLayout): CodeObject | null {
  const { memory } = heap;
  const code = heap.objectOf(memory.word(stream + layout.code));
  if (heap.type(code) !== heap.layout.types.code) return null;
  if (heap.word(code, layout.instructionStream) !== stream + 1) return null;
  const start = heap.word(code, layout.instructionStart);
  const size = heap.u32(code, layout.instructionSize);
  if (!(start > stream && start - stream < 256)) return null;
  const kind = heap.u32(code, layout.flags) & layout.kindMask;
  const { baseline, maglev, turbofan } = layout;
  const name = kind === baseline ? 'baseline' : kind === maglev ? 'maglev' : 'other';
  return { code, kind: kind === turbofan ? 'turbofan' : name, start, size };
}
