import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getHeapSnapshot } from 'node:v8';
import { Anchor } from '#src/main-thread/anchor.js';

/** How many suspended functions there are that hold a `GuruAnchor`, as V8 sees it. */
async function countAnchors(): Promise<number> {
  let text = '';
  for await (const chunk of getHeapSnapshot().setEncoding('utf8')) text += chunk as string;
  const { snapshot, nodes, strings } = JSON.parse(text) as {
    snapshot: { meta: { node_fields: string[]; node_types: string[][] } };
    nodes: number[];
    strings: string[];
  };
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [type, name] = [fields.indexOf('type'), fields.indexOf('name')];
  const object = types[type]?.indexOf('object');
  const anchor = strings.indexOf('GuruAnchor');
  let count = 0;
  for (let at = 0; at < nodes.length; at += fields.length) {
    if (nodes[at + type] === object && nodes[at + name] === anchor) count++;
  }
  return count;
}

test('it lies in memory for as long as it is held, once', async () => {
  const anchor = new Anchor();
  assert.equal(await countAnchors(), 0);
  const first = anchor.hold();
  const second = anchor.hold();
  assert.equal(await countAnchors(), 1);
  first();
  first();
  assert.equal(await countAnchors(), 1);
  second();
  await new Promise(setImmediate);
  assert.equal(await countAnchors(), 0);
  const third = anchor.hold();
  assert.equal(await countAnchors(), 1);
  third();
});
