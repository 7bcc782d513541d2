/**
 * A heap as a graph of numbered nodes, whoever read it: from V8's heap snapshot, or from memory. Nodes are indices from
 * 0 to `nodeCount - 1`; a node's edges are the indices from `firstEdge(node)` to `firstEdge(node + 1) - 1`.
 * Nothing here makes an object for a node or an edge.
 */
export interface HeapGraph {
  readonly nodeCount: number;
  readonly edgeCount: number;
  /** V8's word for the node's type: `object`, `closure`, `hidden`, `code`, `native`, … as a number: {@link typeNumber}. */
  nodeType(node: number): number;
  nodeName(node: number): string;
  /** V8's id of the object: what `HeapProfiler.getObjectByHeapObjectId` takes. */
  nodeId(node: number): number;
  /** Bytes. */
  selfSize(node: number): number;
  firstEdge(node: number): number;
  edgeType(edge: number): number;
  /** Of named edges (`property`, `internal`, `context`, `shortcut`, `weak`); compare numbers, see {@link stringNumber}. */
  edgeName(edge: number): number;
  /** Of `element` and `hidden` edges: the index. The same number as {@link edgeName}, read otherwise. */
  edgeIndex(edge: number): number;
  edgeTarget(edge: number): number;
  /** The number of a node type's or edge type's name in this graph; -1 if it has none. */
  nodeTypeNumber(name: string): number;
  edgeTypeNumber(name: string): number;
  /** The number of a string in this graph; -1 if it does not occur. It may look at all strings: ask once for each name. */
  stringNumber(text: string): number;
  string(number: number): string;
  /**
   * Where the function of a closure or generator begins, or the constructor of another object, 0-based, as V8 counts;
   * `null` where the graph does not say.
   */
  location(node: number): { scriptId: number; line: number; column: number } | null;
}
