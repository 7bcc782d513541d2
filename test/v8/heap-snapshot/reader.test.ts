import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { HeapSnapshotError, type HeapSnapshotProblem } from '#src/v8/heap-snapshot/error.js';
import { createSnapshotReader, type SnapshotReaderLimits } from '#src/v8/heap-snapshot/reader.js';
import { SMALL, SMALL_TEXT } from './small-snapshot.js';
import { assertSame, read } from './support.js';

suite('snapshot reader', () => {
  test('goes by the snapshot’s own layout and keeps large numbers', () => {
    const graph = read([SMALL_TEXT]);
    assertSame(graph, SMALL);
    assert.equal(graph.nodeId(1), 4_294_967_297);
    assert.equal(graph.selfSize(2), Number.MAX_SAFE_INTEGER);
    assert.deepEqual(graph.location(1), { scriptId: 1, line: 2_147_483_647, column: 0 });
    assert.equal(graph.location(0), null);
    assert.equal(graph.edgeIndex(3), 4_000_000_000);
  });

  test('finds strings by their text', () => {
    const graph = read([SMALL_TEXT]);
    SMALL.strings.forEach((text, number) => assert.equal(graph.stringNumber(text), number));
    assert.equal(graph.stringNumber('plai'), -1);
    assert.equal(graph.stringNumber('plain '), -1);
    assert.equal(graph.stringNumber('Plain'), -1);
  });

  test('takes a break at any place', () => {
    for (let at = 0; at <= SMALL_TEXT.length; at++) {
      assertSame(read([SMALL_TEXT.slice(0, at), SMALL_TEXT.slice(at)]), SMALL);
    }
    assertSame(read(SMALL_TEXT), SMALL); // one character at a time
  });

  test('takes escapes and characters that V8 does not write', () => {
    const spelled = SMALL_TEXT.replaceAll('plain', String.raw`\u0070\u006C\u0061in`).replaceAll(
      '/',
      String.raw`\/`,
    );
    const escaped = JSON.stringify(SMALL).replaceAll(
      /[^\0-\x7f]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()}`,
    );
    for (const text of [spelled, escaped]) {
      const graph = read([text]);
      assertSame(graph, SMALL);
      SMALL.strings.forEach((wanted, number) => assert.equal(graph.stringNumber(wanted), number));
      assertSame(read(text), SMALL);
    }
  });

  test('takes white space anywhere, and a chunk of any size', () => {
    const spaces = ' \n\t\r '.repeat(20_000);
    const text = `${spaces}${JSON.stringify(SMALL, null, 3)}${spaces}`;
    assertSame(read([text]), SMALL);
    assertSame(read(['', text, '']), SMALL);
  });

  test('takes chunks that V8 holds in other ways: two-byte, sliced, concatenated', () => {
    const twoByte = `\u2028${SMALL_TEXT}`.slice(1);
    let concatenated = '';
    for (const character of SMALL_TEXT) concatenated += character;
    assertSame(read([twoByte]), SMALL);
    assertSame(read([concatenated.slice(0, 300), concatenated.slice(300)]), SMALL);
  });

  test('keeps the beginning of long strings', () => {
    const long = 'a'.repeat(1023);
    const strings = [
      `${long}\n\n`,
      `${long}"`,
      `${long}bcd`,
      'x'.repeat(200_000),
      `\u{1f600}`.repeat(600),
      'end',
    ];
    const graph = read([JSON.stringify({ ...SMALL, strings })]);
    strings.forEach((text, number) => assert.equal(graph.string(number), text.slice(0, 1024)));
    assert.equal(graph.stringNumber('end'), 5);
    const short = read(JSON.stringify({ ...SMALL, strings }), { maxStringLength: 2 });
    strings.forEach((text, number) => assert.equal(short.string(number), text.slice(0, 2)));
  });

  test('keeps more strings than it first makes room for', () => {
    const strings = Array.from(
      { length: 150_000 },
      (_, number) => `string ${number} ${'\n'.repeat(number % 30)}`,
    );
    const graph = read([JSON.stringify({ ...SMALL, strings })]);
    strings.forEach((text, number) => assert.ok(graph.string(number) === text));
    assert.equal(graph.stringNumber('string 149999 ' + '\n'.repeat(29)), 149_999);
  });

  test('reads a snapshot without locations, or without their fields', () => {
    const { locations, ...without } = SMALL;
    assert.ok(locations);
    assertSame(read([JSON.stringify(without)]), { ...SMALL, locations: [] });
    const { location_fields, ...meta } = SMALL.snapshot.meta;
    assert.ok(location_fields);
    const old = { ...SMALL, snapshot: { ...SMALL.snapshot, meta } };
    assertSame(read([JSON.stringify(old)]), { ...SMALL, locations: [] });
  });

  test('reads a snapshot of nothing', () => {
    const empty = { ...SMALL, snapshot: { ...SMALL.snapshot, node_count: 0, edge_count: 0 } };
    const text = JSON.stringify({ ...empty, nodes: [], edges: [], locations: [], strings: [] });
    const graph = read([text]);
    assert.equal(graph.nodeCount, 0);
    assert.equal(graph.firstEdge(0), 0);
    assert.equal(graph.stringNumber(''), -1);
  });
});

