import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatProblem } from '#src/sinks/problem-line.js';

test('a problem is one line, whatever is in it', () => {
  assert.equal(formatProblem('no such file'), 'guru-meditation: no such file\n');
  assert.equal(
    formatProblem('a\r\nb\t\u001b[2J\u0085\u2028\u202e\u0000'),
    'guru-meditation: a\\u{d}\\nb\\t\\u{1b}[2J\\u{85}\\u{2028}\\u{202e}\\u{0}\n',
  );
  assert.equal(formatProblem('Bücher 本 🐙'), 'guru-meditation: Bücher 本 🐙\n');
});

test('a problem fits into what a pipe takes at once', () => {
  for (const character of ['x', '本', '🐙', '\u001b']) {
    const line = formatProblem(character.repeat(100_000));
    assert.ok(Buffer.byteLength(line) < 4_096);
    assert.match(line, /…\n$/);
  }
});
