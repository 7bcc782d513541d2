import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReportSet } from '#src/merge/report-set.js';
import { type Selection, selectGroups } from '#src/merge/select-groups.js';
import { mergedBranch, outerCount } from '#src/merge/stack-tree.js';
import type { GreenThreadGroup, Report } from '#src/report/schema.js';
import { Random } from '../support/random.js';
import { frames, green, savedReport, thread } from '../support/saved-report.js';

const SEED = 20260102;
const ALL = { threads: true, greenThreads: true, settings: true };
const EVERY: Selection = { limit: Infinity, minCount: 1, internal: false };

function merge(reports: readonly Report[]): ReportSet {
  const set = new ReportSet(ALL);
  for (const report of reports) set.add(report);
  return set;
}

/** `COUNT FUNCTIONS`, the largest first. */
function groups(set: ReportSet, selection: Partial<Selection> = {}): string[] {
  return selectGroups(set.stacks.groups.values(), { ...EVERY, ...selection }, set.frames).shown.map(
    ({ kind, tree }) =>
      `${tree.count} ${kind} ${tree.frames.map((number) => set.frames.frame(number).function).join(' ')}`,
  );
}

test('counts of green threads add up, over reports and within one', () => {
  const set = merge([
    savedReport({ pid: 1, green: [green('f g', 3), green('h', 2), green('f g', 1, { threadId: 1 })] }),
    savedReport({ pid: 2, green: [green('f g', 10)] }),
  ]);
  assert.deepEqual(groups(set), ['14 greenThread f g', '2 greenThread h']);
});

test('each thread with frames counts one; those without, and the sentinel, none', () => {
  const set = merge([
    savedReport({
      threads: [
        thread('f'),
        thread('f', { kind: 'worker' }),
        thread('s', { kind: 'sentinel' }),
        { ...thread('x'), frames: [] },
      ],
    }),
  ]);
  assert.deepEqual(groups(set), ['2 thread f']);
  const [group] = set.stacks.groups.values();
  assert.deepEqual(group?.threadKinds.entries(), [
    ['main', 1],
    ['worker', 1],
  ]);
});

test('a thread and a green thread with the same frames are different things', () => {
  assert.deepEqual(groups(merge([savedReport({ threads: [thread('f')], green: [green('f')] })])), [
    '1 thread f',
    '1 greenThread f',
  ]);
});

test('an abandoned green thread is another one than one that can go on', () => {
  const set = merge([savedReport({ green: [green('f', 2), green('f', 3, { abandoned: true })] })]);
  assert.deepEqual(groups(set), ['3 greenThread f', '2 greenThread f']);
  assert.deepEqual(
    [...set.stacks.groups.values()].map(({ abandoned }) => abandoned),
    [false, true],
  );
});

test('function, file, line and column make a frame; source text does not', () => {
  const [base] = frames('f:3');
  assert.ok(base);
  const variants = [
    base,
    { ...base, sourceLine: 'await g();' },
    { ...base, function: 'g' },
    { ...base, file: '/srv/b.js' },
    { ...base, line: 4 },
    { ...base, line: null },
    { ...base, column: 6 },
  ];
  const set = merge([
    savedReport({ green: variants.map((frame) => ({ count: 1, threadId: 0, frames: [frame] })) }),
  ]);
  assert.equal(set.stacks.groups.size, variants.length - 1);
  const largest = selectGroups(set.stacks.groups.values(), EVERY, set.frames).shown[0];
  assert.ok(largest);
  assert.deepEqual(mergedBranch(largest.tree, set.frames), {
    count: 2,
    frames: [{ ...base, sourceLine: 'await g();' }],
  });
});

test('what awaits the last frame is part of the stack, its order and counts are not; those add up', () => {
  const one = green('shared', 2, {
    awaitedBy: [{ count: 3, frames: frames('first') }, { frames: frames('second') }],
  });
  const other = green('shared', 1, {
    awaitedBy: [{ frames: frames('second') }, { count: 5, frames: frames('first') }],
  });
  const different = green('shared', 1, { awaitedBy: [{ frames: frames('second') }] });
  const repeated = green('shared', 1, { awaitedBy: [{ frames: frames('second'), repeated: true }] });
  const set = merge([savedReport({ green: [one, other, different, repeated] })]);
  assert.equal(set.stacks.groups.size, 3);
  const [group] = set.stacks.groups.values();
  assert.ok(group);
  assert.equal(outerCount(group.tree), 14);
  assert.deepEqual(mergedBranch(group.tree, set.frames), {
    count: 3,
    frames: frames('shared'),
    awaitedBy: [
      { count: 11, frames: frames('first') },
      { count: 3, frames: frames('second') },
    ],
  });
});

test('branches that differ only in counts further out become one', () => {
  const branch = (count: number) => ({
    frames: frames('a'),
    awaitedBy: [{ count, frames: frames('b') }, { frames: frames('c') }],
  });
  const set = merge([savedReport({ green: [green('f', 1, { awaitedBy: [branch(2), branch(3)] })] })]);
  const [group] = set.stacks.groups.values();
  assert.ok(group);
  assert.deepEqual(mergedBranch(group.tree, set.frames).awaitedBy, [
    {
      count: 2,
      frames: frames('a'),
      awaitedBy: [
        { count: 5, frames: frames('b') },
        { count: 2, frames: frames('c') },
      ],
    },
  ]);
});

