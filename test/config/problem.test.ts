import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeProblem, quote } from '#src/config/problem.js';
import { GuruError } from '#src/report/error.js';

test('a problem is one line', () => {
  const error = new GuruError('ERR_GURU_OPTION', 'option signal: unknown signal "SIGFOO" (from GURU_SIGNAL)');
  assert.equal(
    describeProblem({ severity: 'error', error, using: 'SIGUSR2 (default)' }),
    'option signal: unknown signal "SIGFOO" (from GURU_SIGNAL); using SIGUSR2 (default)',
  );
  assert.equal(describeProblem({ severity: 'warning', error, using: null }), error.message);
});

test('quoted values stay on the line and are short', () => {
  assert.equal(quote('a\nb\u001b[2J\u009b\u2028"'), String.raw`"a\nb\u001b[2J\u009b\u2028\""`);
  assert.ok(quote('x'.repeat(100_000)).length < 120);
  const values: unknown[] = [5, true, undefined, null, {}, [], () => 1, Symbol('x'), 5n];
  assert.deepEqual(values.map(quote), [
    '5',
    'true',
    'undefined',
    'null',
    'an object',
    'an array',
    'a function',
    'a symbol',
    '5n',
  ]);
});
