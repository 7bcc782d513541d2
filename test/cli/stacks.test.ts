import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { green, savedReport, thread } from '../support/saved-report.js';
import { folderOf, guru } from './support.js';

const json = (report: object): string => JSON.stringify(report);
const one = savedReport({
  pid: 1,
  threads: [thread('main:1')],
  green: [green('f:1 g:2', 3), green('h:3', 1)],
});
const two = savedReport({ pid: 2, host: 'rack2', threads: [thread('main:1')], green: [green('f:1 g:2', 4)] });
const three = savedReport({ pid: 3, host: 'rack2', green: [green('n:1', 2, { internal: true })] });

interface Merged {
  reports: number;
  duplicates: number;
  processes: number;
  hosts: number;
  reading: { sources: number; withoutReport: number; skippedLines: number; problems: string[] };
  groups: {
    kind: string;
    count: number;
    hosts: { hostname: string; count: number }[];
    frames: { function: string }[];
  }[];
}

async function merged(args: string[], stdin = ''): Promise<Merged> {
  const { stdout, stderr } = await guru(['stacks', '-f', 'json', ...args], { stdin });
  assert.ok(stdout, stderr);
  return JSON.parse(stdout) as Merged;
}

function groups({ groups }: Merged): string[] {
  return groups.map(
    ({ kind, count, frames }) => `${count} ${kind} ${frames.map((frame) => frame.function).join(' ')}`,
  );
}

test('files, directories, logs and standard input come together', async (t) => {
  const folder = folderOf(t, {
    'a/one_gurumeditation_20260102030405_1.json': JSON.stringify(one, null, 2),
    'a/deep/api.log': `started\n${json(two)}\nmore\n`,
    'notes.txt': 'nothing\n',
    'three.json': json(three),
  });
  const result = await merged(
    [join(folder, 'a'), join(folder, 'notes.txt'), join(folder, 'three.json'), '-'],
    json(one),
  );
  assert.deepEqual([result.reports, result.duplicates, result.processes, result.hosts], [3, 1, 3, 2]);
  assert.deepEqual(result.reading, {
    sources: 5,
    withoutReport: 1,
    unreadableReports: 0,
    skippedLines: 2,
    problems: [`${join(folder, 'notes.txt')}: no report in it (1 line)`],
  });
  assert.deepEqual(groups(result), ['7 greenThread f g', '2 thread main', '1 greenThread h']);
  assert.deepEqual(result.groups[0]?.hosts, [
    { hostname: 'rack2', count: 4 },
    { hostname: 'rack1', count: 3 },
  ]);
});

test('which groups are shown', async () => {
  const stdin = [one, two, three].map(json).join('\n');
  const shown = async (...args: string[]): Promise<string[]> => groups(await merged([...args, '-'], stdin));
  const [f, main, h, n] = ['7 greenThread f g', '2 thread main', '1 greenThread h', '2 greenThread n'];
  assert.deepEqual(await shown('--limit', '1'), [f]);
  assert.deepEqual(await shown('--min-count', '2'), [f, main]);
  assert.deepEqual(await shown('--threads'), [main]);
  assert.deepEqual(await shown('--green-threads'), [f, h]);
  assert.deepEqual(await shown('--threads', '--green-threads'), [f, main, h]);
  assert.deepEqual(await shown('--internal'), [f, main, n, h]);
});

test('as text, without colour and progress in a pipe', async () => {
  const { code, stdout, stderr } = await guru(['stacks', '-'], { stdin: `x\n${json(one)}\n${json(two)}` });
  assert.deepEqual([code, stderr], [0, '']);
  assert.ok(!stdout.includes('\x1b'));
  assert.match(stdout, /^====  +Merged Stacks  +====$/m);
  assert.match(stdout, /^reports = 2 reports of 2 processes on 2 hosts$/m);
  assert.match(stdout, /^skipped = 1 line that is no report$/m);
  assert.match(
    stdout,
    /^------ +Green Thread x 7 +------\nin = 2 reports\nhosts = rack2 \(4\), rack1 \(3\)$/m,
  );
  assert.match(stdout, /^\/srv\/a\.js:1 in f\n\/srv\/a\.js:2 in g$/m);
});

test('what cannot be read is told; what there is, is merged', async (t) => {
  const files = Object.fromEntries(
    Array.from({ length: 13 }, (_, i) => [`${String.fromCodePoint(97 + i)}.txt`, 'x']),
  );
  const folder = folderOf(t, {
    ...files,
    'z.json': json(one),
    'z.log': `\n${json({ ...two, schemaVersion: 7 })}\n`,
  });
  const missing = join(folder, 'missing');
  const { code, stdout, stderr } = await guru(['stacks', missing, folder]);
  assert.equal(code, 2);
  assert.match(stdout, /^skipped = 13 files without a report, 1 report that cannot be read$/m);
  const lines = stderr.trimEnd().split('\n');
  assert.equal(lines[0], `guru: ${missing}: cannot be read: no such file or directory (ENOENT)`);
  assert.equal(lines[1], `guru: ${folder}/a.txt: no report in it (1 line)`);
  assert.equal(lines.length, 12);
  assert.equal(lines.at(-1), 'guru: and 4 more of the kind');
  const alone = await guru(['stacks', join(folder, 'z.log')]);
  assert.deepEqual(alone, {
    code: 2,
    signal: null,
    stdout: '',
    stderr: `guru: ${folder}/z.log:2: not a report of guru-meditation: its schemaVersion is 7, and only 1 can be read\n`,
  });
});
