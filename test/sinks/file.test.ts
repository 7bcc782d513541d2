import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { basename, join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { GuruError } from '#src/report/error.js';
import { fileNamePart, writeReportFile, type FileSystemCalls, type ReportFile } from '#src/sinks/file.js';
import { temporaryDirectory } from './writer-app.js';

const TEXT = 'a report\n';
const NAME = 'mogan-api_gurumeditation_20240229235958_8675';
const posixOnly = process.platform === 'win32' ? { skip: 'Windows has no modes' } : {};

function reportIn(logDir: string, changes: Partial<ReportFile> = {}): ReportFile {
  const at = new Date('2024-02-29T23:59:58.987Z');
  return { logDir, serviceName: 'mogan-api', pid: 8675, at, format: 'text', ...changes };
}

/** A file system without hard links: what link(2) says on FAT. */
const noLinks: FileSystemCalls = {
  link() {
    throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM', errno: -1 });
  },
};

const ways: [string, FileSystemCalls | undefined][] = [
  ['with hard links', undefined],
  ['without hard links', noLinks],
];

for (const [way, calls] of ways) {
  describe(`a report file, ${way}`, () => {
    const write = (file: ReportFile, text = TEXT): string => writeReportFile(file, text, calls);

    test('is named after the service, the time in UTC, the process and the format', (t) => {
      const logDir = temporaryDirectory(t);
      const paths = (['text', 'json', 'xml'] as const).map((format) => write(reportIn(logDir, { format })));
      assert.deepEqual(paths, [
        join(logDir, NAME),
        join(logDir, `${NAME}.json`),
        join(logDir, `${NAME}.xml`),
      ]);
      assert.deepEqual(fs.readdirSync(logDir).sort(), [NAME, `${NAME}.json`, `${NAME}.xml`]);
      for (const path of paths) assert.equal(fs.readFileSync(path, 'utf8'), TEXT);
    });

    test('has a number when the name is taken', (t) => {
      const logDir = temporaryDirectory(t);
      const file = reportIn(logDir, { format: 'xml' });
      const names = [1, 2, 3].map((n) => basename(write(file, `report ${n}`)));
      assert.deepEqual(names, [`${NAME}.xml`, `${NAME}_1.xml`, `${NAME}_2.xml`]);
      assert.equal(fs.readFileSync(join(logDir, `${NAME}.xml`), 'utf8'), 'report 1');
    });

    test('gives up when a hundred names are taken', (t) => {
      const logDir = temporaryDirectory(t);
      for (let n = 0; n < 100; n++) fs.writeFileSync(join(logDir, n === 0 ? NAME : `${NAME}_${n}`), 'old');
      assertFails(() => write(reportIn(logDir)), logDir, /alternatives exist/);
      const names = fs.readdirSync(logDir);
      assert.equal(names.length, 100);
      for (const name of names) assert.equal(fs.readFileSync(join(logDir, name), 'utf8'), 'old');
    });

    test('has mode 0600 whatever the umask', posixOnly, (t) => {
      for (const mask of [0o000, 0o022, 0o077, 0o277, 0o777]) {
        const logDir = temporaryDirectory(t);
        const before = process.umask(mask);
        let path;
        try {
          path = write(reportIn(logDir));
        } finally {
          process.umask(before);
        }
        assert.equal(fs.statSync(path).mode & 0o7777, 0o600, mask.toString(8));
      }
    });

    test('is not written through symbolic links', posixOnly, (t) => {
      const logDir = temporaryDirectory(t);
      const elsewhere = temporaryDirectory(t);
      fs.writeFileSync(join(elsewhere, 'victim'), 'precious');
      fs.symlinkSync(join(elsewhere, 'victim'), join(logDir, NAME));
      fs.symlinkSync(join(elsewhere, 'absent'), join(logDir, `${NAME}_1`));
      fs.symlinkSync(elsewhere, join(logDir, `${NAME}_2`));
      assert.equal(write(reportIn(logDir)), join(logDir, `${NAME}_3`));
      assert.deepEqual(fs.readdirSync(elsewhere), ['victim']);
      assert.equal(fs.readFileSync(join(elsewhere, 'victim'), 'utf8'), 'precious');
      assert.equal(fs.lstatSync(join(logDir, NAME)).isSymbolicLink(), true);
    });

    test('goes into a directory that the log directory is a symbolic link to', posixOnly, (t) => {
      const real = temporaryDirectory(t);
      const logDir = join(temporaryDirectory(t), 'log');
      fs.symlinkSync(real, logDir);
      assert.equal(write(reportIn(logDir)), join(logDir, NAME));
      assert.deepEqual(fs.readdirSync(real), [NAME]);
    });

    test('stays in the log directory whatever the service is called', (t) => {
      const logDir = temporaryDirectory(t);
      for (const serviceName of [
        '../../etc/passwd',
        '/etc/cron.d/x',
        'a\u0000b\nc',
        '.',
        '',
        '本'.repeat(200),
      ]) {
        const path = write(reportIn(logDir, { serviceName }));
        assert.equal(join(logDir, basename(path)), path);
        assert.ok(Buffer.byteLength(basename(path)) <= 143);
      }
      assert.equal(fs.readdirSync(logDir).length, 6);
    });
  });
}

test('a service name as part of a file name', () => {
  const expected = {
    'mogan-api': 'mogan-api',
    '@scope/name': 'scope-name',
    '../../etc/passwd': 'etc-passwd',
    '-rf': 'rf',
    '.hidden': 'hidden',
    'a b\tc\u0000d\u001b[31m': 'a-b-c-d-31m',
    'größe_2.0+x': 'größe_2.0+x',
    '': 'node',
    '///': 'node',
    [`a${'ö'.repeat(40)}`]: `a${'ö'.repeat(31)}`,
  };
  for (const [name, part] of Object.entries(expected)) assert.equal(fileNamePart(name), part);
});

describe('a log directory that cannot be written to', () => {
  test('is missing', (t) => {
    const logDir = join(temporaryDirectory(t), 'missing');
    assertFails(
      () => writeReportFile(reportIn(logDir), TEXT),
      logDir,
      /no such file or directory \(ENOENT\)$/,
    );
    assert.equal(fs.existsSync(logDir), false);
  });

  test('is a file', (t) => {
    const logDir = join(temporaryDirectory(t), 'file');
    fs.writeFileSync(logDir, 'precious');
    assertFails(() => writeReportFile(reportIn(logDir), TEXT), logDir, /not a directory \(ENOTDIR\)$/);
    assert.equal(fs.readFileSync(logDir, 'utf8'), 'precious');
  });

  test('is part of /proc', process.platform === 'linux' ? {} : { skip: 'needs /proc' }, () => {
    assertFails(() => writeReportFile(reportIn('/proc/self'), TEXT), '/proc/self', /\(E[A-Z]+\)$/);
  });

  test('takes only half of the report', posixOnly, (t) => {
    const logDir = temporaryDirectory(t);
    // A limit of the file's size stands for a full disk: the first write is cut short, the next one fails.
    const command = 'ulimit -f 1; exec "$0" test/apps/sinks/report-writer.mjs "$1" 1 100000';
    const result = spawnSync('sh', ['-c', command, process.execPath, logDir], { encoding: 'utf8' });
    assert.match(result.stdout, /"ERR_GURU_SINK".*file too large \(EFBIG\)/, result.stderr);
    assert.deepEqual(fs.readdirSync(logDir), []);
  });
});

test('processes that write at once under the same name get a whole file each', async (t) => {
  const logDir = temporaryDirectory(t);
  const results = await Promise.all(Array.from({ length: 4 }, () => writeReports(t, logDir)));
  const paths = results.flatMap((result) => result.paths);
  assert.equal(new Set(paths).size, 20);
  assert.equal(fs.readdirSync(logDir).length, 20);
  for (const { pid, paths } of results) {
    for (const path of paths) assert.equal(fs.readFileSync(path, 'utf8'), `${pid} `.repeat(10_000));
  }
});

function writeReports(t: TestContext, logDir: string): Promise<{ pid: number; paths: string[] }> {
  const child = spawn(process.execPath, ['test/apps/sinks/report-writer.mjs', logDir, '5', '10000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve(JSON.parse(text) as { pid: number; paths: string[] }));
  });
}

function assertFails(act: () => unknown, logDir: string, reason: RegExp): void {
  assert.throws(act, (error) => {
    assert.ok(error instanceof GuruError);
    assert.equal(error.code, 'ERR_GURU_SINK');
    assert.ok(
      error.message.startsWith(`the report cannot be written into log_dir ${logDir}: `),
      error.message,
    );
    assert.match(error.message, reason);
    assert.equal(error.message.includes('\n'), false);
    assert.ok(error.cause instanceof Error);
    return true;
  });
}
