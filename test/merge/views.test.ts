import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diffSets } from '#src/merge/diff.js';
import { diffJson } from '#src/merge/diff-json.js';
import { type DiffSide, diffText } from '#src/merge/diff-text.js';
import type { FrameTable } from '#src/merge/frame-table.js';
import type { ReadingSummary } from '#src/merge/reading-summary.js';
import { ReportSet } from '#src/merge/report-set.js';
import { stacksJson } from '#src/merge/stacks-json.js';
import { stacksText } from '#src/merge/stacks-text.js';
import type { Report } from '#src/report/schema.js';
import { assertGolden } from '../support/golden.js';
import { reportsAfter, reportsBefore } from '../support/merged-reports.js';
import { savedReport } from '../support/saved-report.js';

const ALL = { threads: true, greenThreads: true, settings: true };
const STACKS = { ...ALL, settings: false };
const EVERY = { limit: Infinity, minCount: 1, internal: false };
const READING: ReadingSummary = {
  sources: 3,
  withoutReport: 1,
  unreadableReports: 0,
  skippedLines: 12,
  problems: ['a.txt: no report in it (3 lines)'],
};
const CLEAN: ReadingSummary = { ...READING, withoutReport: 0, skippedLines: 0, problems: [] };
const UNSAFE = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/;

function side(reports: readonly Report[], frames?: FrameTable, parts = ALL): DiffSide {
  const set = new ReportSet(parts, frames);
  for (const report of reports) set.add(report);
  return { set, reading: CLEAN };
}

function bothSides(): [DiffSide, DiffSide] {
  const before = side(reportsBefore());
  return [before, side(reportsAfter(), before.set.frames)];
}

function joined(pieces: Iterable<string>): string {
  return [...pieces].join('');
}

test('merged stacks as text', () => {
  const { set } = side([...reportsBefore(), ...reportsBefore().slice(1)], undefined, STACKS);
  const text = joined(stacksText(set, EVERY, READING));
  assert.doesNotMatch(text, UNSAFE);
  assertGolden('stacks.txt', text);
});

test('merged stacks as JSON', () => {
  const { set } = side(reportsBefore(), undefined, STACKS);
  const text = joined(stacksJson(set, EVERY, READING));
  assert.equal(text, `${JSON.stringify(JSON.parse(text), null, 2)}\n`);
  assertGolden('stacks.json', text);
});

test('differences as text', () => {
  const [before, after] = bothSides();
  const text = joined(
    diffText(before, after, diffSets(before.set, after.set, { internal: false }), Infinity),
  );
  assert.doesNotMatch(text, UNSAFE);
  assertGolden('diff.txt', text);
});

test('differences as JSON', () => {
  const [before, after] = bothSides();
  const text = joined(
    diffJson(before, after, diffSets(before.set, after.set, { internal: false }), Infinity),
  );
  assert.equal(text, `${JSON.stringify(JSON.parse(text), null, 2)}\n`);
  assertGolden('diff.json', text);
});

test('nothing to show', () => {
  const empty = side([savedReport({ threads: [] })], undefined, STACKS);
  assert.equal(
    joined(stacksText(empty.set, EVERY, CLEAN))
      .split('\n')
      .at(-2),
    'stacks = 0, of 0 kinds',
  );
  const merged = JSON.parse(joined(stacksJson(empty.set, EVERY, CLEAN))) as { groups: unknown };
  assert.deepEqual(merged.groups, []);
  const none = diffSets(empty.set, empty.set, { internal: false });
  const difference = JSON.parse(joined(diffJson(empty, empty, none, Infinity))) as { stacks: unknown };
  assert.deepEqual(difference.stacks, []);
});

test('a limit is for each kind of change, and says what it left out', () => {
  const before = side(reportsBefore());
  const after = side([], before.set.frames);
  after.set.add(savedReport({ threads: [], green: [], settings: {} }));
  const difference = diffSets(before.set, after.set, { internal: false });
  const text = joined(diffText(before, after, difference, 1));
  assert.match(text, /^stacks = 0 appeared, 5 went, 0 grew, 0 shrank$/m);
  assert.match(text, /^left out = 4 kinds$/m);
  const data = JSON.parse(joined(diffJson(before, after, difference, 1))) as { stacks: unknown[] };
  assert.equal(data.stacks.length, 1);
});
