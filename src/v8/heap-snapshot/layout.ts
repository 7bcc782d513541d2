import { malformed } from './error.js';

/**
 * Where things stand in the rows of a snapshot's arrays, from the snapshot's own `meta`: a node has 7 fields on Node 20
 * and 22 (`trace_node_id` among them), 6 on 24 and 26, and V8 has moved them before.
 */
export interface SnapshotLayout {
  readonly nodeCount: number;
  readonly edgeCount: number;
  readonly node: {
    readonly width: number;
    readonly type: number;
    readonly name: number;
    readonly id: number;
    readonly selfSize: number;
    readonly edgeCount: number;
  };
  readonly edge: {
    readonly width: number;
    readonly type: number;
    readonly nameOrIndex: number;
    readonly toNode: number;
  };
  /** `null` where the snapshot was written by a V8 that had no locations. */
  readonly location: {
    readonly width: number;
    readonly objectIndex: number;
    readonly scriptId: number;
    readonly line: number;
    readonly column: number;
  } | null;
  readonly nodeTypes: readonly string[];
  readonly edgeTypes: readonly string[];
}

/** A type is kept in one byte. V8 has had at most 16 of nodes and 7 of edges. */
const MAX_TYPES = 256;

/**
 * Reads the value of the snapshot's first key, `snapshot`.
 * @throws HeapSnapshotError (malformed) if it does not say what the reader must know.
 */
export function parseLayout(text: string): SnapshotLayout {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw malformed(`its header is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const header = object(parsed, 'snapshot');
  const meta = object(header['meta'], 'meta');
  const nodeFields = names(meta['node_fields'], 'node_fields');
  const edgeFields = names(meta['edge_fields'], 'edge_fields');
  const node = {
    width: nodeFields.length,
    type: position(nodeFields, 'type', 'node_fields'),
    name: position(nodeFields, 'name', 'node_fields'),
    id: position(nodeFields, 'id', 'node_fields'),
    selfSize: position(nodeFields, 'self_size', 'node_fields'),
    edgeCount: position(nodeFields, 'edge_count', 'node_fields'),
  };
  const edge = {
    width: edgeFields.length,
    type: position(edgeFields, 'type', 'edge_fields'),
    nameOrIndex: position(edgeFields, 'name_or_index', 'edge_fields'),
    toNode: position(edgeFields, 'to_node', 'edge_fields'),
  };
  return {
    nodeCount: count(header['node_count'], 'node_count'),
    edgeCount: count(header['edge_count'], 'edge_count'),
    node,
    edge,
    location: locationLayout(meta['location_fields']),
    nodeTypes: types(meta['node_types'], node.type, 'node_types'),
    edgeTypes: types(meta['edge_types'], edge.type, 'edge_types'),
  };
}

function locationLayout(value: unknown): SnapshotLayout['location'] {
  if (value === undefined) return null;
  const fields = names(value, 'location_fields');
  return {
    width: fields.length,
    objectIndex: position(fields, 'object_index', 'location_fields'),
    scriptId: position(fields, 'script_id', 'location_fields'),
    line: position(fields, 'line', 'location_fields'),
    column: position(fields, 'column', 'location_fields'),
  };
}

function object(value: unknown, key: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformed(`its "${key}" is no object`);
  }
  return value as Record<string, unknown>;
}

function names(value: unknown, key: string): string[] {
  if (!Array.isArray(value) || !value.every((name) => typeof name === 'string')) {
    throw malformed(`its "${key}" is no list of names`);
  }
  return value;
}

function position(fields: readonly string[], field: string, key: string): number {
  const found = fields.indexOf(field);
  if (found === -1) throw malformed(`its "${key}" has no "${field}"`);
  return found;
}

/** `node_types` and `edge_types` have one entry a field; that of the type is the list of words. */
function types(value: unknown, field: number, key: string): string[] {
  const words = names(Array.isArray(value) ? (value as unknown[])[field] : undefined, key);
  if (words.length > MAX_TYPES) throw malformed(`its "${key}" has ${words.length} types`);
  return words;
}

function count(value: unknown, key: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw malformed(`its "${key}" is no count`);
  }
  return value;
}