suite('snapshot reader: what it refuses', () => {
  test('a snapshot that ends at any place before its end', () => {
    for (let length = 0; length < SMALL_TEXT.length; length++) {
      refused([SMALL_TEXT.slice(0, length)], 'truncated', /ends too early/);
      refused(SMALL_TEXT.slice(0, length), 'truncated', /ends too early/);
    }
  });

  const { meta } = SMALL.snapshot;
  const withHeader = (header: object): object => ({ ...SMALL, snapshot: { ...SMALL.snapshot, ...header } });
  const withMeta = (change: object): object => withHeader({ meta: { ...meta, ...change } });
  const changed: [name: string, snapshot: object, message: RegExp][] = [
    ['fewer nodes than it says', withHeader({ node_count: 5 }), /4 nodes where its header says 5/],
    ['more nodes than it says', withHeader({ node_count: 3 }), /more nodes than the 3/],
    ['fewer edges than it says', withHeader({ edge_count: 7 }), /6 edges, its header 7/],
    ['more edges than it says', withHeader({ edge_count: 5 }), /more edges than the 5/],
    ['a count that is none', withHeader({ node_count: -1 }), /"node_count" is no count/],
    ['no count', withHeader({ edge_count: undefined }), /"edge_count" is no count/],
    ['no meta', withHeader({ meta: null }), /"meta" is no object/],
    ['no node fields', withMeta({ node_fields: 7 }), /"node_fields" is no list of names/],
    [
      'no field for the id',
      withMeta({ node_fields: ['type', 'name', 'self_size', 'edge_count'] }),
      /has no "id"/,
    ],
    ['no types', withMeta({ node_types: [] }), /"node_types" is no list of names/],
    ['too many types', withMeta({ node_types: Array(6).fill(Array(300).fill('x')) }), /has 300 types/],
    ['location fields of another kind', withMeta({ location_fields: ['line'] }), /has no "object_index"/],
    ['a part of a node', { ...SMALL, nodes: SMALL.nodes.slice(0, -1) }, /3 rows and a part of one/],
    ['a number too many', { ...SMALL, edges: [...SMALL.edges, 0] }, /6 rows and a part of one/],
    ['an unknown node type', { ...SMALL, nodes: SMALL.nodes.with(4, 3) }, /node 0 is of the unknown type 3/],
    ['an unknown edge type', { ...SMALL, edges: SMALL.edges.with(2, 4) }, /edge 0 is of the unknown type 4/],
    [
      'an edge into the middle of a node',
      { ...SMALL, edges: SMALL.edges.with(0, 7) },
      /edge 0 leads to no node/,
    ],
    ['an edge beyond the last node', { ...SMALL, edges: SMALL.edges.with(0, 24) }, /edge 0 leads to no node/],
    ['edges of other nodes', { ...SMALL, nodes: SMALL.nodes.with(2, 1) }, /its nodes have 5 edges/],
    [
      'a location of no node',
      { ...SMALL, locations: SMALL.locations?.with(1, 24) },
      /a location is of no node/,
    ],
    ['a node name that it lacks', { ...SMALL, nodes: SMALL.nodes.with(3, 6) }, /name is the string 6/],
    ['an edge name that it lacks', { ...SMALL, edges: SMALL.edges.with(3, 6) }, /name is the string 6/],
    [
      'an index out of range',
      { ...SMALL, edges: SMALL.edges.with(7, 2 ** 32) },
      /index of edge 1 is too large/,
    ],
    ['a number out of range', { ...SMALL, nodes: SMALL.nodes.with(1, 2 ** 53) }, /a number is too large/],
    [
      'an index far out of range',
      { ...SMALL, edges: SMALL.edges.with(7, -(2 ** 31) - 1) },
      /index of edge 1/,
    ],
    ['a negative edge name', { ...SMALL, edges: SMALL.edges.with(3, -1) }, /name of edge 0 is negative/],
    [
      'a negative node type',
      { ...SMALL, nodes: SMALL.nodes.with(4, -1) },
      /node 0 is of the unknown type -1/,
    ],
    [
      'a negative edge type',
      { ...SMALL, edges: SMALL.edges.with(2, -1) },
      /edge 0 is of the unknown type -1/,
    ],
    ['a negative target', { ...SMALL, edges: SMALL.edges.with(0, -6) }, /edge 0 leads to no node/],
    ['a location of a negative node', { ...SMALL, locations: SMALL.locations?.with(1, -6) }, /is of no node/],
    ['a negative id', { ...SMALL, nodes: SMALL.nodes.with(1, -1) }, /node 0 has a negative number/],
    ['a fraction', { ...SMALL, nodes: SMALL.nodes.with(1, 1.5) }, /unexpected "\." among numbers/],
    ['a string among numbers', { ...SMALL, nodes: ['a'] }, /unexpected "\\"" among numbers/],
    ['a number among strings', { ...SMALL, strings: [1] }, /unexpected "1" among strings/],
    ['no nodes', { ...SMALL, nodes: undefined }, /no nodes, no edges or no strings/],
    ['no strings', { ...SMALL, strings: undefined }, /no nodes, no edges or no strings/],
    [
      'its header last',
      { ...SMALL, snapshot: undefined, again: 1, snapshot2: 1 },
      /does not begin with its header/,
    ],
    ['a header of a megabyte', withHeader({ more: 'x'.repeat(1 << 20) }), /header is too long/],
    ['a key of a kilobyte', { ['x'.repeat(1 << 10)]: 1, ...SMALL }, /is too long/],
  ];
  for (const [name, snapshot, message] of changed) {
    test(name, () => refused([JSON.stringify(snapshot)], 'malformed', message));
  }

  const texts: [name: string, text: string, message: RegExp][] = [
    ['an array', '[]', /unexpected "\["/],
    ['a word', 'null', /unexpected "n"/],
    ['an empty object', '{}', /unexpected "}"/],
    ['a key without quotes', '{a:1}', /unexpected "a"/],
    ['a key without a value', '{"a"}', /unexpected "}"/],
    ['a key with nothing for a value', '{"a":,"b":1}', /a value is missing/],
    ['a comma before the end', SMALL_TEXT.replace(/}$/, ',}'), /unexpected "}"/],
    ['no comma between keys', SMALL_TEXT.replace('"samples":{},', '"samples":{}'), /unexpected "\\""/],
    ['text behind the end', `${SMALL_TEXT} x`, /unexpected "x"/],
    ['a key twice', SMALL_TEXT.replace('"samples":{}', '"nodes":[]'), /a key twice/],
    ['nodes that are no array', SMALL_TEXT.replace('"nodes":[', '"nodes":{'), /unexpected "{" among numbers/],
    ['a number missing', SMALL_TEXT.replace('"nodes":[0,', '"nodes":[,'), /unexpected "," among numbers/],
    [
      'a comma before the first number',
      SMALL_TEXT.replace('"nodes":[', '"nodes":[,'),
      /unexpected "," among/,
    ],
    ['two commas among numbers', SMALL_TEXT.replace('"nodes":[0,', '"nodes":[0,,'), /unexpected "," among/],
    [
      'a comma behind the last number',
      SMALL_TEXT.replace('5000000000]', '5000000000,]'),
      /unexpected "]" among/,
    ],
    ['a space in a number', SMALL_TEXT.replace('5000000000]', '50000 00000]'), /unexpected "0" among/],
    ['a minus alone', SMALL_TEXT.replace('"nodes":[', '"nodes":[-,'), /unexpected "," among/],
    ['a minus in a number', SMALL_TEXT.replace('5000000000]', '50-0]'), /unexpected "-" among/],
    ['two minuses', SMALL_TEXT.replace('"nodes":[', '"nodes":[--'), /unexpected "-" among/],
    ['a space behind a minus', SMALL_TEXT.replace('"nodes":[', '"nodes":[- '), /unexpected " " among/],
    ['an array in an array', SMALL_TEXT.replace('"nodes":[', '"nodes":[['), /unexpected "\[" among/],
    [
      'no comma between strings',
      SMALL_TEXT.replace('"","plain"', '"" "plain"'),
      /unexpected "\\"" among strings/,
    ],
    ['a comma behind the last string', SMALL_TEXT.replace(/]}$/, ',]}'), /unexpected "]" among strings/],
    ['a comma before the first string', SMALL_TEXT.replace('"","plain"', ',"plain"'), /unexpected "," among/],
    ['an unknown escape', SMALL_TEXT.replace('plain', String.raw`pl\ain`), /unknown escape/],
    ['an escape that is no number', SMALL_TEXT.replace('plain', String.raw`pl\u00g0`), /unknown escape/],
    ['an escape that is too short', SMALL_TEXT.replace('plain', String.raw`pl\u00`), /unknown escape/],
    ['a bare control character', SMALL_TEXT.replace('plain', 'pl\nain'), /control character/],
    ['a bare character among numbers', SMALL_TEXT.replace('"nodes":[', '"nodes":[€'), /among numbers/],
    [
      'a header that is not JSON',
      SMALL_TEXT.replace('"node_count":4', '"node_count":4,'),
      /header is not JSON/,
    ],
  ];
  for (const [name, text, message] of texts) test(name, () => refused([text], 'malformed', message));

  test('what would take more memory than it may have', () => {
    refused([SMALL_TEXT], 'memory', /more than the 1000 bytes of memory allowed/, { maxBytes: 1000 });
    const many = JSON.stringify(withHeader({ node_count: 2 ** 40 }));
    refused([many], 'memory', /more than the 1073741824 bytes/);
    refused([many], 'memory', /cannot be had/, { maxBytes: Infinity });
    const strings = Array.from({ length: 100 }, () => 'x'.repeat(100_000));
    const limits = { maxBytes: 4 << 20, maxStringLength: Infinity };
    refused([JSON.stringify({ ...SMALL, strings })], 'memory', /of memory allowed/, limits);
    const locations = Array.from({ length: 100_000 }, () => [0, 0, 0, 0]).flat();
    refused([JSON.stringify({ ...SMALL, locations })], 'memory', /of memory allowed/, { maxBytes: 1 << 20 });
  });

  test('it says where, and goes on saying so', () => {
    const reader = createSnapshotReader();
    const bad = SMALL_TEXT.replace('5000000000]', '!');
    reader.write(bad.slice(0, 40));
    const error = caught(() => reader.write(bad.slice(40)));
    assert.ok(error instanceof HeapSnapshotError);
    assert.equal(
      error.message,
      'cannot read the heap snapshot: unexpected "!" among numbers (in "nodes", near character 40)',
    );
    assert.equal(
      caught(() => reader.write('')),
      error,
    );
    assert.equal(
      caught(() => reader.end()),
      error,
    );
  });
});

function refused(
  chunks: Iterable<string>,
  problem: HeapSnapshotProblem,
  message: RegExp,
  limits?: SnapshotReaderLimits,
): void {
  const error = caught(() => read(chunks, limits));
  assert.ok(error instanceof HeapSnapshotError, String(error));
  assert.equal(error.problem, problem);
  assert.match(error.message, message);
}

function caught(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  assert.fail('nothing was thrown');
}
