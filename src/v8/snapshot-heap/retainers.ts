import type { ReferenceType, Retainer, RetainerLimits, Retainers } from '../await-graph/heap.js';
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
  first: Iterable<number>,
  goOn: (node: number, step: number) => boolean,
  limits: RetainerLimits,
  ignored: ReadonlySet<number>,
): Retainers {
  const { heap, weak } = words;
  const known = new Map<number, Retainer[]>();
  const cut = new Set<number>();
  const wanted = new Uint8Array(heap.nodeCount);
  const idle = new Set(['code', 'object shape', 'string', 'number'].map((type) => heap.nodeTypeNumber(type)));
  const root = heap.nodeTypeNumber('synthetic');
  let total = 0;
  let frontier = [...new Set(first)];
  for (let step = 0; step < limits.steps && frontier.length > 0; step++) {
    for (const node of frontier) {
      wanted[node] = 1;
      known.set(node, []);
    }
    for (let node = 0; node < heap.nodeCount; node++) {
      const type = heap.nodeType(node);
      if (idle.has(type) || (type === root && step > 0)) continue;
      const end = heap.firstEdge(node + 1);
      for (let edge = heap.firstEdge(node); edge < end; edge++) {
        const target = heap.edgeTarget(edge);
        if (wanted[target] === 0) continue;
        if (heap.edgeType(edge) === weak || target === node || ignored.has(node)) continue;
        const list = known.get(target);
        if (!list) continue;
        if (list.length >= limits.perNode || total >= limits.total) {
          cut.add(target);
          continue;
        }
        list.push(new SnapshotRetainer(words, node, edge));
        total++;
      }
    }
    const next = new Set<number>();
    for (const node of frontier) {
      wanted[node] = 0;
      if (cut.has(node)) continue;
      for (const retainer of known.get(node)!) {
        if (!known.has(retainer.node) && goOn(retainer.node, step)) next.add(retainer.node);
      }
    }
    frontier = [...next];
  }
  for (const node of frontier) cut.add(node);
  return { of: (node) => known.get(node) ?? [], cut: (node) => cut.has(node) };
}

/** There may be a million of them, and few are asked for their names. */
class SnapshotRetainer implements Retainer {
  readonly node: number;
  readonly #words: HeapWords;
  readonly #edge: number;

  constructor(words: HeapWords, node: number, edge: number) {
    this.node = node;
    this.#words = words;
    this.#edge = edge;
  }

  get type(): ReferenceType {
    const { heap, property, element, context } = this.#words;
    switch (heap.edgeType(this.#edge)) {
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

  get name(): string | number {
    const { heap, element, hidden } = this.#words;
    const type = heap.edgeType(this.#edge);
    if (type === element || type === hidden) return heap.edgeIndex(this.#edge);
    return heap.string(heap.edgeName(this.#edge));
  }
}
