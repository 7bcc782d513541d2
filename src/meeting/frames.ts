const HEADER = 4;

/** Puts an answer into a frame. */
export function toFrame(json: string): Buffer {
  const length = Buffer.byteLength(json);
  const frame = Buffer.allocUnsafeSlow(HEADER + length);
  frame.writeUInt32BE(length);
  frame.write(json, HEADER);
  return frame;
}

/** Puts frames together from what comes over a connection. */
export class FrameReader {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #size = 0;

  /** @param limit Bytes that one frame may have. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The texts that are complete by now. @throws RangeError for a frame beyond the limit */
  push(chunk: Buffer): string[] {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    const frames: string[] = [];
    for (;;) {
      if (this.#size < HEADER) return frames;
      // A header may lie across chunks; after that only lengths are looked at until all is there.
      if (this.#chunks[0]!.length < HEADER) this.#chunks = [Buffer.concat(this.#chunks)];
      const length = this.#chunks[0]!.readUInt32BE();
      if (length > this.#limit) throw new RangeError(`a frame of ${length} bytes`);
      if (this.#size < HEADER + length) return frames;
      const all = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
      frames.push(all.toString('utf8', HEADER, HEADER + length));
      const rest = all.subarray(HEADER + length);
      this.#chunks = [rest];
      this.#size = rest.length;
    }
  }
}
