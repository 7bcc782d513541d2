import { NumberTable } from './number-table.js';

/** A place in the source of a script. */
export interface CodePosition {
  /** Offset in UTF-16 units; -1: none. */
  offset: number;
  /** The number of the function that was inlined there, in optimised code; -1: none, as in bytecode. */
  inlined: number;
}

/** The position of a function's entry stands first, and is no instruction's. */
const BEFORE_FIRST = -1;

/**
 * What a table of source positions has for an offset in code: the last entry that is not behind it. `null` if there is
 * none, or the table is not sound.
 *
 * Entries have the differences to those before them: of the offset (as `-offset - 1` where no statement begins; from V8
 * 14 on doubled, with a flag in the lowest bit), and of the position.
 *
 * @param doubled whether offsets have that flag.
 */
export function findPosition(table: Buffer, codeOffset: number, doubled: boolean): CodePosition | null {
  const numbers = new NumberTable(table);
  let offset = BEFORE_FIRST;
  let position = 0;
  let found = -1;
  while (!numbers.done) {
    const difference = numbers.signed();
    const positive = difference >= 0 ? difference : -(difference + 1);
    offset += doubled ? Math.floor(positive / 2) : positive;
    position += numbers.signed();
    if (Number.isNaN(offset) || !(position >= 0)) return null;
    if (offset > codeOffset) break;
    found = position;
  }
  return decodePosition(found);
}

/** Bit 0 tells of places outside of scripts; from bit 1 on the offset, from bit 31 on the inlined function, each plus 1. */
function decodePosition(value: number): CodePosition | null {
  if (!(value >= 0) || value % 2 !== 0) return null;
  return { offset: (value % 2 ** 31) / 2 - 1, inlined: (Math.floor(value / 2 ** 31) % 2 ** 16) - 1 };
}
