import { HeapSnapshotError } from './error.js';

/** Counts the bytes of the typed arrays that a reader holds at one time, and refuses those that would be too many. */
export class MemoryBudget {
  readonly #limit: number;
  #held = 0;

  /** @param limit in bytes */
  constructor(limit: number) {
    this.#limit = limit;
  }

  bytes(length: number): Uint8Array {
    this.#take(length, 1);
    return allocate(() => new Uint8Array(length));
  }

  integers(length: number): Uint32Array {
    this.#take(length, Uint32Array.BYTES_PER_ELEMENT);
    return allocate(() => new Uint32Array(length));
  }

  doubles(length: number): Float64Array {
    this.#take(length, Float64Array.BYTES_PER_ELEMENT);
    return allocate(() => new Float64Array(length));
  }

  /** The same bytes with room for more. While they are copied, both count. */
  moreBytes(old: Uint8Array, length: number): Uint8Array {
    const more = this.bytes(length);
    more.set(old);
    this.release(old);
    return more;
  }

  moreIntegers(old: Uint32Array, length: number): Uint32Array {
    const more = this.integers(length);
    more.set(old);
    this.release(old);
    return more;
  }

  /** For an array that is dropped. */
  release(array: ArrayBufferView): void {
    this.#held -= array.byteLength;
  }

  #take(length: number, width: number): void {
    const wanted = this.#held + length * width;
    if (wanted > this.#limit) {
      throw new HeapSnapshotError(
        'memory',
        `reading it takes more than the ${this.#limit} bytes of memory allowed (at least ${wanted})`,
      );
    }
    this.#held = wanted;
  }
}

function allocate<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    // RangeError: "Array buffer allocation failed", "Invalid typed array length"
    throw new HeapSnapshotError('memory', 'the memory for it cannot be had', { cause: error });
  }
}
