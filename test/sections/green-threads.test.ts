import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeGreenThreads } from '#src/sections/green-threads.js';
import type { ProcessFacts } from '#src/sections/package.js';

test('where neither memory nor a snapshot could be had, both reasons are said', () => {
  const collected = { outcome: 'skipped', reason: 'a snapshot would take too long' } as const;
  const threads = [{ threadId: 0, name: 'main', collected }];
  const facts = { startedAt: 0, root: '' } as unknown as ProcessFacts;
  const { status, reason } = describeGreenThreads({ threads, fallback: 'unknown layout' }, facts);
  assert.equal(status, 'skipped');
  assert.equal(reason, 'memory could not be read (unknown layout); a snapshot would take too long');
});
