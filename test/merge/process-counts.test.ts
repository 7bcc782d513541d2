import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProcessCounts, countsOf } from '#src/merge/process-counts.js';
import { ProcessTable } from '#src/merge/process-table.js';
import { Random } from '../support/random.js';

test('counts by process are those of a map, however often each comes', () => {
  const random = new Random(20260102);
  for (const processes of [1, 3, 50, 5000]) {
    const counts = new ProcessCounts();
    const expected = new Map<number, number>();
    for (let i = 0; i < 10_000; i++) {
      const [process, count] = [random.below(processes), 1 + random.below(9)];
      counts.add(process, count);
      expected.set(process, (expected.get(process) ?? 0) + count);
    }
    assert.deepEqual(counts.totals(), expected);
  }
});

test('processes and hosts, those with most first; a process is pid, host and service', () => {
  const table = new ProcessTable();
  const numberOf = (pid: number, hostname: string, serviceName = 'api'): number =>
    table.numberOf({ pid, hostname, serviceName, nodeVersion: 'v20.20.2' });
  const counts = new ProcessCounts();
  counts.add(numberOf(1, 'b'), 3);
  counts.add(numberOf(1, 'a'), 5);
  counts.add(numberOf(2, 'a'), 5);
  counts.add(numberOf(1, 'b'), 4);
  counts.add(numberOf(1, 'b', 'engine'), 1);
  assert.deepEqual(countsOf(counts, table), {
    processes: [
      { of: { pid: 1, serviceName: 'api', hostname: 'b' }, count: 7 },
      { of: { pid: 1, serviceName: 'api', hostname: 'a' }, count: 5 },
      { of: { pid: 2, serviceName: 'api', hostname: 'a' }, count: 5 },
      { of: { pid: 1, serviceName: 'engine', hostname: 'b' }, count: 1 },
    ],
    hosts: [
      { of: 'a', count: 10 },
      { of: 'b', count: 8 },
    ],
  });
});
