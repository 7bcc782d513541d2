import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  isSpace,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from './ascii.js';
import { malformed } from './error.js';
import type { ValueScanner } from './value-scanner.js';

/** Finds the end of any JSON value. It keeps the value's text if it is told to, and nothing of it otherwise. */
export class PlainValue implements ValueScanner {
  done = false;
  readonly #maxLength: number;
  #text = '';
  #depth = 0;
  #inString = false;
  #escaped = false;
  #begun = false;

  /** @param keep at most this many bytes of text are kept; `0` to skip a value of any length */
  constructor(keep: number) {
    this.#maxLength = keep;
  }

  /** The value as it stood in the JSON. */
  get text(): string {
    return this.#text;
  }

  scan(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end && !this.done)
      at = this.#inString ? this.#string(bytes, at, end) : this.#token(bytes, at);
    if (this.#maxLength > 0) this.#keep(bytes, start, at);
    return at;
  }

  #token(bytes: Uint8Array, at: number): number {
    const byte = bytes[at]!;
    if (byte === QUOTE) {
      this.#inString = true;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      this.#depth++;
    } else if (this.#depth > 0) {
      if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) this.done = --this.#depth === 0;
    } else if (byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      // The end of a number or a word is what follows it.
      if (!this.#begun) throw malformed('a value is missing');
      this.done = true;
      return at;
    }
    if (!isSpace(byte)) this.#begun = true;
    return at + 1;
  }

  #string(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end) {
      const byte = bytes[at++];
      if (this.#escaped) {
        this.#escaped = false;
      } else if (byte === BACKSLASH) {
        this.#escaped = true;
      } else if (byte === QUOTE) {
        this.#inString = false;
        this.done = this.#depth === 0;
        break;
      }
    }
    return at;
  }

  #keep(bytes: Uint8Array, start: number, end: number): void {
    if (this.#text.length + end - start > this.#maxLength) throw malformed('its header is too long');
    this.#text += Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
  }
}
