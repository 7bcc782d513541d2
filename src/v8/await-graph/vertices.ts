import type { Nodes } from './heap.js';
import { IntList } from './int-list.js';
import { NodeTable } from './node-table.js';

/** How many vertices there are for each generator, in about: itself, what it waits for, and what it settles. */
const PER_GENERATOR = 3;

/**
 * What the graph joins, by small numbers: the suspended generators by their indices, and behind them promises, in the order in which
 * they come up. A heap's nodes are looked up once each; all that follows goes by indices of arrays.
 */
export class Vertices {
  /** How many of them are generators. */
  readonly generators: number;
  readonly #numbers: NodeTable;
  readonly #nodes: IntList;

  constructor(generators: Nodes) {
    this.generators = generators.length;
    const room = PER_GENERATOR * generators.length;
    this.#numbers = new NodeTable(room);
    this.#nodes = new IntList(room);
    for (const node of generators) this.of(node);
  }

  get count(): number {
    return this.#nodes.length;
  }

  /** That of a node, a new one if it has none. */
  of(node: number): number {
    const { count } = this;
    const vertex = this.#numbers.numberOf(node, count);
    if (vertex === count) this.#nodes.push(node);
    return vertex;
  }

  /** -1 if the node has none. */
  find(node: number): number {
    return this.#numbers.get(node);
  }

  /** The index of a suspended generator; -1 of all else. */
  generator(node: number): number {
    const vertex = this.#numbers.get(node);
    return vertex < this.generators ? vertex : -1;
  }

  isGenerator(vertex: number): boolean {
    return vertex < this.generators;
  }

  node(vertex: number): number {
    return this.#nodes.at(vertex);
  }
}
