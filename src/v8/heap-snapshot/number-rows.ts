import { CLOSE_BRACKET, COMMA, DIGIT_0, isSpace, MINUS, OPEN_BRACKET } from './ascii.js';
import { malformed } from './error.js';
import type { ValueScanner } from './value-scanner.js';

const BEFORE_ARRAY = 0;
const BEFORE_NUMBER = 1;
const AFTER_MINUS = 2;
const IN_NUMBER = 3;
const AFTER_NUMBER = 4;

/** Below this, a number times ten plus a digit is still an int32: V8 then keeps the hot loop in integer registers. */
const INT32_TENTH = 214_748_364;

/**
 * Reads a flat array of whole numbers as rows of `width`. Each complete row is handed to `onRow` in the same array.
 */
export class NumberRows implements ValueScanner {
  done = false;
  readonly #onRow: (row: Float64Array) => void;
  readonly #row: Float64Array;
  #column = 0;
  #state = BEFORE_ARRAY;
  #rows = 0;
  /** The number so far while it is an int32, then -1 and the number is in `#large`. */
  #value = 0;
  #large = 0;
  #negative = false;

  constructor(width: number, onRow: (row: Float64Array) => void) {
    this.#row = new Float64Array(width);
    this.#onRow = onRow;
  }

  scan(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    // Locals, since V8 would otherwise load and store the fields at each digit.
    let value = this.#value;
    let state = this.#state;
    for (; at < end; at++) {
      const byte = bytes[at]!;
      const digit = byte - DIGIT_0;
      if (digit >= 0 && digit <= 9) {
        if (state !== IN_NUMBER) {
          if (state !== BEFORE_NUMBER && state !== AFTER_MINUS) throw unexpected(byte);
          this.#negative = state === AFTER_MINUS;
          state = IN_NUMBER;
          value = 0;
        }
        if (value >= 0 && value < INT32_TENTH) {
          value = value * 10 + digit;
        } else {
          this.#large = appendDigit(value < 0 ? this.#large : value, digit);
          value = -1;
        }
      } else if (byte === COMMA || byte === CLOSE_BRACKET) {
        if (state >= IN_NUMBER) this.#add(value < 0 ? this.#large : value);
        else if (!this.#isEmptyAt(byte, state)) throw unexpected(byte);
        if (byte === CLOSE_BRACKET) {
          this.#finish();
          return at + 1;
        }
        state = BEFORE_NUMBER;
      } else if (byte === OPEN_BRACKET && state === BEFORE_ARRAY) {
        state = BEFORE_NUMBER;
      } else if (byte === MINUS && state === BEFORE_NUMBER) {
        state = AFTER_MINUS;
      } else if (isSpace(byte) && state !== AFTER_MINUS) {
        // Node 20 and 22 write each row on a line of its own, 24 and 26 write no space at all.
        if (state === IN_NUMBER) state = AFTER_NUMBER;
      } else {
        throw unexpected(byte);
      }
    }
    this.#value = value;
    this.#state = state;
    return at;
  }

  #add(value: number): void {
    this.#row[this.#column] = this.#negative ? -value : value;
    if (++this.#column === this.#row.length) {
      this.#column = 0;
      this.#rows++;
      this.#onRow(this.#row);
    }
  }

  #isEmptyAt(byte: number, state: number): boolean {
    return byte === CLOSE_BRACKET && state === BEFORE_NUMBER && this.#rows === 0 && this.#column === 0;
  }

  #finish(): void {
    if (this.#column !== 0) throw malformed(`${this.#rows} rows and a part of one`);
    this.done = true;
  }
}

function appendDigit(number: number, digit: number): number {
  const more = number * 10 + digit;
  if (more > Number.MAX_SAFE_INTEGER) throw malformed('a number is too large');
  return more;
}

function unexpected(byte: number): Error {
  return malformed(`unexpected ${JSON.stringify(String.fromCharCode(byte))} among numbers`);
}
