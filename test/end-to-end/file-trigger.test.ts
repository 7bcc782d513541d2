import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { type App, startApp } from '../support/app.js';

async function start(t: TestContext, create: boolean): Promise<{ app: App; file: string }> {
  const dir = mkdtempSync(join(tmpdir(), 'guru-file-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, 'trigger');
  if (create) writeFileSync(file, '');
  const env = { GURU_FILE_EVENT_HANDLER: file, GURU_FILE_EVENT_HANDLER_INTERVAL: '0.05' };
  return { app: await startApp(t, 'end-to-end/idle.mjs', { env }), file };
}

function touch(file: string): void {
  const now = new Date();
  utimesSync(file, now, now);
}

test('touching the file makes one report, and the signal is left alone', async (t) => {
  const { app, file } = await start(t, true);
  touch(file);
  const report = await app.report();
  assert.deepEqual(report.trigger, { kind: 'file', detail: file, receivedBy: 'sentinel' });
  touch(file);
  await app.report(2);
  assert.equal(app.reports().length, 2);
  app.signal();
  assert.deepEqual(await app.exited, { code: null, signal: 'SIGUSR2' });
});

test('a file that is missing, removed or replaced is said to be, once, and works when it is touched again', async (t) => {
  const { app, file } = await start(t, false);
  await app.until('the line', () => app.stderr().includes(file));
  writeFileSync(file, '');
  await app.report(1);
  rmSync(file);
  const lines = (): string[] =>
    app
      .stderr()
      .split('\n')
      .filter((line) => line.startsWith('guru-meditation: '));
  const before = lines().length;
  await app.until('the line about its removal', () => lines().length > before);
  writeFileSync(file, '');
  await app.report(2);
  const other = `${file}.new`;
  writeFileSync(other, '');
  renameSync(other, file);
  await app.until('the line about its replacement', () => lines().some((line) => line.includes('replaced')));
  touch(file);
  await app.until('a report after it', () => app.reports().length >= 3);
  for (const line of lines()) assert.ok(line.includes(file), line);
  assert.ok(lines().length < 10, lines().join('\n'));
});

test('a file that anyone may write gets a warning', async (t) => {
  const { app, file } = await start(t, true);
  chmodSync(file, 0o666);
  await app.until('the warning', () => /guru-meditation: .*anyone/.test(app.stderr()));
});

test('a blocked event loop does not keep the file trigger from working', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'guru-file-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, 'trigger');
  writeFileSync(file, '');
  const env = { GURU_FILE_EVENT_HANDLER: file, GURU_FILE_EVENT_HANDLER_INTERVAL: '0.05' };
  const app = await startApp(t, 'end-to-end/spin.mjs', { env });
  touch(file);
  assert.equal((await app.report()).trigger.receivedBy, 'sentinel');
});
