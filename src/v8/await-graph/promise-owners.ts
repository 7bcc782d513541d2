/** Which suspended generator settles a promise, and which promises a generator settles. All by vertices. */
export class PromiseOwners {
  /** By promise: the generator plus 1. */
  #owners: Int32Array<ArrayBuffer>;
  /** By generator: the promise that was set first, plus 1. Async functions have one. */
  readonly #first: Int32Array;
  /** The others. */
  readonly #more = new Map<number, number[]>();

  /**
   * @param generators how many there are
   * @param promises how many there are, in about
   */
  constructor(generators: number, promises: number) {
    this.#owners = new Int32Array(promises + 1);
    this.#first = new Int32Array(generators);
  }

  set(promise: number, generator: number): void {
    while (promise >= this.#owners.length) {
      const owners = new Int32Array(2 * this.#owners.length);
      owners.set(this.#owners);
      this.#owners = owners;
    }
    this.#owners[promise] = generator + 1;
    if (this.#first[generator] === 0) this.#first[generator] = promise + 1;
    else {
      const more = this.#more.get(generator);
      if (more) more.push(promise);
      else this.#more.set(generator, [promise]);
    }
  }

  /** -1 if nobody does. */
  ownerOf(promise: number): number {
    return promise < this.#owners.length ? this.#owners[promise]! - 1 : -1;
  }

  /** The only promise of a generator; -1 if it has none, -2 if it may have several. */
  onlyPromiseOf(generator: number): number {
    if (this.#more.size > 0 && this.#more.has(generator)) return -2;
    const promise = this.#first[generator]! - 1;
    return promise !== -1 && this.#owners[promise] === generator + 1 ? promise : -1;
  }

  /** In the order in which they were set. */
  promisesOf(generator: number): number[] {
    const first = this.#first[generator]! - 1;
    const all = first === -1 ? [] : [first, ...(this.#more.get(generator) ?? [])];
    return all.filter((promise) => this.#owners[promise] === generator + 1);
  }
}
