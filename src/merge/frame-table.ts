import type { Frame } from '../report/schema.js';

/**
 * The frames of all stacks, each once, by number. Two are the same if function, file, line and column are: source text
 * may be missing in one report, and what else a frame says follows from its place.
 */
export class FrameTable {
  readonly #frames: Frame[] = [];
  readonly #numbers = new Map<string, number>();

  numberOf(frame: Frame): number {
    const key = `${frame.line} ${frame.column} ${frame.function}\0${frame.file}`;
    const known = this.#numbers.get(key);
    if (known === undefined) {
      this.#numbers.set(key, this.#frames.length);
      return this.#frames.push(frame) - 1;
    }
    const { sourceLine } = frame;
    const first = this.#frames[known];
    if (sourceLine !== undefined && first !== undefined && first.sourceLine === undefined) {
      this.#frames[known] = { ...first, sourceLine };
    }
    return known;
  }

  /** As it was seen first, with the source line that was seen first. */
  frame(number: number): Frame {
    const frame = this.#frames[number];
    if (frame === undefined) throw new RangeError(`there is no frame ${number}`);
    return frame;
  }
}
