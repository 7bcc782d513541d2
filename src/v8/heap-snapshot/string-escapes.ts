import {
  BACKSLASH,
  BACKSPACE,
  CARRIAGE_RETURN,
  DIGIT_0,
  DIGIT_9,
  FORM_FEED,
  LINE_FEED,
  LOWER_A,
  LOWER_B,
  LOWER_F,
  LOWER_N,
  LOWER_R,
  LOWER_T,
  LOWER_U,
  QUOTE,
  SLASH,
  SPACE,
  TAB,
} from './ascii.js';
import { malformed } from './error.js';

/** No escape is longer: `\uXXXX`. */
export const MAX_ESCAPE = 6;

/** The UTF-16 unit that a backslash and this byte mean. */
export function shortEscape(byte: number): number {
  switch (byte) {
    case QUOTE:
    case BACKSLASH:
    case SLASH:
      return byte;
    case LOWER_B:
      return BACKSPACE;
    case LOWER_F:
      return FORM_FEED;
    case LOWER_N:
      return LINE_FEED;
    case LOWER_R:
      return CARRIAGE_RETURN;
    case LOWER_T:
      return TAB;
    default:
      throw malformed('an unknown escape in a string');
  }
}

export function hexDigit(byte: number): number {
  if (byte >= DIGIT_0 && byte <= DIGIT_9) return byte - DIGIT_0;
  const letter = (byte | 0x20) - LOWER_A; // of either case
  if (letter < 0 || letter > 5) throw malformed('an unknown escape in a string');
  return letter + 10;
}

/**
 * Writes a UTF-16 unit as JSON, always in the same, shortest form of ASCII.
 * @returns where in `bytes` it ends
 */
export function writeUnit(bytes: Uint8Array, at: number, unit: number): number {
  if (unit >= SPACE && unit < 0x80 && unit !== QUOTE && unit !== BACKSLASH) {
    bytes[at] = unit;
    return at + 1;
  }
  bytes[at] = BACKSLASH;
  const letter = escapeLetter(unit);
  bytes[at + 1] = letter;
  if (letter !== LOWER_U) return at + 2;
  for (let digit = 0; digit < 4; digit++) {
    const value = (unit >>> (12 - 4 * digit)) & 15;
    bytes[at + 2 + digit] = value < 10 ? DIGIT_0 + value : LOWER_A + value - 10;
  }
  return at + MAX_ESCAPE;
}

function escapeLetter(unit: number): number {
  switch (unit) {
    case QUOTE:
    case BACKSLASH:
      return unit;
    case BACKSPACE:
      return LOWER_B;
    case FORM_FEED:
      return LOWER_F;
    case LINE_FEED:
      return LOWER_N;
    case CARRIAGE_RETURN:
      return LOWER_R;
    case TAB:
      return LOWER_T;
    default:
      return LOWER_U;
  }
}

/** A string as {@link writeUnit} writes it. */
export function escapeText(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * MAX_ESCAPE);
  let length = 0;
  for (let at = 0; at < text.length; at++) length = writeUnit(bytes, length, text.charCodeAt(at));
  return bytes.subarray(0, length);
}

/** The same JSON, all in ASCII, for JSON with other characters in its strings. */
export function escapeNonAscii(json: string): string {
  return json.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
