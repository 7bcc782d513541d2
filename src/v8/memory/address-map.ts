import { AddressTable } from './address-table.js';

/** An address for each of many addresses. */
export class AddressMap {
  readonly #table = new AddressTable();
  readonly #values: number[] = [];

  set(address: number, value: number): void {
    this.#values[this.#table.number(address)] = value;
  }

  /** 0 if it has none. */
  get(address: number): number {
    const number = this.#table.find(address);
    return number === -1 ? 0 : this.#values[number]!;
  }
}
