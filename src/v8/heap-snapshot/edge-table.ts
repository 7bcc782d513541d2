import { malformed } from './error.js';
import type { SnapshotLayout } from './layout.js';
import type { MemoryBudget } from './memory-budget.js';

/** Types of edges whose `name_or_index` is an index. With the others it is the number of a string. */
const INDEXED_TYPES = ['element', 'hidden'];
const MIN_INT32 = -0x8000_0000;
const MAX_UINT32 = 0xffff_ffff;

/** What is kept of the edges: 9 bytes for each. */
export class EdgeTable {
  readonly types: Uint8Array;
  /**
   * Node 24 and 26 write an index from 2^31 on as the negative number that an int32 makes of it. Stored here, it becomes
   * again what it was.
   */
  readonly namesOrIndices: Uint32Array;
  /** Numbers of nodes: the snapshot itself has the places of their first fields. */
  readonly targets: Uint32Array;
  readonly #layout: SnapshotLayout;
  /** By type: 1 if it has an index. */
  readonly #indexed: Uint8Array;
  #count = 0;
  #maxName = -1;

  constructor(layout: SnapshotLayout, budget: MemoryBudget) {
    const { edgeCount, edgeTypes } = layout;
    this.#layout = layout;
    this.#indexed = Uint8Array.from(edgeTypes, (type) => (INDEXED_TYPES.includes(type) ? 1 : 0));
    this.types = budget.bytes(edgeCount);
    this.namesOrIndices = budget.integers(edgeCount);
    this.targets = budget.integers(edgeCount);
  }

  /** @param row as the layout says */
  add(row: Float64Array): void {
    const { edge, node, edgeCount, edgeTypes, nodeCount } = this.#layout;
    const number = this.#count;
    const type = row[edge.type]!;
    const nameOrIndex = row[edge.nameOrIndex]!;
    const target = row[edge.toNode]! / node.width;
    if (number === edgeCount) throw malformed(`more edges than the ${edgeCount} that its header says`);
    if (type < 0 || type >= edgeTypes.length) {
      throw malformed(`edge ${number} is of the unknown type ${type}`);
    }
    if (target < 0 || target >= nodeCount || !Number.isInteger(target)) {
      throw malformed(`edge ${number} leads to no node`);
    }
    if (this.#indexed[type] === 0) {
      if (nameOrIndex < 0) throw malformed(`the name of edge ${number} is negative`);
      if (nameOrIndex > this.#maxName) this.#maxName = nameOrIndex;
    } else if (nameOrIndex > MAX_UINT32 || nameOrIndex < MIN_INT32) {
      throw malformed(`the index of edge ${number} is too large`);
    }
    this.types[number] = type;
    this.namesOrIndices[number] = nameOrIndex;
    this.targets[number] = target;
    this.#count++;
  }

  /** After the last row and the last string. */
  check(stringCount: number): void {
    const { edgeCount } = this.#layout;
    if (this.#count !== edgeCount) throw malformed(`${this.#count} edges where its header says ${edgeCount}`);
    if (this.#maxName >= stringCount) {
      throw malformed(`an edge's name is the string ${this.#maxName}, which it lacks`);
    }
  }
}
