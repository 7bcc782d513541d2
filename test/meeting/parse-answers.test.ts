import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDelivery, parseStatus, parseTrigger } from '#src/meeting/parse-answers.js';

const WRONG: readonly unknown[] = [
  undefined,
  null,
  1,
  'x',
  [],
  {},
  { kind: 'signal' },
  { kind: 'file', path: 7 },
];

test('what is none is not taken for one', () => {
  for (const value of WRONG) {
    assert.equal(parseTrigger(value), null);
    assert.equal(parseDelivery(value), null);
    assert.equal(parseStatus(value), null);
    assert.equal(parseStatus({ serviceName: 'a', nodeVersion: 'v20', trigger: value }), null);
  }
});

test('what is one is', () => {
  const trigger = { kind: 'signal', signal: 'SIGUSR2' } as const;
  assert.deepEqual(parseTrigger({ ...trigger, more: 1 }), trigger);
  const status = { serviceName: 'a', nodeVersion: 'v20.20.2', trigger };
  assert.deepEqual(parseStatus({ ...status, more: 1 }), status);
  assert.deepEqual(parseDelivery({ kind: 'file', path: '/x' }), { kind: 'file', path: '/x' });
  assert.deepEqual(parseDelivery({ kind: 'stderr' }), { kind: 'stderr' });
  assert.deepEqual(parseDelivery({ kind: 'stderr', problem: 'full' }), { kind: 'stderr', problem: 'full' });
  assert.deepEqual(parseDelivery({ kind: 'lost' }), { kind: 'lost', problem: 'nobody knows why' });
});
