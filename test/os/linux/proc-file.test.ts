import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { findProcLine, readProcFile } from '#src/os/linux/proc-file.js';

const directory = mkdtempSync(join(tmpdir(), 'guru-proc-'));
after(() => rmSync(directory, { recursive: true }));

function file(text: string): string {
  const path = join(directory, 'file');
  writeFileSync(path, text);
  return path;
}

test('reads up to the limit and says whether there is more', () => {
  const long = 'é'.repeat(100_000);
  assert.deepEqual(readProcFile(file('abc')), { text: 'abc', complete: true });
  assert.deepEqual(readProcFile(file('')), { text: '', complete: true });
  assert.deepEqual(readProcFile(file(long), 1_000_000), { text: long, complete: true });
  assert.deepEqual(readProcFile(file('abcdef'), 4), { text: 'abcd', complete: false });
  assert.deepEqual(readProcFile(join(directory, 'none')), { error: 'ENOENT' });
});

test('finds the line that is accepted, wherever the pieces of the file end', () => {
  const lines = Array.from({ length: 20_000 }, (_, at) => `${at}: some socket ${at % 3} ${100_000 + at}`);
  const path = file(`${lines.join('\n')}\n`);
  for (const at of [0, 1, 3999, 10_000, 19_999]) {
    assert.equal(
      findProcLine(path, ` ${100_000 + at}`, 10_000_000, (line) => line),
      lines[at],
    );
  }
  const accept = (line: string): string | null => (line.startsWith('7:') ? line : null);
  assert.equal(findProcLine(path, ' socket ', 10_000_000, accept), lines[7]);
  assert.equal(
    findProcLine(path, ' 119999', 100_000, (line) => line),
    null,
    'beyond the limit',
  );
  assert.equal(
    findProcLine(file('a b\nc d'), ' d', 100, (line) => line),
    'c d',
  );
  assert.equal(
    findProcLine(join(directory, 'none'), 'a', 100, (line) => line),
    null,
  );
});
