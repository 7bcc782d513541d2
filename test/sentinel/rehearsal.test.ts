import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isTimeToRehearse } from '#src/sentinel/rehearsal.js';

const LARGE = 200e6;
const SMALL = 100e6;

test('it is rehearsed in large processes that are not busy', () => {
  const isTime = (residentBytes: number, cpuShare: number): boolean | 'busy' =>
    isTimeToRehearse({ residentBytes, cpuShare }, { greenThreads: 'auto', rehearsal: true }, 0);
  assert.equal(isTime(LARGE, 0.1), true);
  assert.equal(isTime(LARGE, 0.9), 'busy');
  assert.equal(isTime(SMALL, 0.1), false);
  assert.equal(isTime(SMALL, 0.9), false);
});

test('one that is always busy is let off a few times', () => {
  const seen = { residentBytes: LARGE, cpuShare: 4 };
  const answers = Array.from({ length: 10 }, (_, putOff) =>
    isTimeToRehearse(seen, { greenThreads: 'memory', rehearsal: true }, putOff),
  );
  const until = answers.indexOf(true);
  assert.deepEqual(new Set(answers.slice(0, until)), new Set(['busy']));
  assert.deepEqual(new Set(answers.slice(until)), new Set([true]));
});

test('it is not rehearsed where it is not wanted, nor where memory is not to be read', () => {
  const seen = { residentBytes: LARGE, cpuShare: 0 };
  for (const greenThreads of ['off', 'snapshot'] as const)
    assert.equal(isTimeToRehearse(seen, { greenThreads, rehearsal: true }, 9), false);
  assert.equal(isTimeToRehearse(seen, { greenThreads: 'auto', rehearsal: false }, 9), false);
});
