import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import {
  parseBoolean,
  parseDirectory,
  parseFormat,
  parseNames,
  parsePath,
  parsePatterns,
  parseSeconds,
  parseText,
} from '#src/config/option-values.js';

let directory: string;
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'guru-values-'));
});
after(() => rmSync(directory, { recursive: true }));

test('yes or no, in the words of oslo.config', () => {
  for (const raw of [true, 'true', ' Yes ', 'ON', '1'])
    assert.deepEqual(parseBoolean(raw), { ok: true, value: true }, String(raw));
  for (const raw of [false, 'false', 'no', 'Off', '0'])
    assert.deepEqual(parseBoolean(raw), { ok: true, value: false }, String(raw));
  for (const raw of [1, 0, null, {}, 'maybe', ''])
    assert.equal(parseBoolean(raw).ok, false, JSON.stringify(raw));
});

test('seconds: numbers and decimal text within the bounds', () => {
  const parse = parseSeconds(0.01, 86_400);
  for (const [raw, value] of [
    [1, 1],
    [0.5, 0.5],
    ['2', 2],
    [' .5 ', 0.5],
    ['1.', 1],
    ['1e2', 100],
    [86_400, 86_400],
  ] as const) {
    assert.deepEqual(parse(raw), { ok: true, value }, String(raw));
  }
});

test('seconds: everything else is refused', () => {
  const parse = parseSeconds(0.01, 86_400);
  const refused: unknown[] = [
    0,
    -1,
    86_401,
    NaN,
    Infinity,
    'Infinity',
    '',
    ' ',
    '0x10',
    '1s',
    '1 2',
    'abc',
    null,
    {},
    [1],
    true,
    1n,
  ];
  for (const raw of refused) assert.equal(parse(raw).ok, false, String(raw));
  assert.deepEqual(parse('1s'), {
    ok: false,
    reason: 'must be a number of seconds from 0.01 to 86400, not "1s"',
  });
  assert.equal(parse('1'.repeat(100_000)).ok, false);
});

test('text', () => {
  assert.deepEqual(parseText('mogan api'), { ok: true, value: 'mogan api' });
  assert.deepEqual(parseText(' '), { ok: false, reason: 'must be a string that is not empty, not " "' });
  assert.deepEqual(parseText(7), { ok: false, reason: 'must be a string that is not empty, not 7' });
});

test('formats', () => {
  assert.deepEqual(parseFormat('JSON '), { ok: true, value: 'json' });
  assert.deepEqual(parseFormat('yaml'), {
    ok: false,
    reason: 'unknown format "yaml", must be one of text, json, xml',
  });
  assert.equal(parseFormat(undefined).ok, false);
});

test('paths are made absolute and need not exist', () => {
  assert.deepEqual(parsePath('a/b'), { ok: true, value: resolve('a/b') });
  assert.equal(parsePath('').ok, false);
  assert.equal(parsePath('a\0b').ok, false);
  assert.equal(parsePath(3).ok, false);
});

test('a directory must be there', () => {
  assert.deepEqual(parseDirectory(directory), { ok: true, value: directory });
  const missing = join(directory, 'missing');
  assert.deepEqual(parseDirectory(missing), {
    ok: false,
    reason: `directory ${JSON.stringify(missing)} does not exist`,
  });
  const file = join(directory, 'file');
  writeFileSync(file, '');
  assert.deepEqual(parseDirectory(file), { ok: false, reason: `${JSON.stringify(file)} is not a directory` });
  assert.match(JSON.stringify(parseDirectory(join(file, 'below'))), /cannot be read: ENOTDIR/);
});

test('a directory must be writable', { skip: process.platform === 'win32' }, () => {
  chmodSync(directory, 0o555);
  try {
    // Root may write anywhere, so a child becomes somebody else once it has loaded what it needs.
    const program = `
      const { parseDirectory } = await import(process.argv[1]);
      if (process.getuid() === 0) process.setuid(65534);
      console.log(JSON.stringify(parseDirectory(process.argv[2])));`;
    const module = import.meta.resolve('#src/config/option-values.js');
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', program, module, directory]);
    const reason = `directory ${JSON.stringify(directory)} is not writable: EACCES`;
    assert.deepEqual(JSON.parse(String(output)), { ok: false, reason });
  } finally {
    chmodSync(directory, 0o700);
  }
});

test('names: arrays, comma lists and both', () => {
  assert.deepEqual(parseNames(['A', /B/gi]), { values: ['A', /B/i], reasons: [] });
  assert.deepEqual(parseNames(' A, B,,C '), { values: ['A', 'B', 'C'], reasons: [] });
  assert.deepEqual(parseNames(['A,B', 'C']), { values: ['A', 'B', 'C'], reasons: [] });
  assert.deepEqual(parseNames(['A', 5]), {
    values: ['A'],
    reasons: ['must hold names or regular expressions, not 5'],
  });
});

test('patterns: a comma is part of the expression', () => {
  assert.deepEqual(parsePatterns('x{1,2}'), { values: [/x{1,2}/], reasons: [] });
  assert.deepEqual(parsePatterns([/a/gy, 'b', '(', 1]), {
    values: [/a/, /b/],
    reasons: ['"(" is not a regular expression', 'must hold regular expressions, not 1'],
  });
});
