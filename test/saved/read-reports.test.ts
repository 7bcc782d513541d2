import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { STDIN } from '#src/saved/list-files.js';
import { type Reading, readReports } from '#src/saved/read-reports.js';
import { writeReportFile } from '#src/sinks/file.js';
import { renderReport } from '#src/views/render.js';
import { savedReport } from '../support/saved-report.js';

const json = (pid: number): string => JSON.stringify(savedReport({ pid }));

function folder(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'guru-saved-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function read(paths: readonly string[], stdin = ''): Promise<Reading[]> {
  const readings: Reading[] = [];
  async function* input(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(stdin);
  }
  for await (const reading of readReports(paths, { stdin: input() })) {
    if (reading.kind !== 'progress') readings.push(reading);
  }
  return readings;
}

function pids(readings: readonly Reading[]): number[] {
  return readings.flatMap((reading) => (reading.kind === 'report' ? [reading.report.process.pid] : []));
}

test('files, in the order in which they are named, each once', async (t) => {
  const directory = folder(t);
  const [a, b] = [join(directory, 'a'), join(directory, 'b')];
  writeFileSync(a, json(1));
  writeFileSync(b, `x\n${json(2)}\n${json(3)}`);
  const readings = await read([b, a, b]);
  assert.deepEqual(pids(readings), [2, 3, 1]);
  assert.deepEqual(
    readings.filter(({ kind }) => kind === 'end'),
    [
      { kind: 'end', source: b, reports: 2, skippedLines: 1 },
      { kind: 'end', source: a, reports: 1, skippedLines: 0 },
    ],
  );
});

test('directories: what log_dir wrote, whatever is in folders below, sorted; nothing hidden', async (t) => {
  const directory = folder(t);
  const at = new Date('2026-01-02T03:04:05.678Z');
  for (const pid of [2, 1]) {
    const file = { logDir: directory, serviceName: 'mogan-api', pid, at, format: 'json' } as const;
    writeReportFile(file, renderReport(savedReport({ pid }), 'json'));
  }
  mkdirSync(join(directory, 'z/deep'), { recursive: true });
  mkdirSync(join(directory, '.hidden'));
  writeFileSync(join(directory, 'z/deep/any.name'), json(3));
  writeFileSync(join(directory, '.mogan-api.tmp'), json(4));
  writeFileSync(join(directory, '.hidden/x.json'), json(5));
  symlinkSync('..', join(directory, 'z/loop'));
  symlinkSync('z/deep/any.name', join(directory, 'zz'));
  symlinkSync('nowhere', join(directory, 'dangling'));
  const readings = await read([directory]);
  assert.deepEqual(pids(readings), [1, 2, 3, 3]);
  assert.deepEqual(
    readings.filter(({ kind }) => kind === 'unreadable'),
    [
      {
        kind: 'unreadable',
        source: join(directory, 'dangling'),
        named: false,
        reason: 'no such file or directory (ENOENT)',
      },
    ],
  );
});

test('standard input', async () => {
  const readings = await read([STDIN], `${json(1)}\n`);
  assert.deepEqual(pids(readings), [1]);
  assert.deepEqual(readings.at(-1), { kind: 'end', source: 'standard input', reports: 1, skippedLines: 0 });
});

test('sources without a report are named; other views are recognised', async (t) => {
  const directory = folder(t);
  writeFileSync(join(directory, 'a'), 'one\ntwo\n');
  writeFileSync(join(directory, 'b'), renderReport(savedReport({}), 'text'));
  writeFileSync(join(directory, 'c'), renderReport(savedReport({}), 'xml'));
  writeFileSync(join(directory, 'd'), '');
  const problems = (await read([directory])).filter((reading) => reading.kind === 'problem');
  const other = 'only reports in JSON can be read, and this may be one in another view';
  assert.deepEqual(
    problems.map(({ reason, line }) => [reason, line]),
    [
      ['no report in it (2 lines)', null],
      [other, null],
      [other, null],
      ['no report in it (0 lines)', null],
    ],
  );
});

test('what cannot be read is told, and the rest is read', async (t) => {
  const directory = folder(t);
  const [missing, there] = [join(directory, 'missing'), join(directory, 'there')];
  writeFileSync(there, json(1));
  const readings = await read([missing, there]);
  assert.deepEqual(readings[0], {
    kind: 'unreadable',
    source: missing,
    named: true,
    reason: 'no such file or directory (ENOENT)',
  });
  assert.deepEqual(pids(readings), [1]);
});
