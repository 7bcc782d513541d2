import type { HeapGraph } from '../heap-graph.js';
import type { EdgeTable } from './edge-table.js';
import type { KeptStrings } from './kept-strings.js';
import type { SnapshotLayout } from './layout.js';
import type { LocationTable } from './location-table.js';
import type { NodeTable } from './node-table.js';

/** The tables that a snapshot was read into, complete and checked, as a graph. */
export class SnapshotGraph implements HeapGraph {
  readonly nodeCount: number;
  readonly edgeCount: number;
  readonly #layout: SnapshotLayout;
  readonly #nodes: NodeTable;
  readonly #edges: EdgeTable;
  readonly #strings: KeptStrings;
  readonly #locations: LocationTable | null;

  constructor(
    layout: SnapshotLayout,
    nodes: NodeTable,
    edges: EdgeTable,
    strings: KeptStrings,
    locations: LocationTable | null,
  ) {
    this.nodeCount = layout.nodeCount;
    this.edgeCount = layout.edgeCount;
    this.#layout = layout;
    this.#nodes = nodes;
    this.#edges = edges;
    this.#strings = strings;
    this.#locations = locations;
  }

  nodeType(node: number): number {
    return this.#nodes.types[node]!;
  }

  nodeName(node: number): string {
    return this.#strings.string(this.#nodes.names[node]!);
  }

  nodeId(node: number): number {
    return this.#nodes.ids.get(node);
  }

  selfSize(node: number): number {
    return this.#nodes.sizes.get(node);
  }

  firstEdge(node: number): number {
    return this.#nodes.firstEdges[node]!;
  }

  edgeType(edge: number): number {
    return this.#edges.types[edge]!;
  }

  edgeName(edge: number): number {
    return this.#edges.namesOrIndices[edge]!;
  }

  edgeIndex(edge: number): number {
    return this.#edges.namesOrIndices[edge]!;
  }

  edgeTarget(edge: number): number {
    return this.#edges.targets[edge]!;
  }

  nodeTypeNumber(name: string): number {
    return this.#layout.nodeTypes.indexOf(name);
  }

  edgeTypeNumber(name: string): number {
    return this.#layout.edgeTypes.indexOf(name);
  }

  stringNumber(text: string): number {
    return this.#strings.find(text);
  }

  string(number: number): string {
    return this.#strings.string(number);
  }

  location(node: number): { scriptId: number; line: number; column: number } | null {
    return this.#locations?.find(node) ?? null;
  }
}
