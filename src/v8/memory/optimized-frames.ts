import type { CodeObject } from './code-objects.js';
import { bytecodeOfShared, sharedOf } from './functions.js';
import { sourcePosition } from './source-positions.js';
import type { CodeLayout, MachineLayout } from './machine-layout.js';
import type { TaggedHeap } from './tagged-heap.js';
import { readTranslation } from './translations.js';

/** A function in optimised code, which may be one of several in one frame. */
export interface OptimizedPlace {
  shared: number;
  /** Offset in the source of its script; -1 in functions of V8's own. */
  position: number;
  /** Called by `new`; not known of the outermost. */
  constructs: boolean;
}

const LARGEST = 16 * 1024 * 1024;

/**
 * The functions that a frame of optimised code stands for, innermost first; `null` if they are not beyond doubt.
 *
 * They are read from where V8 itself takes them for its stack traces: from what it has noted for going back to bytecode,
 * which exists for each call. The table of source positions is of no use for this: it has no entry for calls which the
 * compiler does not take for any, and Maglev's (V8 13.6, 14.6) has wrong ones for calls inlined in loops.
 *
 * @param outermost the function that the frame is of.
 */
export function optimizedPlaces(
  heap: TaggedHeap,
  code: CodeObject,
  pc: number,
  outermost: number,
  layout: MachineLayout,
): OptimizedPlace[] | null {
  const { deoptimization } = layout;
  const data = heap.field(code.code, layout.code.deoptimizationData);
  const table = readByteArray(heap, element(heap, data, deoptimization.translations));
  const exit = findExit(heap, code, data, pc, layout);
  if (table === null || exit === null) return null;
  const frames = readTranslation(heap.layout.version, table, exit.translation);
  // It is noted with the exit, too, where the innermost frame goes on.
  if (frames === null || frames.at(-1)?.offset !== exit.offset) return null;
  const literals = element(heap, data, deoptimization.literals);
  const places: OptimizedPlace[] = [];
  for (const { kind, offset, literal, closure, constructs } of frames.reverse()) {
    if (kind === 'builtin') {
      // Which it is can be told only if it is a constant.
      const shared = sharedOf(heap, element(heap, literals, closure));
      if (shared !== 0) places.push({ shared, position: -1, constructs });
      continue;
    }
    const shared = element(heap, literals, literal);
    const position = sourcePosition(heap, bytecodeOfShared(heap, shared), offset);
    if (position === -1) return null;
    places.push({ shared, position, constructs });
  }
  return places.at(-1)?.shared === outermost ? places : null;
}

/** How a call leads back to bytecode, if the code is thrown away meanwhile. */
interface Exit {
  /** Of the innermost function: offset in its bytecode. */
  offset: number;
  /** Where its translation begins. */
  translation: number;
}

function findExit(
  heap: TaggedHeap,
  code: CodeObject,
  data: number,
  pc: number,
  layout: MachineLayout,
): Exit | null {
  const { entries } = layout.deoptimization;
  const length = heap.smiField(data, 8, 0);
  const place = pc - code.start;
  // Turbofan notes the place behind the call, Maglev that of the code which leads back to bytecode.
  const wanted = code.kind === 'maglev' ? maglevExit(heap, code, place, layout.code) : place;
  if (wanted < 0) return null;
  for (let at = entries; at + 3 <= length && at < LARGEST; at += 3)
    if (smiElement(heap, data, at + 2) === wanted)
      return { offset: smiElement(heap, data, at), translation: smiElement(heap, data, at + 1) };
  return null;
}

/**
 * Where Maglev's code for a call goes if it is thrown away: from its table of safepoints, behind the instructions. Entries
 * are of one size: the place, the number of the deoptimisation and the exit (both plus 1), and what we need not know.
 */
function maglevExit(
  heap: TaggedHeap,
  { start, size }: CodeObject,
  place: number,
  layout: CodeLayout,
): number {
  const { memory } = heap;
  const header = start + size + layout.safepointPrefix;
  const count = memory.u32(header);
  const configuration = memory.u32(header + 4);
  const field = (shift: number): number => (configuration >>> shift) & 7;
  const hasDeoptimization = (configuration & 1) === 1;
  const registers = field(1);
  const places = field(4);
  const numbers = field(7);
  if (!hasDeoptimization || places === 0 || places > 4 || count > 1_000_000) return -1;
  const entrySize = places + numbers + places + registers + 1;
  const first = header + 8 + layout.maglevSafepointSuffix;
  for (let index = 0; index < count; index++) {
    const at = first + index * entrySize;
    if (readLittle(heap, at, places) === place) return readLittle(heap, at + places + numbers, places) - 1;
  }
  return -1;
}

function readLittle(heap: TaggedHeap, address: number, bytes: number): number {
  let value = 0;
  for (let at = bytes - 1; at >= 0; at--) value = value * 256 + heap.memory.u8(address + at);
  return value;
}

/** An element of a fixed array of any kind, strong or weak; 0 if there is none. */
function element(heap: TaggedHeap, array: number, index: number): number {
  if (!(index >= 0 && index < heap.smiField(array, 8, 0))) return 0;
  return heap.weakField(array, 16 + 8 * index);
}

/** `NaN` if there is none. */
function smiElement(heap: TaggedHeap, array: number, index: number): number {
  if (!(index >= 0 && index < heap.smiField(array, 8, 0))) return Number.NaN;
  return heap.smiField(array, 16 + 8 * index, Number.NaN);
}

function readByteArray(heap: TaggedHeap, array: number): Buffer | null {
  const { types } = heap.layout;
  const type = heap.type(array);
  if (type === -1 || (type !== types.byteArray && type !== types.trustedByteArray)) return null;
  const length = heap.smiField(array, 8, -1);
  return length >= 0 && length <= LARGEST ? heap.bytes(array, 16, length) : null;
}
