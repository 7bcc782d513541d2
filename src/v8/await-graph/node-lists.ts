import { NodeTable } from './node-table.js';

/** Lists of numbers by node, each in the order in which they came: chains in typed arrays, for the sake of {@link NodeTable}. */
export class NodeLists {
  /** The last entry of each list. */
  readonly #last: NodeTable;
  #values: Int32Array<ArrayBuffer>;
  /** The entry behind each; behind the last of a list, the complement of its first. */
  #next: Int32Array<ArrayBuffer>;
  #size = 0;

  /** @param room for how many there is room at first, in about */
  constructor(room = 256) {
    this.#last = new NodeTable(room);
    this.#values = new Int32Array(room + 1);
    this.#next = new Int32Array(room + 1);
  }

  /** Of all lists. */
  get size(): number {
    return this.#size;
  }

  add(node: number, value: number): void {
    const entry = this.#size++;
    if (entry === this.#values.length) {
      this.#values = grown(this.#values);
      this.#next = grown(this.#next);
    }
    this.#values[entry] = value;
    const last = this.#last.get(node);
    this.#last.set(node, entry);
    if (last === -1) {
      this.#next[entry] = ~entry;
      return;
    }
    this.#next[entry] = this.#next[last]!;
    this.#next[last] = entry;
  }

  /** The first entry of a node's list; -1 if it has none. */
  first(node: number): number {
    const last = this.#last.get(node);
    return last === -1 ? -1 : ~this.#next[last]!;
  }

  /** The entry behind another; -1 if that was the last. */
  next(entry: number): number {
    return Math.max(-1, this.#next[entry]!);
  }

  value(entry: number): number {
    return this.#values[entry]!;
  }

  /** Goes over the list to count it. */
  length(node: number): number {
    let length = 0;
    for (let entry = this.first(node); entry !== -1; entry = this.next(entry)) length++;
    return length;
  }
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}
