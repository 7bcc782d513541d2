import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { collectAwaitGraph } from '../../support/run-collector.js';

test('each suspended function knows the stores that it runs within', async () => {
  const { contexts } = await collectAwaitGraph(resolve('test/apps/green-threads/contexts/stores.mjs'));
  assert.deepEqual(contexts, {
    outside: [],
    query: ['Request'],
    handle: ['Request'],
    both: ['Request', 'Tenant'],
    text: ['acme'],
    values: ['acme'],
  });
});
