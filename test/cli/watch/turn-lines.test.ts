import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitColumns } from '#src/cli/watch/fit-columns.js';
import { makeTurn } from '#src/cli/watch/turn.js';
import { wholeLines, windowLines } from '#src/cli/watch/turn-lines.js';
import type { Frame, GreenThreadGroup } from '#src/report/schema.js';
import { frames, green, savedReport, thread } from '../../support/saved-report.js';

const BEFORE = savedReport({
  at: '2026-01-02T03:04:05.000Z',
  threads: [thread('main:1')],
  green: [green('f:1', 3), green('gone:2', 40)],
});
const NOW = savedReport({
  at: '2026-01-02T03:04:07.000Z',
  threads: [thread('main:1')],
  green: [green('f:1', 50, { waitsFor: 'timer: 10 ms' }), green('new:9', 20, { abandoned: true })],
});
const WIDE = { columns: 200, rows: 50 };

function many(count: number, depth: number): GreenThreadGroup[] {
  const stack = (i: number) => Array.from({ length: depth }, (_, n) => `f${i}:${n + 1}`).join(' ');
  return Array.from({ length: count }, (_, i) => green(stack(i), count - i));
}

function texts(lines: readonly { text: string }[]): string[] {
  return lines.map(({ text }) => text);
}

test('a window that has room for all', () => {
  const lines = windowLines(makeTurn(2, NOW, BEFORE), 2, WIDE);
  assert.deepEqual(texts(lines), [
    'mogan-api, process 1 on rack1, Node.js v20.20.2',
    'turn 2, every 2 s = 2026-01-02T03:04:07.000Z',
    'stacks = 71, of 3 kinds; 1 new, 1 gone, 1 grew',
    'threads = main: running',
    '',
    '   50 +47       Green Thread, waits for timer: 10 ms',
    '    /srv/a.js:1 in f',
    '    0 -40 gone  Green Thread',
    '    /srv/a.js:2 in gone',
    '   20 +20 new   Green Thread, abandoned',
    '    /srv/a.js:9 in new',
    '    1           Thread, main, running',
    '    /srv/a.js:1 in main',
  ]);
  assert.deepEqual(
    lines.filter(({ kind }) => kind !== 'head' && kind !== 'frame').map(({ kind }) => kind),
    ['grew', 'shrank', 'grew', 'group'],
  );
});

test('no window is overrun, whatever its size; what has no room is counted', () => {
  for (const [kinds, depth] of [
    [0, 0],
    [1, 40],
    [2, 3],
    [30, 4],
    [500, 30],
  ] as const) {
    const turn = makeTurn(1, savedReport({ green: many(kinds, depth) }), null, [
      'one',
      'two',
      'three',
      'four',
    ]);
    for (let rows = 1; rows < 60; rows++) {
      for (const columns of [1, 2, 20, 80]) {
        const lines = windowLines(turn, 2, { columns, rows });
        assert.ok(lines.length <= rows, `${lines.length} lines in ${rows} rows`);
        for (const { text } of lines) assert.ok(text.length <= columns, text);
      }
      const lines = texts(windowLines(turn, 2, { columns: 80, rows }));
      const shown = lines.filter((line) => line.includes('Green Thread')).length;
      const rest = / (\d+) kinds? more /.exec(lines.at(-1) ?? '')?.[1] ?? '0';
      if (rows > 10) assert.equal(shown + Number(rest), kinds, lines.join('\n'));
      if (rows > 10 && kinds > 0) assert.ok(shown > 0);
      // The largest are those that are shown.
      if (shown > 0) assert.ok(lines.some((line) => line.trimStart().startsWith(`${kinds} `)));
    }
  }
});

test('stacks are cut before groups are left out', () => {
  const turn = makeTurn(1, savedReport({ green: many(4, 15) }), null);
  const lines = texts(windowLines(turn, 2, { columns: 80, rows: 4 + 4 * 6 }));
  assert.equal(lines.filter((line) => line.includes('Green Thread')).length, 4);
  assert.equal(lines.filter((line) => line === '    … 11 more lines').length, 4);
});

test("Node's own frames are left out where there are others; what awaits is set back", () => {
  const [inner, internal]: [Frame, Frame] = [frames('f:1')[0]!, { ...frames('node:2')[0]!, internal: true }];
  const group = (stack: Frame[]) =>
    green('x:1', 2, { frames: stack, awaitedBy: [{ count: 3, frames: frames('g:2') }] });
  const lines = (stack: Frame[]): string[] =>
    texts(windowLines(makeTurn(1, savedReport({ green: [group(stack)] }), null), 2, WIDE)).slice(4);
  assert.deepEqual(lines([inner, internal]), [
    '    2           Green Thread, awaited by 6',
    '    /srv/a.js:1 in f',
    '    awaited by 6:',
    '      /srv/a.js:2 in g',
  ]);
  assert.ok(lines([internal]).includes('      (node) /srv/a.js:2 in node'));
});

test('where a frame is too long, its directory is left out', () => {
  const turn = makeTurn(1, savedReport({ green: [green('functionName:1')] }), null);
  assert.equal(
    windowLines(turn, 2, { columns: 31, rows: 9 }).at(-1)?.text,
    '    /srv/a.js:1 in functionName',
  );
  assert.equal(windowLines(turn, 2, { columns: 30, rows: 9 }).at(-1)?.text, '    …/a.js:1 in functionName');
});

test('in a pipe: all of it, with source lines', () => {
  const [frame] = frames('f:1');
  const group = green('x:1', 1, { frames: [{ ...frame!, sourceLine: 'await it;' }] });
  const lines = texts(wholeLines(makeTurn(1, savedReport({ green: [group, ...many(100, 30)] }), null), 2));
  assert.ok(lines.includes('        `await it;`'));
  assert.equal(lines.filter((line) => line.includes('Green Thread')).length, 101);
});

test('nothing in a report can act on the terminal', () => {
  const evil = '\x1b[2J\r\n\u202e';
  const report = savedReport({
    service: evil,
    threads: [thread('main:1', { name: evil, state: 'running' })],
    green: [green(`f${evil.replace(' ', '')}:1`, 1, { waitsFor: evil, label: evil })],
  });
  const turn = makeTurn(1, report, null, [evil]);
  for (const { text } of [...windowLines(turn, 2, WIDE), ...wholeLines(turn, 2)])
    assert.doesNotMatch(text, /[\x00-\x1f\x7f-\x9f\u202e]/);
});

test('lines are cut by columns, not by characters', () => {
  assert.equal(fitColumns('abcdef', 6), 'abcdef');
  assert.equal(fitColumns('abcdefg', 6), 'abcde…');
  assert.equal(fitColumns('漢字漢字', 8), '漢字漢字');
  assert.equal(fitColumns('漢字漢字', 7), '漢字漢…');
  assert.equal(fitColumns('漢字漢字', 6), '漢字…');
  assert.equal(fitColumns('e\u0301e\u0301', 2), 'e\u0301e\u0301');
  assert.equal(fitColumns('a\tb', 3), 'a b');
  assert.equal(fitColumns('ab', 1), '…');
  assert.equal(fitColumns('a', 0), '');
  assert.equal(fitColumns('a'.repeat(500), Infinity).length, 500);
});
