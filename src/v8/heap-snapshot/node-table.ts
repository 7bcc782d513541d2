import { malformed } from './error.js';
import type { SnapshotLayout } from './layout.js';
import type { MemoryBudget } from './memory-budget.js';
import { WideColumn } from './wide-column.js';

/** What is kept of the nodes: 17 bytes for each. */
export class NodeTable {
  readonly types: Uint8Array;
  /** Numbers of strings. */
  readonly names: Uint32Array;
  readonly ids: WideColumn;
  readonly sizes: WideColumn;
  /** Where each node's edges begin, and behind the last node where they end. */
  readonly firstEdges: Uint32Array;
  readonly #layout: SnapshotLayout;
  #count = 0;
  #edges = 0;
  #maxName = -1;

  constructor(layout: SnapshotLayout, budget: MemoryBudget) {
    const { nodeCount } = layout;
    this.#layout = layout;
    this.types = budget.bytes(nodeCount);
    this.names = budget.integers(nodeCount);
    this.ids = new WideColumn(budget, nodeCount);
    this.sizes = new WideColumn(budget, nodeCount);
    this.firstEdges = budget.integers(nodeCount + 1);
  }

  /** @param row as the layout says */
  add(row: Float64Array): void {
    const { node, nodeCount, nodeTypes } = this.#layout;
    const number = this.#count;
    const type = row[node.type]!;
    const name = row[node.name]!;
    if (number === nodeCount) throw malformed(`more nodes than the ${nodeCount} that its header says`);
    const id = row[node.id]!;
    const size = row[node.selfSize]!;
    const edges = row[node.edgeCount]!;
    if (type < 0 || type >= nodeTypes.length) {
      throw malformed(`node ${number} is of the unknown type ${type}`);
    }
    if (name < 0 || id < 0 || size < 0 || edges < 0) throw malformed(`node ${number} has a negative number`);
    if (name > this.#maxName) this.#maxName = name;
    this.#edges += edges;
    this.types[number] = type;
    this.names[number] = name;
    this.ids.set(number, id);
    this.sizes.set(number, size);
    this.firstEdges[number + 1] = this.#edges;
    this.#count++;
  }

  /** After the last row and the last string. */
  check(stringCount: number): void {
    const { nodeCount, edgeCount } = this.#layout;
    if (this.#count !== nodeCount) throw malformed(`${this.#count} nodes where its header says ${nodeCount}`);
    if (this.#edges !== edgeCount) {
      throw malformed(`its nodes have ${this.#edges} edges, its header ${edgeCount}`);
    }
    if (this.#maxName >= stringCount) {
      throw malformed(`a node's name is the string ${this.#maxName}, which it lacks`);
    }
  }
}
