import type { Memory } from '#src/os/linux/memory.js';

/** Memory that is a few buffers; between them nothing is mapped. */
export class FakeMemory implements Memory {
  reads = 0;
  readonly #pieces: readonly { start: number; bytes: Buffer }[];

  constructor(...pieces: { start: number; bytes: Buffer }[]) {
    this.#pieces = pieces.toSorted((a, b) => a.start - b.start);
  }

  read(address: number, into: Buffer): number {
    this.reads++;
    let done = 0;
    for (const { start, bytes } of this.#pieces) {
      const at = address + done;
      if (at < start || at >= start + bytes.length) continue;
      done += bytes.copy(into, done, at - start, Math.min(bytes.length, at - start + into.length - done));
      if (done === into.length) break;
    }
    return done;
  }

  close(): void {
    // Nothing was opened.
  }
}
