import { NodeLists } from './node-lists.js';
import { NodeTable } from './node-table.js';

/** Which suspended generator settles a promise, and which promises a generator settles. */
export class PromiseOwners {
  readonly #owners = new NodeTable();
  readonly #promises = new NodeLists();

  set(promise: number, generator: number): void {
    this.#owners.set(promise, generator);
    this.#promises.add(generator, promise);
  }

  has(promise: number): boolean {
    return this.#owners.has(promise);
  }

  /** -1 if nobody does. */
  ownerOf(promise: number): number {
    return this.#owners.get(promise);
  }

  /** In the order in which they were set. */
  promisesOf(generator: number): number[] {
    const promises = this.#promises;
    const own: number[] = [];
    for (let entry = promises.first(generator); entry !== -1; entry = promises.next(entry)) {
      const promise = promises.value(entry);
      if (this.#owners.get(promise) === generator) own.push(promise);
    }
    return own;
  }
}
