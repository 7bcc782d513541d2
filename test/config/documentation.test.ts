import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { HARMLESS_VARIABLES } from '#src/config/environment.js';
import { ARGUMENTS, FILE_KEYS, VARIABLES } from '#src/config/option-table.js';

const document = readFileSync('docs/configuration.md', 'utf8');
const table = document.slice(document.indexOf('| Option |'), document.indexOf('- Relative paths'));

test('the documentation has every option in all its places, and no other', () => {
  const rows = table.split('\n').filter((line) => line.startsWith('| `'));
  const cells = rows.map((row) => row.split('|').map((cell) => cell.trim().replaceAll('`', '')));
  const column = (at: number) => cells.map((row) => row[at]).filter((cell) => cell !== '–');
  assert.deepEqual(new Set(column(1).map((name) => name?.split('.')[0])), new Set(ARGUMENTS));
  assert.deepEqual(new Set(column(2)), new Set(VARIABLES));
  assert.deepEqual(new Set(column(3)), new Set(FILE_KEYS));
});

test('the documentation has every harmless variable, and no other', () => {
  const list = /taken for harmless:\n\n([^]*?)\n\n/.exec(document)?.[1] ?? '';
  const names = [...list.matchAll(/`(\w+)`/g)].map(([, name]) => name);
  assert.deepEqual(names, [...HARMLESS_VARIABLES]);
});
