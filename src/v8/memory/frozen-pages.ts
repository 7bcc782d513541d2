import type { PageRun } from './copy-plan.js';

const PAGE = 4096;

/** Where pages were copied to: a hash table of their numbers. */
export class FrozenPages {
  readonly #mask: number;
  /** By slot: the number of the page; 0 for none. */
  readonly #numbers: Float64Array;
  /** By slot: the index of the copied run, and of the page's first word in it. */
  readonly #runs: Int32Array;
  readonly #positions: Int32Array;
  readonly #words: Int32Array<ArrayBuffer>[] = [];

  constructor(runs: readonly PageRun[]) {
    const pages = runs.reduce((sum, { start, end }) => sum + (end - start) / PAGE, 0);
    const slots = 2 ** Math.ceil(Math.log2(2 * pages + 1));
    this.#mask = slots - 1;
    this.#numbers = new Float64Array(slots);
    this.#runs = new Int32Array(slots);
    this.#positions = new Int32Array(slots);
    for (const [run, { start, end, bytes }] of runs.entries()) {
      this.#words.push(new Int32Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length / 4));
      for (let at = start; at < end; at += PAGE) this.#add(at / PAGE, run, (at - start) / 4);
    }
  }

  /** -1 if the page was not copied. */
  find(number: number): number {
    let slot = this.#slot(number);
    for (; this.#numbers[slot] !== 0; slot = (slot + 1) & this.#mask) {
      if (this.#numbers[slot] === number) return slot;
    }
    return -1;
  }

  words(slot: number): Int32Array<ArrayBuffer> {
    return this.#words[this.#runs[slot]!]!;
  }

  position(slot: number): number {
    return this.#positions[slot]!;
  }

  #add(number: number, run: number, position: number): void {
    let slot = this.#slot(number);
    while (this.#numbers[slot] !== 0) slot = (slot + 1) & this.#mask;
    this.#numbers[slot] = number;
    this.#runs[slot] = run;
    this.#positions[slot] = position;
  }

  #slot(number: number): number {
    return (Math.imul(number, 0x9e3779b1) >>> 8) & this.#mask;
  }
}
