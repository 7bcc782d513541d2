import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeTurn, type Turn, withLastKnown } from '#src/cli/watch/turn.js';
import { turnJson } from '#src/cli/watch/turn-json.js';
import type { GreenThreadGroup, Report, Thread } from '#src/report/schema.js';
import { frames, green, savedReport, thread } from '../../support/saved-report.js';

let seconds = 0;

function report(parts: { threads?: Thread[]; green?: GreenThreadGroup[] }): Report {
  return savedReport({ ...parts, at: `2026-01-02T03:04:${String(seconds++ % 60).padStart(2, '0')}.000Z` });
}

function summary({ groups }: Turn): string[] {
  return groups.map(
    ({ change, before, now, group }) => `${group.key[0]} ${before.count}->${now.count} ${change}`,
  );
}

test('the first turn has nothing to be compared with', () => {
  const turn = makeTurn(1, report({ threads: [thread('main:1')], green: [green('f:1', 3)] }), null);
  assert.deepEqual(summary(turn), ['g 0->3 null', 't 0->1 null']);
  assert.deepEqual(turn.threads, ['main: running']);
});

test('new, gone, grew, shrank, the same: the largest first, and what went in its place', () => {
  const before = report({
    threads: [thread('main:1')],
    green: [green('f:1', 3), green('gone:2', 40), green('less:3', 9), green('same:4', 2)],
  });
  const now = report({
    threads: [thread('other:1')],
    green: [green('f:1', 50), green('new:9', 20), green('less:3', 8), green('same:4', 2)],
  });
  assert.deepEqual(summary(makeTurn(2, now, before)), [
    'g 3->50 grew',
    'g 40->0 went',
    'g 0->20 appeared',
    'g 9->8 shrank',
    'g 2->2 same',
    't 1->0 went',
    't 0->1 appeared',
  ]);
});

test('that more wait for a stack is a growth', () => {
  const waiting = (count: number) => [green('f:1', 1, { awaitedBy: [{ count, frames: frames('g:2') }] })];
  const [grew] = makeTurn(2, report({ green: waiting(50) }), report({ green: waiting(5) })).groups;
  assert.deepEqual(
    [grew?.change, grew?.before.awaiting, grew?.now.awaiting, grew?.now.count],
    ['grew', 5, 50, 1],
  );
});

test("Node's own are only counted, also when they go", () => {
  const own = report({ green: [green('n:1', 2, { internal: true }), green('f:1')] });
  const turn = makeTurn(2, own, own);
  assert.deepEqual([summary(turn), turn.internal], [['g 1->1 same'], 1]);
  assert.deepEqual(summary(makeTurn(2, report({ green: [green('f:1')] }), own)), ['g 1->1 same']);
});

test('a section that is missing for a turn is compared with the last that was there', () => {
  const first = report({ threads: [thread('main:1')], green: [green('f:1', 3)] });
  const second = report({ threads: [thread('main:1')] });
  second.sections.push({
    title: 'Green Threads',
    kind: 'greenThreads',
    status: 'skipped',
    reason: 'no time',
    durationMs: 1,
    model: null,
  });
  const turn = makeTurn(2, second, first);
  assert.deepEqual(summary(turn), ['t 1->1 same']);
  assert.deepEqual(turn.notes, ['Green Threads: skipped: no time']);
  const third = report({ threads: [thread('main:1')], green: [green('f:1', 5)] });
  const known = withLastKnown(second, first);
  assert.deepEqual(summary(makeTurn(3, third, known)), ['g 3->5 grew', 't 1->1 same']);
  assert.deepEqual(summary(makeTurn(3, third, second)), ['g 0->5 null', 't 1->1 same']);
});

test('a line of JSON has the stacks and what has changed', () => {
  const before = report({ green: [green('f:1 g:2', 3)] });
  const now = report({ green: [green('f:1 g:2', 5, { waitsFor: 'timer: 10 ms' })] });
  const text = turnJson(makeTurn(2, now, before, ['a note']));
  assert.equal(text.indexOf('\n'), text.length - 1);
  const { groups, ...head } = JSON.parse(text) as { groups: object[] };
  assert.deepEqual(head, {
    turn: 2,
    generatedAt: now.generatedAt,
    process: now.process,
    threads: [],
    notes: ['a note'],
    internal: 0,
  });
  assert.deepEqual(groups, [
    {
      kind: 'greenThread',
      change: 'grew',
      count: 5,
      before: 3,
      awaiting: 5,
      awaitingBefore: 3,
      waitsFor: [{ text: 'timer: 10 ms', count: 5 }],
      frames: frames('f:1 g:2'),
    },
  ]);
});
