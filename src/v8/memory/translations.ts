import { NumberTable } from './number-table.js';

/**
 * How V8 writes down what frames of bytecode a frame of optimised code stands for, by its version: for each opcode the
 * number of its operands, and what it is. `B` begins a translation; frames are `I` of bytecode, `J` of builtins in
 * JavaScript's place, `C` of a call by `new`, `F` of other kinds; `M` repeats another translation; the rest are values, `L`
 * of them constants.
 *
 * Confirmed on Node 20.20, 22.23, 24.21 and 26.10: with these, thousands of translations of real programs end where the next
 * begins, have the number of frames that they say, and the functions and offsets that V8 has noted elsewhere.
 */
const TRANSLATIONS: { readonly [version: string]: { readonly operands: string; readonly kinds: string } } = {
  '11.3': {
    operands: '103311313111112111111115333401111121',
    kinds: '..BB..F.C.....F........IIJJF.L.....M',
  },
  '12.4': {
    operands: '5333213432103311111111111111111101111121',
    kinds: 'IIJJCCFFFF..BB...................L.....M',
  },
  '13.6': {
    operands: '643321343331003311101111111111111111101111121',
    kinds: 'IIJJCCFFFFF...BB......................L.....M',
  },
  '14.6': {
    operands: '643321343331003311101111111111111111101111121',
    kinds: 'IIJJCCFFFFF...BB......................L.....M',
  },
};

/** A frame that an optimised one stands for. */
export interface TranslatedFrame {
  kind: 'bytecode' | 'builtin';
  /** Offset from the first instruction, or V8's number of the builtin. */
  offset: number;
  /** Of bytecode: index of the SharedFunctionInfo among the code's literals. */
  literal: number;
  /** Index of the function itself among the literals; -1 if it is none of them. */
  closure: number;
  /** Called by `new`. */
  constructs: boolean;
}

interface Instruction {
  opcode: number;
  operands: number[];
}

/** Values of all frames together; code with more V8 does not optimise. */
const MAX_INSTRUCTIONS = 1_000_000;

/**
 * The frames of JavaScript of the translation that begins at `start`, outermost first; `null` if it is not sound, or of an
 * unknown version.
 */
export function readTranslation(version: string, table: Buffer, start: number): TranslatedFrame[] | null {
  const form = Object.hasOwn(TRANSLATIONS, version) ? TRANSLATIONS[version] : undefined;
  if (form === undefined) return null;
  const first = readInstructions(form, table, start, null);
  if (first === null) return null;
  // Most repeat parts of an earlier one, which repeats nothing.
  let { instructions } = first;
  if (first.lookback !== 0) {
    const basis = readInstructions(form, table, start - first.lookback, null);
    if (basis === null || basis.lookback !== 0) return null;
    const whole = readInstructions(form, table, start, basis.instructions);
    if (whole === null) return null;
    ({ instructions } = whole);
  }
  return collectFrames(form, instructions, first.functions);
}

/** @param basis what may be repeated; `null`: read only what stands before the first repetition. */
function readInstructions(
  { operands, kinds }: { operands: string; kinds: string },
  table: Buffer,
  start: number,
  basis: readonly Instruction[] | null,
): { lookback: number; functions: number; instructions: Instruction[] } | null {
  if (!(start >= 0 && start < table.length) || kinds[table[start]!] !== 'B') return null;
  const numbers = new NumberTable(table.subarray(start));
  numbers.byte();
  const lookback = numbers.unsigned();
  numbers.signed(); // frames of all kinds
  const functions = numbers.signed();
  const instructions: Instruction[] = [];
  while (!numbers.done && instructions.length < MAX_INSTRUCTIONS) {
    const opcode = numbers.byte();
    if (Number.isNaN(opcode)) return null;
    const kind = kinds[opcode];
    // Short repetitions are the numbers behind the last opcode.
    if (kind === undefined || kind === 'M') {
      if (basis === null) break;
      const count = kind === 'M' ? numbers.unsigned() : opcode - kinds.length;
      const repeated = basis.slice(instructions.length, instructions.length + count);
      if (repeated.length !== count) return null;
      instructions.push(...repeated);
      continue;
    }
    if (kind === 'B') break;
    const values: number[] = [];
    for (let count = Number(operands[opcode]); count > 0; count--) values.push(numbers.signed());
    if (values.some(Number.isNaN)) return null;
    instructions.push({ opcode, operands: values });
  }
  return Number.isNaN(lookback) || Number.isNaN(functions) ? null : { lookback, functions, instructions };
}

function collectFrames(
  { kinds }: { kinds: string },
  instructions: readonly Instruction[],
  functions: number,
): TranslatedFrame[] | null {
  const frames: TranslatedFrame[] = [];
  let constructs = false;
  for (const [index, { opcode, operands }] of instructions.entries()) {
    const kind = kinds[opcode];
    if (kind === 'C') constructs = true;
    if (kind !== 'I' && kind !== 'J') continue;
    const [offset = -1, literal = -1] = operands;
    // The function is the first of the frame's values.
    const value = instructions[index + 1];
    const closure = value !== undefined && kinds[value.opcode] === 'L' ? (value.operands[0] ?? -1) : -1;
    frames.push({ kind: kind === 'I' ? 'bytecode' : 'builtin', offset, literal, closure, constructs });
    constructs = false;
  }
  return frames.length === functions ? frames : null;
}
