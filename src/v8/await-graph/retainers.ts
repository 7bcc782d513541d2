import type { HeapWords } from './heap-words.js';

/** What refers to a node, and by what. */
export interface Retainer {
  node: number;
  edgeType: number;
  /** The number of the name, or the index. */
  edgeName: number;
}

export interface RetainerLimits {
  /** How far from the first nodes. Each step is one pass over all edges of the heap. */
  steps: number;
  /** A node with more retainers than that is common property, and says nothing: it has no more of them. */
  perNode: number;
  total: number;
}

export interface Retainers {
  of(node: number): readonly Retainer[];
  /** The list is not whole. */
  cut(node: number): boolean;
}

/**
 * A reverse index of the heap's edges for a few nodes and what leads to them. `goOn` decides whether a retainer's own
 * retainers are looked for. Weak edges, and those of code and maps, hold nothing
 * that could act; roots do, as C++ code has handles to what it will settle, but only to the first nodes.
 */
export function findRetainers(
  words: HeapWords,
  first: Iterable<number>,
  goOn: (node: number, step: number) => boolean,
  limits: RetainerLimits,
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
        const edgeType = heap.edgeType(edge);
        if (edgeType === weak || target === node) continue;
        const list = known.get(target);
        if (!list) continue;
        if (list.length >= limits.perNode || total >= limits.total) {
          cut.add(target);
          continue;
        }
        list.push({ node, edgeType, edgeName: heap.edgeName(edge) });
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
