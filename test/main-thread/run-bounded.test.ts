import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OverrunError, runBounded } from '#src/main-thread/run-bounded.js';

test('returns what the function returns, and throws what it throws', () => {
  assert.equal(
    runBounded(() => 42, 1000),
    42,
  );
  assert.throws(() => runBounded(() => assert.fail('own'), 1000), { message: 'own' });
  assert.throws(
    () =>
      runBounded(() => {
        throw null;
      }, 1000),
    (thrown) => thrown === null,
  );
});

test('ends an endless loop, and the thread goes on', async () => {
  assert.throws(() => runBounded(endlessly, 20), OverrunError);
  await new Promise(setImmediate);
  assert.equal(await Promise.resolve(1), 1);
});

test('a call within a call has its own limit', () => {
  const outer = runBounded(() => {
    assert.throws(() => runBounded(endlessly, 20), OverrunError);
    return runBounded(() => 'inner', 1000);
  }, 60_000);
  assert.equal(outer, 'inner');
});

test('leaves nothing on the global object', () => {
  const before = Reflect.ownKeys(globalThis).length;
  runBounded(() => 1, 1000);
  assert.equal(Reflect.ownKeys(globalThis).length, before);
});

function endlessly(): never {
  for (;;);
}
