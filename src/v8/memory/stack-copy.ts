import type { Memory } from '../../os/linux/memory.js';

/** More than V8 or Node give to a thread, unless told so (`--stack-size`). */
const LIMIT = 64 * 1024 * 1024;

/**
 * A part of a thread's stack, copied at once. It remembers what was read of it, to tell later whether the thread has
 * moved: native code may change the rest of the stack, and does.
 */
export class StackCopy {
  readonly start: number;
  readonly end: number;
  readonly #bytes: Buffer;
  readonly #read = new Set<number>();

  private constructor(start: number, bytes: Buffer) {
    this.start = start;
    this.end = start + bytes.length;
    this.#bytes = bytes;
  }

  /** `null` if not all of it can be read. */
  static take(memory: Memory, start: number, end: number): StackCopy | null {
    if (!(start < end && end - start <= LIMIT)) return null;
    const bytes = Buffer.alloc(end - start);
    return memory.read(start, bytes) === bytes.length ? new StackCopy(start, bytes) : null;
  }

  /** The 8-byte word at an address; 0 outside of the copy. */
  word(address: number): number {
    const at = address - this.start;
    if (!(at >= 0 && at + 8 <= this.#bytes.length && at % 8 === 0)) return 0;
    this.#read.add(at);
    return this.#bytes.readUInt32LE(at) + this.#bytes.readUInt32LE(at + 4) * 2 ** 32;
  }

  /** Whether all that was read of the copy is still the same in the other one, which is of the same place. */
  agreesWith(other: StackCopy | null): boolean {
    if (other === null || other.start !== this.start || other.end !== this.end) return false;
    for (const at of this.#read)
      if (this.#bytes.readBigUInt64LE(at) !== other.#bytes.readBigUInt64LE(at)) return false;
    return true;
  }
}
