import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { deliver, type DeliveryTarget } from '#src/sinks/deliver.js';
import type { WriteOutcome } from '#src/sinks/stderr.js';
import { temporaryDirectory } from './writer-app.js';

function recorder(outcome: WriteOutcome = 'written') {
  const texts: string[] = [];
  return { texts, write: (text: string) => Promise.resolve((texts.push(text), outcome)) };
}

function fileIn(logDir: string): DeliveryTarget {
  return { kind: 'file', logDir, serviceName: 'x', pid: 1, at: new Date(0), format: 'text' };
}

test('a report for stderr', async () => {
  const stderr = recorder();
  assert.deepEqual(await deliver('a report', { kind: 'stderr' }, { stderr }), { kind: 'stderr' });
  assert.deepEqual(stderr.texts, ['a report\n']);
});

test('a report for a file', async (t) => {
  const logDir = temporaryDirectory(t);
  const stderr = recorder();
  const path = join(logDir, 'x_gurumeditation_19700101000000_1');
  assert.deepEqual(await deliver('a report\n', fileIn(logDir), { stderr }), { kind: 'file', path });
  assert.equal(fs.readFileSync(path, 'utf8'), 'a report\n');
  assert.deepEqual(stderr.texts, []);
});

test('a report whose file cannot be written goes to stderr, after the reason', async (t) => {
  const logDir = join(temporaryDirectory(t), 'missing');
  const stderr = recorder();
  const problem = `the report cannot be written into log_dir ${logDir}: no such file or directory (ENOENT)`;
  assert.deepEqual(await deliver('a report\n', fileIn(logDir), { stderr }), { kind: 'stderr', problem });
  assert.deepEqual(stderr.texts, [`guru-meditation: ${problem}\na report\n`]);
});

test('a report that nobody takes is lost, and it is said why', async (t) => {
  const logDir = join(temporaryDirectory(t), 'missing');
  assert.deepEqual(await deliver('a report', { kind: 'stderr' }, { stderr: recorder('closed') }), {
    kind: 'lost',
    problem: 'nobody reads stderr',
  });
  const lost = await deliver('a report', fileIn(logDir), { stderr: recorder('failed') });
  assert.equal(lost.kind, 'lost');
  assert.match(lost.kind === 'lost' ? lost.problem : '', /ENOENT.*; stderr could not take the whole report$/);
});
