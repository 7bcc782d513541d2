/** A list of nodes that grows: four bytes each, where an array of V8's takes eight and is copied by its collector. */
export class NodeList {
  #nodes = new Int32Array(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** As long as nothing is pushed, as it is. */
  get nodes(): Int32Array {
    return this.#nodes.subarray(0, this.#length);
  }

  push(node: number): void {
    if (this.#length === this.#nodes.length) {
      const nodes = new Int32Array(2 * this.#length);
      nodes.set(this.#nodes);
      this.#nodes = nodes;
    }
    this.#nodes[this.#length++] = node;
  }

  /** Ascending. */
  sort(): void {
    this.nodes.sort();
  }
}
