import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { buildHeapGraph } from '../support/heap-graph-builder.js';

suite('hand-made heap graphs', () => {
  test('have the nodes and edges of their description', () => {
    const { graph, node } = buildHeapGraph({
      generator: {
        name: 'Generator',
        id: 77,
        edges: {
          'internal:function': 'work',
          'hidden:3': ['promise', 'work'],
          'element:4000000000': 'generator',
        },
      },
      work: { type: 'closure', location: { scriptId: 7, line: 0, column: 14 } },
      promise: { name: 'Promise', selfSize: 40, edges: { 'property:function': 'work' } },
    });
    assert.equal(graph.nodeCount, 3);
    assert.equal(graph.edgeCount, 5);
    assert.deepEqual(
      [0, 1, 2].map((number) => graph.nodeName(number)),
      ['Generator', 'work', 'Promise'],
    );
    assert.deepEqual(
      [0, 1, 2].map((number) => graph.nodeId(number)),
      [77, 3, 5],
    );
    assert.deepEqual(
      [0, 1, 2, 3].map((number) => graph.firstEdge(number)),
      [0, 4, 4, 5],
    );
    assert.deepEqual(
      [0, 1, 2, 3, 4].map((edge) => graph.edgeTarget(edge)),
      [1, 2, 1, 0, 1],
    );
    assert.equal(graph.nodeType(node('work')), graph.nodeTypeNumber('closure'));
    assert.equal(graph.edgeType(0), graph.edgeTypeNumber('internal'));
    assert.equal(graph.edgeName(0), graph.stringNumber('function'));
    assert.equal(graph.edgeName(4), graph.stringNumber('function'));
    assert.equal(graph.string(graph.edgeName(0)), 'function');
    assert.deepEqual(
      [1, 2, 3].map((edge) => graph.edgeIndex(edge)),
      [3, 3, 4_000_000_000],
    );
    assert.equal(graph.selfSize(node('promise')), 40);
    assert.deepEqual(graph.location(node('work')), { scriptId: 7, line: 0, column: 14 });
    assert.equal(graph.location(node('promise')), null);
    assert.equal(graph.stringNumber('nothing'), -1);
    assert.equal(graph.nodeTypeNumber('nothing'), -1);
  });

  test('are refused if V8 could not have made them', () => {
    assert.throws(() => buildHeapGraph({ a: { edges: { 'internal:b': 'b' } } }), /no node "b"/);
    assert.throws(() => buildHeapGraph({ a: { type: 'thing' } }), /V8 has no type "thing"/);
    assert.throws(() => buildHeapGraph({ a: { edges: { 'thing:b': 'a' } } }), /V8 has no type "thing"/);
    assert.throws(() => buildHeapGraph({ a: { edges: { 'hidden:b': 'a' } } }), /"b" is no index/);
    assert.throws(() => buildHeapGraph({ a: { edges: { b: 'a' } } }), /TYPE:NAME/);
  });
});
