import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import { parseSignal } from '#src/config/signal-name.js';

const windows = process.platform === 'win32';

test('all ways to write a signal', { skip: windows }, () => {
  const usr2 = constants.signals.SIGUSR2;
  for (const raw of ['SIGUSR2', 'sigusr2', 'usr2', ' USR2 ', usr2, String(usr2)]) {
    assert.deepEqual(parseSignal(raw), { ok: true, value: 'SIGUSR2' }, String(raw));
  }
  assert.deepEqual(parseSignal(constants.signals.SIGIO), { ok: true, value: 'SIGIO' });
});

test('what is no signal', () => {
  const unknown: unknown[] = [
    'SIGFOO',
    '',
    'SIG',
    '0',
    0,
    -1,
    99,
    1.5,
    NaN,
    null,
    true,
    {},
    [],
    'toString',
    'SIGtoString',
  ];
  for (const raw of unknown) {
    const parsed = parseSignal(raw);
    assert.ok(!parsed.ok && parsed.reason.startsWith('unknown signal '), String(raw));
  }
  assert.deepEqual(parseSignal('SIGFOO'), { ok: false, reason: 'unknown signal "SIGFOO"' });
});

test('signals that no handler can serve', { skip: windows }, () => {
  for (const raw of ['KILL', 'STOP', 'SEGV', 'BUS', 'FPE', 'ILL', 'USR1', 'PROF', 'PIPE', 'CHLD']) {
    const parsed = parseSignal(raw);
    assert.ok(!parsed.ok && parsed.reason.startsWith(`signal "${raw}" cannot be used, `), raw);
  }
  const parsed = parseSignal(9);
  assert.deepEqual(parsed, { ok: false, reason: 'signal 9 cannot be used, no program can catch it' });
});