test('the same report given twice counts once', () => {
  const report = savedReport({ green: [green('f')] });
  const set = merge([report, report, savedReport({ green: [green('f')], at: '2026-01-02T03:04:06.678Z' })]);
  assert.equal(set.reports, 2);
  assert.equal(set.duplicates, 1);
  assert.deepEqual(groups(set), ['2 greenThread f']);
  assert.deepEqual([set.first, set.last], ['2026-01-02T03:04:05.678Z', '2026-01-02T03:04:06.678Z']);
  for (const other of [{ pid: 2 }, { host: 'rack2' }]) {
    assert.equal(merge([report, savedReport({ ...other, green: [green('f')] })]).reports, 2);
  }
});

test('what members wait for and serve is counted, at most fifty different', () => {
  const members = Array.from({ length: 60 }, (_, i) => ({ label: `req-${i}`, waitsFor: 'timer' }));
  const set = merge([
    savedReport({
      green: [
        green('f', 60, { label: 'req-0', waitsFor: 'timer', members }),
        green('f', 7, { waitsFor: 'read' }),
      ],
    }),
  ]);
  const [group] = set.stacks.groups.values();
  assert.deepEqual(group?.waitsFor.entries(), [
    ['timer', 60],
    ['read', 7],
  ]);
  assert.equal(group?.labels.entries().length, 50);
  assert.equal(group?.labels.others, 10);
});

test('what is left out is said: by number, by count, as internal', () => {
  const set = merge([
    savedReport({ green: [green('a', 9), green('b', 5), green('c', 1), green('n', 4, { internal: true })] }),
  ]);
  const select = (selection: Partial<Selection>) =>
    selectGroups(set.stacks.groups.values(), { ...EVERY, ...selection }, set.frames);
  assert.deepEqual(groups(set), ['9 greenThread a', '5 greenThread b', '1 greenThread c']);
  assert.deepEqual(groups(set, { internal: true, limit: 3 }), [
    '9 greenThread a',
    '5 greenThread b',
    '4 greenThread n',
  ]);
  assert.deepEqual(groups(set, { minCount: 5 }), ['9 greenThread a', '5 greenThread b']);
  const { total, left, internal } = select({ limit: 1 });
  assert.deepEqual(
    { total, left, internal },
    {
      total: { kinds: 4, stacks: 19 },
      left: { kinds: 2, stacks: 6 },
      internal: { kinds: 1, stacks: 4 },
    },
  );
});

test('counts that are none count one', () => {
  const counts = [0, -3, 1.5, 1e300];
  assert.deepEqual(groups(merge([savedReport({ green: counts.map((count) => green('f', count)) })])), [
    '4 greenThread f',
  ]);
});

test('random reports: the same as grouping by the text of all stacks, in any order', () => {
  const random = new Random(SEED);
  for (let run = 0; run < 30; run++) {
    const reports = Array.from({ length: 12 }, (_, pid) =>
      savedReport({ pid, green: Array.from({ length: random.below(8) }, () => randomGroup(random)) }),
    );
    const expected = new Map<string, number>();
    for (const { sections } of reports) {
      for (const section of sections) {
        if (section.kind !== 'greenThreads') continue;
        for (const group of section.model?.groups ?? []) {
          const key = shapeOf(group);
          expected.set(key, (expected.get(key) ?? 0) + group.count);
        }
      }
    }
    const set = merge(reports);
    const merged = [...set.stacks.groups.values()];
    const actual = new Map(merged.map(({ tree }) => [shapeOf(mergedBranch(tree, set.frames)), tree.count]));
    assert.equal(actual.size, merged.length);
    assert.deepEqual(actual, expected);
    assert.deepEqual(allOf(merge([...reports].reverse())), allOf(set));
  }
});

/** Everything that is shown, in its order. */
function allOf(set: ReportSet): unknown {
  const { shown } = selectGroups(set.stacks.groups.values(), EVERY, set.frames);
  return shown.map(({ tree, reports }) => [reports, mergedBranch(tree, set.frames)]);
}

function randomGroup(random: Random): GreenThreadGroup {
  return { count: 1 + random.below(5), threadId: 0, ...randomBranch(random, 2) };
}

function randomBranch(random: Random, depth: number): Pick<GreenThreadGroup, 'frames' | 'awaitedBy'> {
  const names = Array.from({ length: 1 + random.below(2) }, () => random.pick(['f', 'g', 'h']));
  const branch = { frames: frames(names.join(' ')) };
  if (depth === 0 || random.below(2) === 0) return branch;
  const awaitedBy = Array.from({ length: 1 + random.below(3) }, () => ({
    ...(random.below(2) === 0 ? {} : { count: 1 + random.below(4) }),
    ...randomBranch(random, depth - 1),
  }));
  return { ...branch, awaitedBy };
}

/** Written apart from the merger: names, and the set of what awaits them. */
function shapeOf({ frames, awaitedBy = [] }: Pick<GreenThreadGroup, 'frames' | 'awaitedBy'>): string {
  const branches = [...new Set(awaitedBy.map(shapeOf))].sort();
  return `${frames.map((frame) => frame.function).join('<')}[${branches.join('|')}]`;
}
