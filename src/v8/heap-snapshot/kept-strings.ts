import { HeapSnapshotError } from './error.js';
import type { MemoryBudget } from './memory-budget.js';
import { escapeText, MAX_ESCAPE, writeUnit } from './string-escapes.js';

const FIRST_BYTES = 1 << 20;
const FIRST_STRINGS = 1 << 16;
const MAX_OFFSET = 0xffff_ffff;

/**
 * The snapshot's strings as they stand in its JSON: ASCII, with escapes, which V8 writes for all else and which can hold
 * lone surrogates. Each character is kept in one form only, so that equal strings are equal bytes. A string is decoded
 * when it is asked for.
 */
export class KeptStrings {
  readonly #budget: MemoryBudget;
  #bytes: Uint8Array;
  /** The same bytes, to make strings of. */
  #text: Buffer;
  #length = 0;
  /** Where each string begins in the bytes and, one further, where the last one ends. */
  #offsets: Uint32Array;
  #count = 0;
  readonly #found = new Map<string, number>();

  constructor(budget: MemoryBudget) {
    this.#budget = budget;
    this.#bytes = budget.bytes(FIRST_BYTES);
    this.#text = Buffer.from(this.#bytes.buffer);
    this.#offsets = budget.integers(FIRST_STRINGS);
  }

  get count(): number {
    return this.#count;
  }

  /** @throws RangeError if there is no string with that number */
  string(number: number): string {
    const start = this.#offsets[number];
    const end = this.#offsets[number + 1];
    if (start === undefined || end === undefined || number >= this.#count) {
      throw new RangeError(`the heap snapshot has no string ${number}`);
    }
    const text = this.#text.toString('latin1', start, end);
    return text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text;
  }

  /**
   * The number of a string; -1 if it does not occur.
   * The first time that a text is asked for, this looks at the length of every string: 2 to 4 ms for a million of them.
   * An index of them all would take as long as some twenty look-ups, and memory.
   */
  find(text: string): number {
    let found = this.#found.get(text);
    if (found === undefined) {
      found = this.#search(escapeText(text));
      this.#found.set(text, found);
    }
    return found;
  }

  #search(wanted: Uint8Array): number {
    const offsets = this.#offsets;
    let start = 0;
    for (let number = 0; number < this.#count; number++) {
      const end = offsets[number + 1]!;
      if (end - start === wanted.length && this.#hasAt(start, wanted)) return number;
      start = end;
    }
    return -1;
  }

  #hasAt(start: number, wanted: Uint8Array): boolean {
    for (let at = 0; at < wanted.length; at++) {
      if (this.#bytes[start + at] !== wanted[at]) return false;
    }
    return true;
  }

  /** Makes room for what may come of `read` bytes of JSON: no more than these and an escape that began before them. */
  reserve(read: number): void {
    const needed = this.#length + read + MAX_ESCAPE;
    if (needed <= this.#bytes.length) return;
    if (needed > MAX_OFFSET) throw new HeapSnapshotError('memory', 'it has more than 4 GB of strings');
    this.#bytes = this.#budget.moreBytes(this.#bytes, Math.max(needed, this.#bytes.length * 2));
    this.#text = Buffer.from(this.#bytes.buffer);
  }

  /** Adds characters that stand for themselves to the current string; there must be room. */
  append(bytes: Uint8Array, start: number, end: number): void {
    // Most strings are so short that a loop is faster than `set(subarray())`.
    const kept = this.#bytes;
    let length = this.#length;
    for (let at = start; at < end; at++) kept[length++] = bytes[at]!;
    this.#length = length;
  }

  /** Adds any UTF-16 unit to the current string; there must be room. */
  appendUnit(unit: number): void {
    this.#length = writeUnit(this.#bytes, this.#length, unit);
  }

  /** Ends the current string, which thereby gets its number; the next one begins. */
  endString(): void {
    if (this.#count + 1 === this.#offsets.length) {
      this.#offsets = this.#budget.moreIntegers(this.#offsets, this.#offsets.length * 2);
    }
    this.#offsets[++this.#count] = this.#length;
  }
}
