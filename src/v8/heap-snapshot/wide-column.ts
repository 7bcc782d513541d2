import type { MemoryBudget } from './memory-budget.js';

const MAX_UINT32 = 0xffff_ffff;

/**
 * A column of numbers that nearly always fit in 32 bits: V8's object ids are 32 bits wide, sizes are not but seldom need
 * more. The first one that does makes the whole column wider.
 */
export class WideColumn {
  readonly #budget: MemoryBudget;
  #numbers: Uint32Array | Float64Array;

  constructor(budget: MemoryBudget, length: number) {
    this.#budget = budget;
    this.#numbers = budget.integers(length);
  }

  get(index: number): number {
    return this.#numbers[index]!;
  }

  set(index: number, value: number): void {
    if (value > MAX_UINT32 && this.#numbers instanceof Uint32Array) this.#widen(this.#numbers);
    this.#numbers[index] = value;
  }

  #widen(narrow: Uint32Array): void {
    const wide = this.#budget.doubles(narrow.length);
    wide.set(narrow);
    this.#budget.release(narrow);
    this.#numbers = wide;
  }
}
