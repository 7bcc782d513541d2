import { BACKSLASH, CLOSE_BRACKET, COMMA, isSpace, LOWER_U, OPEN_BRACKET, QUOTE, SPACE } from './ascii.js';
import { malformed } from './error.js';
import type { KeptStrings } from './kept-strings.js';
import { hexDigit, shortEscape } from './string-escapes.js';
import type { ValueScanner } from './value-scanner.js';

const BEFORE_LIST = 0;
const BEFORE_FIRST = 1;
const BEFORE_STRING = 2;
const IN_STRING = 3;
const AFTER_BACKSLASH = 4;
const IN_UNICODE = 5; // behind a backslash, `u` and perhaps some digits
const AFTER_STRING = 6;

/** Reads a list of strings and keeps the beginning of each. */
export class StringList implements ValueScanner {
  done = false;
  readonly #kept: KeptStrings;
  readonly #maxLength: number;
  #state = BEFORE_LIST;
  /** How many more characters of the current string are kept. */
  #room = 0;
  #unit = 0;
  #digitsLeft = 0;

  /** @param maxLength of what is kept of a string, in UTF-16 units */
  constructor(kept: KeptStrings, maxLength: number) {
    this.#kept = kept;
    this.#maxLength = maxLength;
  }

  scan(bytes: Uint8Array, start: number, end: number): number {
    this.#kept.reserve(end - start);
    let at = start;
    while (at < end && !this.done) {
      if (this.#state === IN_STRING) at = this.#characters(bytes, at, end);
      else if (this.#state === AFTER_BACKSLASH) this.#escape(bytes[at++]!);
      else if (this.#state === IN_UNICODE) this.#unicodeDigit(bytes[at++]!);
      else this.#between(bytes[at++]!);
    }
    return at;
  }

  #between(byte: number): void {
    const state = this.#state;
    if (isSpace(byte)) return;
    if (byte === QUOTE && (state === BEFORE_FIRST || state === BEFORE_STRING)) {
      this.#room = this.#maxLength;
      this.#state = IN_STRING;
    } else if (byte === COMMA && state === AFTER_STRING) {
      this.#state = BEFORE_STRING;
    } else if (byte === CLOSE_BRACKET && (state === AFTER_STRING || state === BEFORE_FIRST)) {
      this.done = true;
    } else if (byte === OPEN_BRACKET && state === BEFORE_LIST) {
      this.#state = BEFORE_FIRST;
    } else {
      throw malformed(`unexpected ${JSON.stringify(String.fromCharCode(byte))} among strings`);
    }
  }

  /** Reads the characters that stand for themselves, and what ends them: a backslash or the string's end. */
  #characters(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    let byte = 0;
    for (; at < end; at++) {
      byte = bytes[at]!;
      if (byte === QUOTE || byte === BACKSLASH || byte < SPACE) break;
    }
    const kept = Math.min(at - start, this.#room);
    this.#room -= kept;
    this.#kept.append(bytes, start, start + kept);
    if (at === end) return at;
    if (byte === QUOTE) {
      this.#kept.endString();
      this.#state = AFTER_STRING;
    } else if (byte === BACKSLASH) {
      this.#state = AFTER_BACKSLASH;
    } else {
      throw malformed('a control character in a string');
    }
    return at + 1;
  }

  #escape(byte: number): void {
    if (byte === LOWER_U) {
      this.#unit = 0;
      this.#digitsLeft = 4;
      this.#state = IN_UNICODE;
    } else {
      this.#character(shortEscape(byte));
    }
  }

  #unicodeDigit(byte: number): void {
    this.#unit = this.#unit * 16 + hexDigit(byte);
    if (--this.#digitsLeft === 0) this.#character(this.#unit);
  }

  #character(unit: number): void {
    if (this.#room > 0) {
      this.#room--;
      this.#kept.appendUnit(unit);
    }
    this.#state = IN_STRING;
  }
}
