import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseIni, readIniFile } from '#src/config/ini.js';

let directory: string;
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'guru-ini-'));
});
after(() => rmSync(directory, { recursive: true }));

function groupsOf(...lines: string[]) {
  const { groups, malformed } = parseIni(lines.join('\n'));
  assert.deepEqual(malformed, []);
  return groups;
}

test('groups are flat, and DEFAULT is one of them', () => {
  const groups = groupsOf(
    '[DEFAULT]',
    'debug = true',
    '[database]',
    'a = 1',
    '[database.pool]',
    'a = 2',
    '[empty]',
  );
  assert.deepEqual(groups, {
    DEFAULT: { debug: 'true' },
    database: { a: '1' },
    'database.pool': { a: '2' },
    empty: {},
  });
});

test('a group that comes twice is one group', () => {
  assert.deepEqual(groupsOf('[a]', 'x = 1', '[b]', 'x = 2', '[a]', 'y = 3'), {
    a: { x: '1', y: '3' },
    b: { x: '2' },
  });
});

test('keys before any group belong to DEFAULT', () => {
  assert.deepEqual(groupsOf('x = 1'), { DEFAULT: { x: '1' } });
});

test('= or : separates, whichever comes first', () => {
  assert.deepEqual(groupsOf('a = 1', 'b: 2', 'c:3=4', 'd=http://x', 'e =', 'f f = 6'), {
    DEFAULT: { a: '1', b: '2', c: '3=4', d: 'http://x', e: '', 'f f': '6' },
  });
});

test('values stay text, and what looks like a comment at their end belongs to them', () => {
  const groups = groupsOf('a = true', 'b = null', 'c = p#ss;word', 'd = 5 # five', String.raw`e = C:\new\;x`);
  assert.deepEqual(groups['DEFAULT'], {
    a: 'true',
    b: 'null',
    c: 'p#ss;word',
    d: '5 # five',
    e: String.raw`C:\new\;x`,
  });
});

test('quotes around a whole value go', () => {
  const groups = groupsOf(`a = " x "`, `b = 'y'`, `c = "x" y`, `d = "`, `e = 'x"`, 'f = ""');
  assert.deepEqual(groups['DEFAULT'], { a: ' x ', b: 'y', c: '"x" y', d: '"', e: `'x"`, f: '' });
});

test('comments and blank lines', () => {
  assert.deepEqual(groupsOf('# a = 1', '; b = 2', '', '   ', '#', 'c = 3'), { DEFAULT: { c: '3' } });
});

test('repeated keys become a list, within their own group only', () => {
  assert.deepEqual(groupsOf('[a]', 'x = 1', 'x = 2', 'x = 3', '[b]', 'x = 4'), {
    a: { x: ['1', '2', '3'] },
    b: { x: '4' },
  });
});

test('indented lines continue a value until a blank line', () => {
  const { groups, malformed } = parseIni(
    ['a = one', '  two', '\t# three', '', '  four', 'b =', '  five'].join('\n'),
  );
  assert.deepEqual(groups, { DEFAULT: { a: 'one\ntwo\n# three', b: '\nfive' } });
  assert.deepEqual(
    malformed.map(({ line }) => line),
    [5],
  );
});

test('a byte order mark, CRLF and a missing last newline', () => {
  assert.deepEqual(parseIni('\ufeff[a]\r\nx = 1\r\n\r\ny = 2').groups, { a: { x: '1', y: '2' } });
});

test('__proto__ is a name like any other', () => {
  const { groups } = parseIni('[__proto__]\n__proto__ = 1\nx = 2');
  assert.equal(Object.getPrototypeOf(groups), Object.prototype);
  assert.deepEqual(Object.keys(groups), ['__proto__']);
  assert.deepEqual(Object.entries(Object.values(groups)[0] ?? {}), [
    ['__proto__', '1'],
    ['x', '2'],
  ]);
});

test('malformed lines are told with their number and group, and cost only themselves', () => {
  const { groups, malformed } = parseIni(['  x', '[a', '[]', '[g]', 'flag', '= 1', 'y = 2'].join('\n'));
  assert.deepEqual(groups, { g: { y: '2' } });
  assert.deepEqual(
    malformed.map(({ line, group, reason }) => [line, group, reason]),
    [
      [1, 'DEFAULT', 'an indented line continues a value, and there is none above it'],
      [2, 'DEFAULT', 'a group is written as [NAME]'],
      [3, 'DEFAULT', 'a group is written as [NAME]'],
      [5, 'g', 'neither a [group] nor a "key = value"'],
      [6, 'g', 'a value without a key'],
    ],
  );
});

test('readIniFile reads a file', () => {
  const path = join(directory, 'good.conf');
  writeFileSync(path, '[oslo_reports]\nlog_dir = /var/log/mogan\n');
  assert.deepEqual(readIniFile(path), {
    groups: { oslo_reports: { log_dir: '/var/log/mogan' } },
    malformed: [],
  });
});

test('readIniFile says why a file cannot be read', () => {
  const missing = join(directory, 'missing.conf');
  assert.throws(() => readIniFile(missing), {
    code: 'ERR_GURU_CONFIG_FILE',
    message: `cannot read ${JSON.stringify(missing)}: ENOENT`,
  });
  assert.throws(() => readIniFile(directory), {
    code: 'ERR_GURU_CONFIG_FILE',
    message: /not a regular file/,
  });
});

test('readIniFile does not wait for a FIFO', { skip: process.platform === 'win32' }, () => {
  const path = join(directory, 'fifo');
  execFileSync('mkfifo', [path]);
  assert.throws(() => readIniFile(path), { code: 'ERR_GURU_CONFIG_FILE', message: /not a regular file/ });
});
