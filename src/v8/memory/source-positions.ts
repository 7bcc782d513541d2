import { findPosition } from './position-table.js';
import type { TaggedHeap } from './tagged-heap.js';

/** Tables of real functions have a few bytes for each place; this is more than any of them. */
const LARGEST_TABLE = 4 * 1024 * 1024;
/** Functions, and places of one, that are remembered at a time. */
const MAX_KNOWN = 10_000;

/**
 * The source position of an instruction of a BytecodeArray, as V8's stack traces have it: that of the last entry of its
 * table which is not behind the instruction. -1 if there is no table, or not a sound one.
 */
export function sourcePosition(heap: TaggedHeap, bytecodeArray: number, bytecodeOffset: number): number {
  const { sourcePositions } = heap.found;
  let known = sourcePositions.get(bytecodeArray);
  if (known === undefined) {
    if (sourcePositions.size >= MAX_KNOWN) sourcePositions.clear();
    sourcePositions.set(bytecodeArray, (known = new Map()));
  }
  let position = known.get(bytecodeOffset);
  if (position === undefined) {
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(bytecodeOffset, (position = readPosition(heap, bytecodeArray, bytecodeOffset)));
  }
  return position;
}

function readPosition(heap: TaggedHeap, bytecodeArray: number, bytecodeOffset: number): number {
  const { types, bytecode: layout } = heap.layout;
  if (heap.type(bytecodeArray) !== types.bytecodeArray) return -1;
  const codeLength = heap.smiField(bytecodeArray, 8, 0);
  if (!(bytecodeOffset >= 0 && bytecodeOffset < codeLength)) return -1;
  const table = heap.field(bytecodeArray, layout.sourcePositions);
  // Not made yet, and not makeable, are told by other objects here.
  const tableType = types.trustedByteArray === -1 ? types.byteArray : types.trustedByteArray;
  if (heap.type(table) !== tableType) return -1;
  const length = heap.smiField(table, 8, 0);
  if (!(length > 0 && length <= LARGEST_TABLE)) return -1;
  const bytes = heap.bytes(table, 16, length);
  const found = bytes === null ? null : findPosition(bytes, bytecodeOffset, heap.layout.doubledOffsets);
  return found === null || found.inlined !== -1 ? -1 : found.offset;
}
