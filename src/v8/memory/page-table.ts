/** Where pages are in a {@link PageStore}: a hash table of the numbers of pages of memory, address / 4096. */
export class PageTable {
  /** 0: an empty slot. */
  #numbers = new Float64Array(1024);
  #pages = new Int32Array(1024);
  #mask = 1023;
  #size = 0;

  /** -1 if it is not in the table. */
  find(number: number): number {
    let slot = slotOf(number) & this.#mask;
    for (;;) {
      const found = this.#numbers[slot]!;
      if (found === number) return this.#pages[slot]!;
      if (found === 0) return -1;
      slot = (slot + 1) & this.#mask;
    }
  }

  /** Of a page that is not in the table yet. */
  add(number: number, page: number): void {
    if (++this.#size * 2 > this.#mask) this.#grow();
    this.#put(number, page);
  }

  clear(): void {
    this.#numbers.fill(0);
    this.#size = 0;
  }

  #put(number: number, page: number): void {
    let slot = slotOf(number) & this.#mask;
    while (this.#numbers[slot] !== 0) slot = (slot + 1) & this.#mask;
    this.#numbers[slot] = number;
    this.#pages[slot] = page;
  }

  #grow(): void {
    const numbers = this.#numbers;
    const pages = this.#pages;
    this.#numbers = new Float64Array(2 * numbers.length);
    this.#pages = new Int32Array(2 * numbers.length);
    this.#mask = 2 * numbers.length - 1;
    for (let slot = 0; slot < numbers.length; slot++)
      if (numbers[slot] !== 0) this.#put(numbers[slot]!, pages[slot]!);
  }
}

function slotOf(number: number): number {
  return Math.imul(number, 0x9e3779b1) >>> 8;
}
