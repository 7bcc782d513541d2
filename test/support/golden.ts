import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Of the sources, not of what is compiled from them. */
const GOLDEN = new URL('../../../test/golden/', import.meta.url);

/** Compares a text with `test/golden/NAME`. A missing golden fails; `UPDATE_GOLDEN=1` writes it. */
export function assertGolden(name: string, actual: string): void {
  const file = fileURLToPath(new URL(name, GOLDEN));
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, actual);
  assert.ok(existsSync(file), `test/golden/${name} is missing: look at what UPDATE_GOLDEN=1 writes`);
  assert.equal(actual, readFileSync(file, 'utf8'));
}
