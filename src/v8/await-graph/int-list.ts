/** A list of 32-bit integers that grows: four bytes each, where an array takes eight and is copied again and again by V8's collector. */
export class IntList {
  #values: Int32Array<ArrayBuffer>;
  #length = 0;

  /** @param room for how many there is room at first */
  constructor(room = 256) {
    this.#values = new Int32Array(Math.max(1, room));
  }

  get length(): number {
    return this.#length;
  }

  /** As long as nothing is pushed, as it is. */
  get values(): Int32Array<ArrayBuffer> {
    return this.#values.subarray(0, this.#length);
  }

  at(index: number): number {
    return this.#values[index]!;
  }

  set(index: number, value: number): void {
    this.#values[index] = value;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const values = new Int32Array(2 * this.#length);
      values.set(this.#values);
      this.#values = values;
    }
    this.#values[this.#length++] = value;
  }

  /** Ascending. */
  sort(): void {
    this.values.sort();
  }
}
