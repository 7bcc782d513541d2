import type { HeapGraph } from '#src/v8/heap-graph.js';

/** A node of a hand-made heap. */
export interface NodeDescription {
  /** V8's word. Default: `object`. */
  type?: string;
  /** Default: the node's key. */
  name?: string;
  /** Default: odd numbers in the order of the nodes, as V8 gives them: 1, 3, 5, … */
  id?: number;
  /** Default: 16. */
  selfSize?: number;
  /** In this order: `'TYPE:NAME'` (a number for `element` and `hidden`) to the key of a node, or of several. */
  edges?: Record<string, string | readonly string[]>;
  location?: { scriptId: number; line: number; column: number };
}

export interface BuiltHeapGraph {
  graph: HeapGraph;
  /** The number of the node with this key. */
  readonly node: (key: string) => number;
}

// In V8's order, which has been the same from Node 20 to 26.
const NODE_TYPES = [
  'hidden',
  'array',
  'string',
  'object',
  'code',
  'closure',
  'regexp',
  'number',
  'native',
  'synthetic',
  'concatenated string',
  'sliced string',
  'symbol',
  'bigint',
  'object shape',
];
const EDGE_TYPES = ['context', 'element', 'property', 'internal', 'hidden', 'shortcut', 'weak'];
const INDEXED = new Set(['element', 'hidden']);

/**
 * A heap from a description of its nodes, which are numbered in the order in which they stand:
 *
 *     const { graph, node } = buildHeapGraph({
 *       generator: { name: 'Generator', edges: { 'internal:function': 'worker', 'hidden:3': 'promise' } },
 *       worker: { type: 'closure', location: { scriptId: 7, line: 0, column: 14 } },
 *       promise: { name: 'Promise' },
 *     });
 *     graph.nodeName(node('worker')); // 'worker'
 *
 * @throws RangeError for an edge that leads nowhere and for a type that V8 does not have.
 */
export function buildHeapGraph(description: Record<string, NodeDescription>): BuiltHeapGraph {
  const keys = Object.keys(description);
  const nodes = Object.values(description);
  const numbers = new Map(keys.map((key, number) => [key, number]));
  const strings = new Interner();
  const edges: { type: number; name: number; target: number }[] = [];
  const firstEdges = [0];

  const node = (key: string): number => found(numbers.get(key), `no node "${key}"`);

  for (const { edges: described = {} } of nodes) {
    for (const [label, targets] of Object.entries(described)) {
      const [type, name] = splitLabel(label);
      const nameOrIndex = INDEXED.has(type) ? wholeNumber(name) : strings.number(name);
      for (const target of typeof targets === 'string' ? [targets] : targets) {
        edges.push({ type: typeIn(EDGE_TYPES, type), name: nameOrIndex, target: node(target) });
      }
    }
    firstEdges.push(edges.length);
  }
  const types = nodes.map(({ type = 'object' }) => typeIn(NODE_TYPES, type));
  const names = nodes.map(({ name }, number) => strings.number(name ?? at(keys, number)));

  const graph: HeapGraph = {
    nodeCount: nodes.length,
    edgeCount: edges.length,
    nodeType: (number) => at(types, number),
    nodeName: (number) => strings.text(at(names, number)),
    nodeId: (number) => at(nodes, number).id ?? number * 2 + 1,
    selfSize: (number) => at(nodes, number).selfSize ?? 16,
    firstEdge: (number) => at(firstEdges, number),
    edgeType: (edge) => at(edges, edge).type,
    edgeName: (edge) => at(edges, edge).name,
    edgeIndex: (edge) => at(edges, edge).name,
    edgeTarget: (edge) => at(edges, edge).target,
    nodeTypeNumber: (name) => NODE_TYPES.indexOf(name),
    edgeTypeNumber: (name) => EDGE_TYPES.indexOf(name),
    stringNumber: (text) => strings.find(text),
    string: (number) => strings.text(number),
    location: (number) => at(nodes, number).location ?? null,
  };
  return { graph, node };
}

class Interner {
  readonly #texts: string[] = [];
  readonly #numbers = new Map<string, number>();

  number(text: string): number {
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.#texts.push(text) - 1;
      this.#numbers.set(text, number);
    }
    return number;
  }

  find(text: string): number {
    return this.#numbers.get(text) ?? -1;
  }

  text(number: number): string {
    return at(this.#texts, number);
  }
}

function splitLabel(label: string): [type: string, name: string] {
  const colon = label.indexOf(':');
  if (colon === -1) throw new RangeError(`an edge is described as "TYPE:NAME", not "${label}"`);
  return [label.slice(0, colon), label.slice(colon + 1)];
}

function typeIn(types: readonly string[], type: string): number {
  const number = types.indexOf(type);
  if (number === -1) throw new RangeError(`V8 has no type "${type}"`);
  return number;
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new RangeError(`"${text}" is no index`);
  return Number(text);
}

function at<T>(items: readonly T[], index: number): T {
  return found(items[index], `nothing has the number ${index}`);
}

function found<T>(value: T | undefined, problem: string): T {
  if (value === undefined) throw new RangeError(problem);
  return value;
}
