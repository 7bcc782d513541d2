import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Difference, diffSets } from '#src/merge/diff.js';
import { ReportSet } from '#src/merge/report-set.js';
import type { JsonValue } from '#src/report/json.js';
import type { Report } from '#src/report/schema.js';
import { frames, green, savedReport, thread } from '../support/saved-report.js';

const ALL = { threads: true, greenThreads: true, settings: true };

function diff(
  before: readonly Report[],
  after: readonly Report[],
  { internal = false, parts = ALL } = {},
): Difference {
  const first = new ReportSet(parts);
  const second = new ReportSet(parts, first.frames);
  for (const report of before) first.add(report);
  for (const report of after) second.add(report);
  return diffSets(first, second, { internal });
}

function stacks(difference: Difference): string[] {
  return difference.stacks.map(({ change, before, after }) => `${change} ${before.count} ${after.count}`);
}

function settings(before: Record<string, JsonValue>[], after: Record<string, JsonValue>[]): string[] {
  const reports = (list: Record<string, JsonValue>[]): Report[] =>
    list.map((api, pid) => savedReport({ pid, settings: { api } }));
  return diff(reports(before), reports(after)).settings.map(({ change, option }) => `${option} ${change}`);
}

test('a report does not differ from itself, nor a set from one in another order', () => {
  const reports = [1, 2, 3].map((pid) =>
    savedReport({ pid, threads: [thread('f')], green: [green('g', pid)], settings: { api: { port: pid } } }),
  );
  const difference = diff(reports, [...reports].reverse());
  assert.deepEqual(difference, { stacks: [], settings: [], notCompared: [], internal: 0 });
});

test('stacks appear, go, grow and shrink; the largest change first', () => {
  const before = savedReport({
    green: [green('a', 1), green('b', 2), green('c', 9), green('d', 4), green('e', 1)],
  });
  const after = savedReport({
    green: [green('a', 7), green('b', 9), green('c', 3), green('e', 1), green('x', 2), green('y', 3)],
  });
  assert.deepEqual(stacks(diff([before], [after])), [
    'appeared 0 3',
    'appeared 0 2',
    'went 4 0',
    'grew 2 9',
    'grew 1 7',
    'shrank 9 3',
  ]);
});

test('sets of different sizes are compared by report', () => {
  const report = (pid: number, count: number): Report => savedReport({ pid, green: [green('f', count)] });
  assert.deepEqual(stacks(diff([report(1, 3)], [report(1, 3), report(2, 3)])), []);
  assert.deepEqual(stacks(diff([report(1, 3)], [report(1, 3), report(2, 4)])), ['grew 3 7']);
  assert.deepEqual(stacks(diff([report(1, 3), report(2, 2)], [report(1, 3)])), ['grew 5 3']);
});

test('a section that is not in a report does not count as empty', () => {
  const without = savedReport({ pid: 2, threads: [] });
  assert.deepEqual(
    stacks(
      diff([savedReport({ green: [green('f', 2)] })], [savedReport({ green: [green('f', 2)] }), without]),
    ),
    [],
  );
  const { notCompared, ...rest } = diff([savedReport({ threads: [thread('f')], settings: {} })], [without]);
  assert.deepEqual(rest.settings, []);
  assert.deepEqual(notCompared, [
    { part: 'greenThreads', missing: 'both' },
    { part: 'settings', missing: 'after' },
  ]);
  assert.deepEqual(stacks({ ...rest, notCompared }), ['went 1 0']);
});

test('more that await the same are a growth', () => {
  const shared = (count: number): Report =>
    savedReport({
      green: [green('connect', 1, { awaitedBy: [{ count, frames: frames('a') }, { frames: frames('b') }] })],
    });
  const [change] = diff([shared(3)], [shared(5000)]).stacks;
  assert.equal(change?.change, 'grew');
  assert.deepEqual([change?.before.awaiting, change?.after.awaiting], [4, 5001]);
});

test("stacks that are Node's own are counted, unless they are asked for", () => {
  const after = savedReport({ green: [green('n', 2, { internal: true })] });
  const before = savedReport({ green: [] });
  assert.deepEqual([stacks(diff([before], [after])), diff([before], [after]).internal], [[], 1]);
  assert.deepEqual(stacks(diff([before], [after], { internal: true })), ['appeared 0 2']);
});

test('settings appear, go and change; numbers grow and shrink', () => {
  assert.deepEqual(
    settings(
      [{ gone: 1, up: 1, down: 2, text: 'a', kind: 1, same: { b: 1, a: [1] }, list: [1, 2] }],
      [{ new: 1, up: 2, down: 1.5, text: 'b', kind: '1', same: { a: [1], b: 1 }, list: [2, 1] }],
    ),
    ['down shrank', 'gone went', 'kind changed', 'list changed', 'new appeared', 'text changed', 'up grew'],
  );
});

test('a setting with several values has changed if there are others, not if they are in other processes', () => {
  assert.deepEqual(settings([{ port: 1 }, { port: 2 }], [{ port: 2 }, { port: 1 }, { port: 1 }]), []);
  assert.deepEqual(settings([{ port: 1 }, { port: 2 }], [{ port: 1 }, { port: 3 }]), ['port changed']);
});

test('a setting that is different nearly everywhere is compared only as being so', () => {
  const many = (from: number): Record<string, JsonValue>[] =>
    Array.from({ length: 1100 }, (_, i) => ({ id: from + i }));
  assert.deepEqual(settings(many(0), many(5000)), []);
  assert.deepEqual(settings(many(0), [{ id: 1 }]), ['id changed']);
});

test('only what is asked for is compared', () => {
  const parts = { threads: false, greenThreads: false, settings: true };
  const before = savedReport({ threads: [thread('f')], settings: { api: { port: 1 } } });
  const after = savedReport({ threads: [thread('g')], settings: { api: { port: 2 } } });
  const { stacks, settings, notCompared } = diff([before], [after], { parts });
  assert.deepEqual([stacks.length, settings.length, notCompared.length], [0, 1, 0]);
});
