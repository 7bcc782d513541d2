import { HeapSnapshotError, malformed } from './error.js';
import type { SnapshotLayout } from './layout.js';
import type { MemoryBudget } from './memory-budget.js';

const FIRST_LOCATIONS = 1 << 12;
/** What is kept of a location: the number of its node, the script's id, line and column. */
const WIDTH = 4;
/** V8's script ids, lines and columns are int32, and -1 where it does not know; Node 20 and 22 write them unsigned. */
const MAX_INT32 = 0x7fff_ffff;

/**
 * Where functions begin: 20 bytes for each closure and generator, and for each object that was made by a constructor, for
 * which V8 writes the place of that.
 */
export class LocationTable {
  readonly #layout: SnapshotLayout;
  readonly #budget: MemoryBudget;
  #numbers: Uint32Array;
  #count = 0;
  /** The rows in the order of their nodes. V8 writes them in the order in which it met the functions. */
  #order: Uint32Array | null = null;

  constructor(layout: SnapshotLayout, budget: MemoryBudget) {
    this.#layout = layout;
    this.#budget = budget;
    this.#numbers = budget.integers(FIRST_LOCATIONS * WIDTH);
  }

  /** @param row as the layout says */
  add(row: Float64Array): void {
    const { location, node, nodeCount } = this.#layout;
    if (!location) return;
    const target = row[location.objectIndex]! / node.width;
    if (target < 0 || target >= nodeCount || !Number.isInteger(target)) {
      throw malformed('a location is of no node');
    }
    const scriptId = row[location.scriptId]!;
    const line = row[location.line]!;
    const column = row[location.column]!;
    if (!isKnown(scriptId) || !isKnown(line) || !isKnown(column)) return;
    const at = this.#count * WIDTH;
    if (at === this.#numbers.length) this.#numbers = this.#budget.moreIntegers(this.#numbers, at * 2);
    this.#numbers[at] = target;
    this.#numbers[at + 1] = scriptId;
    this.#numbers[at + 2] = line;
    this.#numbers[at + 3] = column;
    this.#count++;
  }

  /** After the last row: makes them ready for {@link find}. */
  sort(): void {
    const count = this.#count;
    // Node and row in one number, since numbers sort in C++ and rows by a comparison in JavaScript.
    if (this.#layout.nodeCount * count > Number.MAX_SAFE_INTEGER) {
      throw new HeapSnapshotError('memory', 'it has too many nodes and locations'); // more than 3 GB of them
    }
    const keys = this.#budget.doubles(count);
    for (let row = 0; row < count; row++) keys[row] = this.#numbers[row * WIDTH]! * count + row;
    keys.sort();
    const order = this.#budget.integers(count);
    for (let at = 0; at < count; at++) order[at] = keys[at]! % count;
    this.#budget.release(keys);
    this.#order = order;
  }

  find(node: number): { scriptId: number; line: number; column: number } | null {
    const order = this.#order;
    if (!order) return null;
    let low = 0;
    let high = order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#numbers[order[middle]! * WIDTH]! < node) low = middle + 1;
      else high = middle;
    }
    const at = (order[low] ?? 0) * WIDTH;
    if (low === order.length || this.#numbers[at] !== node) return null;
    return { scriptId: this.#numbers[at + 1]!, line: this.#numbers[at + 2]!, column: this.#numbers[at + 3]! };
  }
}

function isKnown(value: number): boolean {
  return value >= 0 && value <= MAX_INT32;
}
