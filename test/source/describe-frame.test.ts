import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutAround, describeFrame } from '#src/source/describe-frame.js';
import { createSourceMapper } from '#src/source/source-map.js';
import { createSourceReader } from '#src/source/source-reader.js';
import type { Frame } from '#src/report/schema.js';

function describe(file: string | null, line: number | null = null): Frame {
  const reader = createSourceReader(Number.POSITIVE_INFINITY);
  const captured = { function: 'f', file, line, column: line, async: false };
  return describeFrame(captured, reader, createSourceMapper(reader));
}

test('what V8, Node and the application own is told apart', () => {
  assert.deepEqual(describe(null), {
    function: 'f',
    file: '<native>',
    line: null,
    column: null,
    native: true,
  });
  assert.deepEqual(describe('node:internal/timers', 7), {
    function: 'f',
    file: 'node:internal/timers',
    line: 7,
    column: 7,
    internal: true,
  });
  assert.equal(describe('file:///srv/a%20b.mjs', 1).file, '/srv/a b.mjs');
  assert.equal(describe('evalmachine.<anonymous>', 1).file, 'evalmachine.<anonymous>');
});

test('a long line is cut around the column', () => {
  assert.equal(cutAround('   short  ', 4), 'short');
  const long = `${'a'.repeat(5000)}HERE${'b'.repeat(5000)}`;
  const cut = cutAround(long, 5001);
  assert.match(cut, /^…a+HEREb+…$/);
  assert.ok(cut.length < 200);
});
