/**
 * Reads numbers as V8 writes them into tables: seven bits a byte, the lowest first, the eighth bit set where more follow.
 * Numbers up to 2^53 are exact; `NaN` behind the end, and for what is no such number.
 */
export class NumberTable {
  readonly #bytes: Buffer;
  #next = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#next >= this.#bytes.length;
  }

  /** `NaN` behind the end. */
  byte(): number {
    return this.#bytes[this.#next++] ?? Number.NaN;
  }

  unsigned(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 8; count++) {
      const byte = this.#bytes[this.#next++];
      if (byte === undefined) return Number.NaN;
      value += (byte & 127) * scale;
      if ((byte & 128) === 0) return value;
      scale *= 128;
    }
    return Number.NaN;
  }

  /** Of which the lowest bit is the sign (zigzag). */
  signed(): number {
    const value = this.unsigned();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
