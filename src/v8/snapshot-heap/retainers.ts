import type { Nodes, ReferenceType, RetainerLimits, Retainers } from '../await-graph/heap.js';
import { IntList } from '../await-graph/int-list.js';
import { NodeLists } from '../await-graph/node-lists.js';
import { NodeTable } from '../await-graph/node-table.js';
import type { HeapWords } from './heap-words.js';

/**
 * A reverse index of the heap's edges for a few nodes and what leads to them, as `Heap.retainers` describes it. Each step is
 * one pass over all edges. Weak edges, and those of code and maps, hold nothing that could act; roots do, as C++ code has
 * handles to what it will settle, but only to the first nodes.
 *
 * @param ignored nodes that count for nothing
 */
export function findRetainers(
  words: HeapWords,
  first: Nodes,
  goOn: (node: number, step: number) => boolean,
  limits: RetainerLimits,
  ignored: ReadonlySet<number>,
): Retainers {
  const { heap, weak } = words;
  const found = new SnapshotRetainers(words);
  const wanted = new Uint8Array(heap.nodeCount);
  const idle = new Set(['code', 'object shape', 'string', 'number'].map((type) => heap.nodeTypeNumber(type)));
  const root = heap.nodeTypeNumber('synthetic');
  let frontier = [...new Set(first)];
  for (let step = 0; step < limits.steps && frontier.length > 0; step++) {
    for (const node of frontier) {
      wanted[node] = 1;
      found.lookedFor.add(node);
    }
    for (let node = 0; node < heap.nodeCount; node++) {
      const type = heap.nodeType(node);
      if (idle.has(type) || (type === root && step > 0)) continue;
      const end = heap.firstEdge(node + 1);
      for (let edge = heap.firstEdge(node); edge < end; edge++) {
        const target = heap.edgeTarget(edge);
        if (wanted[target] === 0) continue;
        if (heap.edgeType(edge) === weak || target === node || ignored.has(node)) continue;
        found.add(target, node, edge, limits);
      }
    }
    const next = new Set<number>();
    for (const node of frontier) {
      wanted[node] = 0;
      if (found.cut(node)) continue;
      for (let entry = found.first(node); entry !== -1; entry = found.next(entry)) {
        const retainer = found.node(entry);
        if (!found.lookedFor.has(retainer) && goOn(retainer, step)) next.add(retainer);
      }
    }
    frontier = [...next];
  }
  for (const node of frontier) found.leaveOut(node);
  return found;
}

/** There may be a million of them, and few are asked for their names. */
class SnapshotRetainers implements Retainers {
  readonly lookedFor = new NodeTable();
  readonly #words: HeapWords;
  readonly #nodes = new NodeLists();
  /** By entry. */
  readonly #edges = new IntList();
  readonly #cut = new NodeTable();

  constructor(words: HeapWords) {
    this.#words = words;
  }

  add(target: number, retainer: number, edge: number, { perNode, total }: RetainerLimits): void {
    if (this.#nodes.length(target) >= perNode || this.#edges.length >= total) {
      this.#cut.add(target);
      return;
    }
    this.#nodes.add(target, retainer);
    this.#edges.push(edge);
  }

  leaveOut(node: number): void {
    this.#cut.add(node);
  }

  first(node: number): number {
    return this.#nodes.first(node);
  }

  next(entry: number): number {
    return this.#nodes.next(entry);
  }

  node(entry: number): number {
    return this.#nodes.value(entry);
  }

  type(entry: number): ReferenceType {
    const { heap, property, element, context } = this.#words;
    switch (heap.edgeType(this.#edges.at(entry))) {
      case property:
        return 'property';
      case element:
        return 'element';
      case context:
        return 'context';
      default:
        return 'internal';
    }
  }

  name(entry: number): string | number {
    const { heap, element, hidden } = this.#words;
    const edge = this.#edges.at(entry);
    const type = heap.edgeType(edge);
    if (type === element || type === hidden) return heap.edgeIndex(edge);
    return heap.string(heap.edgeName(edge));
  }

  cut(node: number): boolean {
    return this.#cut.has(node);
  }
}
