/**
 * Numbers addresses, in the order in which they come: a hash table with open addressing in typed arrays, as a `Map` of
 * these keys takes some 60 bytes for each and a heap of 1 GB has a million that matter.
 */
export class AddressTable {
  #keys = new Float64Array(1024);
  #slots = new Int32Array(2048);
  #mask = 2047;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The number of an address; a new one if it has none yet. */
  number(address: number): number {
    for (let slot = this.#hash(address); ; slot = (slot + 1) & this.#mask) {
      const entry = this.#slots[slot]!;
      if (entry === 0) return this.#add(slot, address);
      if (this.#keys[entry - 1] === address) return entry - 1;
    }
  }

  /** The number of an address; -1 if it has none. */
  find(address: number): number {
    for (let slot = this.#hash(address); ; slot = (slot + 1) & this.#mask) {
      const entry = this.#slots[slot]!;
      if (entry === 0) return -1;
      if (this.#keys[entry - 1] === address) return entry - 1;
    }
  }

  address(number: number): number {
    return this.#keys[number] ?? 0;
  }

  #add(slot: number, address: number): number {
    const number = this.#size++;
    if (number === this.#keys.length) {
      const keys = new Float64Array(number * 2);
      keys.set(this.#keys);
      this.#keys = keys;
    }
    this.#keys[number] = address;
    this.#slots[slot] = number + 1;
    if (this.#size * 3 > this.#slots.length * 2) this.#grow();
    return number;
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    this.#mask = this.#slots.length - 1;
    for (let number = 0; number < this.#size; number++) {
      let slot = this.#hash(this.#keys[number]!);
      while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
      this.#slots[slot] = number + 1;
    }
  }

  /** Objects are aligned to 8 bytes and lie close together. */
  #hash(address: number): number {
    const low = (address % 2 ** 32) >>> 3;
    return ((Math.imul(low, 0x9e3779b1) ^ (address / 2 ** 32)) >>> 0) & this.#mask;
  }
}
