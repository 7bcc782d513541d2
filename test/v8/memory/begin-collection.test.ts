import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beginCollection } from '#src/v8/memory/begin-collection.js';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

test('what was let go of before is collected, without more being allocated', async () => {
  const bytes = 16 << 20;
  let held: ArrayBuffer | null = new ArrayBuffer(bytes);
  // It is of the old generation then, and no collection is under way.
  gc();
  gc();
  const { arrayBuffers } = process.memoryUsage();
  assert.equal(held.byteLength, bytes);
  held = null;
  beginCollection();
  // V8 collects by itself, too, what a program that has nothing to do leaves: after some eight seconds.
  const deadline = performance.now() + 5000;
  while (process.memoryUsage().arrayBuffers > arrayBuffers - bytes) {
    assert.ok(performance.now() < deadline);
    await sleep(10);
  }
});
