const SMALLEST = 1 << 16;

/** What is kept for the next source: one large report does not hold its memory for ever. */
const KEPT = 1 << 23;

/** Bytes that came and are not done with yet, in one piece. It grows by doubling, and is used again and again. */
export class ByteWindow {
  bytes: Buffer = Buffer.allocUnsafe(SMALLEST);
  start = 0;
  end = 0;

  get length(): number {
    return this.end - this.start;
  }

  clear(): void {
    this.start = 0;
    this.end = 0;
    if (this.bytes.length > KEPT) this.bytes = Buffer.allocUnsafe(SMALLEST);
  }

  append(chunk: Uint8Array): void {
    if (this.end + chunk.length > this.bytes.length) this.#makeRoom(chunk.length);
    this.bytes.set(chunk, this.end);
    this.end += chunk.length;
  }

  #makeRoom(more: number): void {
    const { length } = this;
    let size = this.bytes.length;
    while (length + more > size) size *= 2;
    const target = size === this.bytes.length ? this.bytes : Buffer.allocUnsafe(size);
    this.bytes.copy(target, 0, this.start, this.end);
    this.bytes = target;
    this.start = 0;
    this.end = length;
  }
}
