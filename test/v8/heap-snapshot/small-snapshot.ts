import type { ParsedSnapshot } from './support.js';

/**
 * A snapshot of four nodes with every oddity that one may have, in a layout that no V8 has had: the reader must go by
 * `meta` alone.
 */
export const SMALL: ParsedSnapshot & Record<string, unknown> = {
  snapshot: {
    meta: {
      node_fields: ['detachedness', 'id', 'edge_count', 'name', 'type', 'self_size'],
      node_types: ['number', 'number', 'number', 'string', ['hidden', 'object', 'closure'], 'number'],
      edge_fields: ['to_node', 'unknown', 'type', 'name_or_index'],
      edge_types: ['node', 'number', ['context', 'element', 'property', 'hidden'], 'string_or_number'],
      location_fields: ['line', 'object_index', 'column', 'script_id'],
    },
    node_count: 4,
    edge_count: 6,
  },
  nodes: [
    [0, 1, 2, 0, 0, 0],
    [0, 4_294_967_297, 0, 1, 2, 64],
    [9, 4_294_967_295, 4, 5, 1, 9_007_199_254_740_991],
    [0, 2_147_483_650, 0, 4, 1, 5_000_000_000],
  ].flat(),
  edges: [
    [6, 7, 2, 2],
    [12, 7, 1, 4_294_967_294],
    [18, -7, 0, 3],
    [18, 7, 1, -294_967_296],
    [0, 7, 3, 0],
    [12, 7, 2, 5],
  ].flat(),
  trace_function_infos: [],
  trace_tree: [0, '[}"\\', [{ a: null, b: [true, -1.5e3] }], {}],
  samples: {},
  later: -1.5,
  locations: [
    [30, 12, 4, 77],
    [2_147_483_647, 6, 0, 1],
    [4_294_967_295, 0, 0, 1],
    [5, 0, -1, 1],
    [0, 18, 3, 12],
  ].flat(),
  strings: [
    '',
    'plain',
    '"quotes" \\ and / slashes',
    'controls \0\b\t\n\v\f\r\u001f\u007f',
    'é € \u2028 \u{1f600} \ud83d lone \ude00',
    'more than it looks: \\u0041 \\n',
  ],
};

export const SMALL_TEXT = JSON.stringify(SMALL);
