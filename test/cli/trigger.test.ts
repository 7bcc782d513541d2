import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseReport } from 'guru-meditation';
import { sendHandledSignal } from '#src/cli/target/identity.js';
import { readNodeProcess } from '#src/cli/target/node-process.js';
import { startApp } from '../support/app.js';
import { isUnreachable, startSetUp } from './processes-support.js';
import { folderOf, guru } from './support.js';

const LINUX = { skip: process.platform !== 'linux' };

test('a signal: the report goes to stderr, and that is said', LINUX, async (t) => {
  const app = await startSetUp(t, 'end-to-end/idle.mjs', { env: { GURU_SIGNAL: 'SIGWINCH' } });
  const { code, stdout, stderr } = await guru(['trigger', String(app.pid)]);
  assert.deepEqual([code, stderr], [0, '']);
  assert.equal(stdout, `SIGWINCH: the report went to its stderr, ${join(app.directory, 'stderr.log')}\n`);
  const report = await app.report();
  assert.deepEqual([report.trigger.kind, report.trigger.detail], ['signal', 'SIGWINCH']);
});

test('a pipe: who reads it', LINUX, async (t) => {
  const app = await startSetUp(t, 'end-to-end/idle.mjs', { stderr: 'pipe' });
  const { stdout } = await guru(['trigger', String(app.pid)]);
  assert.match(stdout, /^SIGUSR2: the report went to its stderr, a (?:pipe|socket)/);
});

test('log_dir: the file that appeared', LINUX, async (t) => {
  const logDir = folderOf(t, {});
  const app = await startSetUp(t, 'end-to-end/spin.mjs', { env: { GURU_LOG_DIR: logDir } });
  const { code, stdout } = await guru(['trigger', String(app.pid)]);
  assert.equal(code, 0);
  const [, path = ''] = /^SIGUSR2: the report is in (.*)\n$/.exec(stdout) ?? [];
  assert.equal(parseReport(readFileSync(path, 'utf8')).process.pid, app.pid);
});

test('a file: the process touches it itself', LINUX, async (t) => {
  const folder = folderOf(t, {});
  const path = join(folder, 'guru');
  const env = { GURU_FILE_EVENT_HANDLER: path, GURU_FILE_EVENT_HANDLER_INTERVAL: '0.05' };
  const app = await startSetUp(t, 'end-to-end/idle.mjs', { env });
  for (let count = 1; count <= 2; count++) {
    const { code, stdout, stderr } = await guru(['trigger', String(app.pid)]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`^touching ${path}: the report went to its stderr`));
    assert.equal((await app.report(count)).trigger.kind, 'file');
  }
  assert.ok(existsSync(path));
});

test('a file that cannot be touched', LINUX, async (t) => {
  const folder = folderOf(t, {});
  const env = { GURU_FILE_EVENT_HANDLER: join(folder, 'no', 'guru') };
  const app = await startSetUp(t, 'end-to-end/idle.mjs', { env });
  const ended = await guru(['trigger', String(app.pid)]);
  assert.ok(isUnreachable(ended));
  assert.match(ended.stderr, /may not touch its trigger file .*: no such file or directory \(ENOENT\)$/m);
  mkdirSync(join(folder, 'no'));
  assert.equal((await guru(['trigger', String(app.pid)])).code, 0);
});

test('a process that is not set up gets no signal', LINUX, async (t) => {
  const app = await startApp(t, 'end-to-end/idle.mjs', { nodeArgs: [] });
  const ended = await guru(['trigger', String(app.pid)]);
  assert.ok(isUnreachable(ended));
  assert.match(
    ended.stderr,
    /was not triggered, .*: it listens at no socket of guru-meditation \(it is not set up, or its option socket is off\)/,
  );
  assert.ok(app.running);
});

test(
  'no signal goes to a process that has no handler, ignores it, or is another one by now',
  LINUX,
  async (t) => {
    const app = await startApp(t, 'end-to-end/idle.mjs', { nodeArgs: [] });
    const target = readNodeProcess(app.pid);
    assert.ok(target !== null);
    assert.throws(() => sendHandledSignal(target, 'SIGUSR2'), {
      code: 'ERR_GURU_TARGET',
      message: `process ${app.pid}: SIGUSR2 was not sent: it has no handler for it, and would be ended by it`,
    });
    assert.throws(() => sendHandledSignal(target, 'SIGPIPE'), /it ignores it/);
    assert.throws(() => sendHandledSignal({ ...target, startTicks: target.startTicks - 1 }, 'SIGUSR1'), {
      code: 'ERR_GURU_TARGET',
      message: `process ${app.pid} has ended, and its id is another process's by now`,
    });
    assert.ok(app.running);
    app.child.kill('SIGKILL');
    await app.exited;
    assert.throws(() => sendHandledSignal(target, 'SIGUSR1'), { message: `process ${app.pid} has ended` });
  },
);

test('a process whose handler was taken away is not ended', LINUX, async (t) => {
  const app = await startSetUp(t, 'cli/handler-removed.cjs', { nodeArgs: [] });
  const { code } = await guru(['trigger', String(app.pid)]);
  // Its sentinel has a handler of its own: the report comes all the same.
  assert.equal(code, 0);
  assert.ok(app.running);
});
