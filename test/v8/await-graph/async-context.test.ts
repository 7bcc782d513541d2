import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { COLLECTORS, collectAwaitGraph } from '../../support/run-collector.js';

for (const from of COLLECTORS) {
  test(`each suspended function knows the stores that it runs within, from ${from}`, async () => {
    const program = resolve('test/apps/green-threads/contexts/stores.mjs');
    const { contexts } = await collectAwaitGraph(program, [], undefined, from);
    assert.deepEqual(contexts, {
      outside: [],
      query: ['Request'],
      handle: ['Request'],
      both: ['Request', 'Tenant'],
      // What the program's own strings say is not read from memory.
      text: [from === 'memory' ? 'string' : 'acme'],
      values: [from === 'memory' ? 'string' : 'acme'],
    });
  });
}
