import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Report } from '#src/report/schema.js';
import { green, savedReport, thread } from '../support/saved-report.js';
import { folderOf, guru } from './support.js';

const json = (report: Report): string => JSON.stringify(report);
const before = savedReport({
  threads: [thread('f')],
  green: [green('g', 3)],
  settings: { api: { port: 1 } },
});
const after = savedReport({ threads: [thread('f')], green: [green('g', 5)], settings: { api: { port: 2 } } });

test('no differences: 0; differences: 1; files, directories, standard input', async (t) => {
  const folder = folderOf(t, {
    'a/x.json': json(before),
    'b/y.json': json(after),
    'c/z.log': `x\n${json(before)}`,
  });
  const [a, b, c] = ['a', 'b', 'c'].map((name) => join(folder, name)) as [string, string, string];
  assert.equal((await guru(['diff', a, c])).code, 0);
  assert.equal((await guru(['diff', a, '-'], { stdin: json(before) })).code, 0);
  const { code, stdout, stderr } = await guru(['diff', a, b]);
  assert.deepEqual([code, stderr], [1, '']);
  assert.match(stdout, /^stacks = 0 appeared, 0 went, 1 grew, 0 shrank$/m);
  assert.match(stdout, /^------ +Green Thread x 3 -> 5 +------\n\/srv\/a\.js:1 in g$/m);
  assert.match(stdout, /^- api\.port = 1\n\+ api\.port = 2$/m);
  assert.equal((await guru(['diff', '-', b], { stdin: json(before) })).stdout, stdout);
});

test('sets of several files', async (t) => {
  const folder = folderOf(t, {
    a1: json(before),
    a2: json({ ...before, generatedAt: '2026-01-02T04:00:00.000Z' }),
    b1: json(after),
  });
  const at = (name: string): string => join(folder, name);
  const greedy = await guru(['diff', '-f', 'json', '--before', at('a1'), at('a2'), '--after', at('b1')]);
  const repeated = await guru([
    'diff',
    '-f',
    'json',
    '--before',
    at('a1'),
    '--before',
    at('a2'),
    '--after',
    at('b1'),
  ]);
  assert.equal(greedy.code, 1);
  assert.equal(greedy.stdout, repeated.stdout);
  const data = JSON.parse(greedy.stdout) as { before: { reports: number }; stacks: unknown };
  assert.equal(data.before.reports, 2);
  assert.deepEqual(data.stacks, [
    {
      change: 'grew',
      kind: 'greenThread',
      before: { count: 6, awaiting: 6, reports: 2 },
      after: { count: 5, awaiting: 5, reports: 1 },
      frames: [{ function: 'g', file: '/srv/a.js', line: 1, column: 5 }],
    },
  ]);
});

test('only what is asked for', async (t) => {
  const folder = folderOf(t, { a: json(before), b: json(after) });
  const run = (option: string) => guru(['diff', option, join(folder, 'a'), join(folder, 'b')]);
  assert.equal((await run('--threads')).code, 0);
  assert.equal((await run('--settings')).code, 1);
  assert.doesNotMatch((await run('--settings')).stdout, /Stacks/);
  assert.equal((await run('--green-threads')).code, 1);
  assert.doesNotMatch((await run('--green-threads')).stdout, /Settings/);
});

test('half of a comparison is none', async (t) => {
  const folder = folderOf(t, { a: json(before), 'notes.txt': 'x' });
  const a = join(folder, 'a');
  for (const args of [
    [a, join(folder, 'missing')],
    [join(folder, 'notes.txt'), a],
    ['--before', a, '--after', a, join(folder, 'missing')],
  ]) {
    const { code, stdout, stderr } = await guru(['diff', ...args]);
    assert.deepEqual([code, stdout], [2, ''], args.join(' '));
    assert.match(stderr, /^guru: .*(?:cannot be read: no such file|no report in it)[^\n]*\n$/);
  }
});
