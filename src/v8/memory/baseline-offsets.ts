import { BYTECODES, EXTRA_WIDE_PREFIXES, WIDE_PREFIXES } from './bytecode-sizes.js';
import type { CodeObject } from './code-objects.js';
import type { CodeLayout } from './machine-layout.js';
import { NumberTable } from './number-table.js';
import type { TaggedHeap } from './tagged-heap.js';

const LARGEST = 16 * 1024 * 1024;

/**
 * The instruction of the bytecode that a place in baseline code was made of: its offset from the first one; -1 unknown.
 *
 * Baseline code has a table with the length of the machine code of each bytecode instruction, the function's prologue
 * before them. How long the bytecode instructions are V8 knows by heart, and so do we, by version: only if all adds up
 * (as many instructions as the table has entries, the last ends where the bytecode ends) it is believed.
 */
export function baselineOffset(
  heap: TaggedHeap,
  bytecodeArray: number,
  { code, start }: CodeObject,
  pc: number,
  layout: CodeLayout,
): number {
  const { types, bytecode, version } = heap.layout;
  const sizes = Object.hasOwn(BYTECODES, version) ? BYTECODES[version] : undefined;
  const table = heap.field(code, layout.bytecodeOffsets);
  const tableType = types.trustedByteArray === -1 ? types.byteArray : types.trustedByteArray;
  if (sizes === undefined || heap.type(table) !== tableType) return -1;
  const tableLength = heap.smiField(table, 8, 0);
  const length = heap.smiField(bytecodeArray, 8, 0);
  if (!(length > 0 && length < LARGEST && tableLength > 0 && tableLength < LARGEST)) return -1;
  const entries = heap.bytes(table, 16, tableLength);
  const instructions = heap.bytes(bytecodeArray, bytecode.data, length);
  if (entries === null || instructions === null) return -1;

  const numbers = new NumberTable(entries);
  let end = start + numbers.unsigned();
  let found = -1;
  let offset = 0;
  while (offset < length) {
    const size = instructionSize(instructions, offset, sizes);
    end += numbers.unsigned();
    if (size === 0 || Number.isNaN(end)) return -1;
    // Calls return to right behind themselves: the end of an instruction is still its own.
    if (found === -1 && pc <= end) found = offset;
    offset += size;
  }
  return offset === length && numbers.done ? found : -1;
}

/** In bytes, prefix included; 0 if it is none. */
function instructionSize(instructions: Buffer, offset: number, sizes: readonly string[]): number {
  const [lengths = '', scalable = ''] = sizes;
  const first = instructions[offset]!;
  const scale = WIDE_PREFIXES.includes(first) ? 2 : EXTRA_WIDE_PREFIXES.includes(first) ? 4 : 1;
  const bytecode = scale === 1 ? first : instructions[offset + 1];
  if (bytecode === undefined || bytecode >= lengths.length) return 0;
  const length = Number(lengths[bytecode]) + Number(scalable[bytecode]) * (scale - 1);
  return scale === 1 ? length : length + 1;
}
