import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { test, type TestContext } from 'node:test';
import { inspectorFlags } from '#src/cli/dump/outside/inspector-flags.js';
import { dumpFromOutside } from '#src/cli/dump/outside/dump-from-outside.js';
import { readOwnTcpListeners } from '#src/os/linux/listening-sockets.js';
import { openInspector } from '#src/cli/dump/outside/open-inspector.js';
import { OutsideProcess } from '#src/cli/dump/outside/outside-process.js';
import { readThreads } from '#src/os/threads.js';
import {
  isListening,
  lineOf,
  ONLY_LINUX,
  ownFrames,
  sectionOf,
  startBlocked,
  startTarget,
  threadOf,
  UNTOUCHED,
  until,
} from './support.js';

test('an inspector that is open already is used and left open', ONLY_LINUX, async (t) => {
  const app = await startBlocked(t, 'spin', { nodeArgs: ['--inspect=0'] });
  const before = readOwnTcpListeners(app.pid);
  const report = await dumpFromOutside(app);
  assert.equal(sectionOf(report, 'threads').status, 'ok');
  assert.equal(
    ownFrames(threadOf(report, 'main'))[0],
    `Object.spin target.cjs:${lineOf('target.cjs', 'spin')}`,
  );
  assert.deepEqual(readOwnTcpListeners(app.pid), before);
  await app.release();
  assert.notEqual((await app.state()).inspector, null);
  assert.equal(app.stderr.split('Debugger listening').length, 2, app.stderr);
});

test('a process that waits for its debugger still does', ONLY_LINUX, async (t) => {
  const child = spawn(process.execPath, ['--inspect-brk=0', resolve('test/apps/cli/outside/target.mjs')]);
  t.after(() => child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const target = { pid: child.pid ?? 0 };
  await until(
    'wait',
    () => isListening(target) && readThreads(target.pid).threads[0]?.systemCall?.name === 'futex',
  );
  const report = await dumpFromOutside(target);
  assert.match(sectionOf(report, 'threads').reason ?? '', /it waits for a debugger \(--inspect-brk/);
  assert.ok(isListening(target));
  assert.doesNotMatch(stderr, /attached|ending/);
});

test('an ES module, again and again', ONLY_LINUX, async (t) => {
  const app = await startTarget(t, 'target.mjs');
  for (let times = 0; times < 5; times++) {
    const report = await dumpFromOutside(app, { kinds: ['threads', 'greenThreads'], maxPause: 0.2 });
    for (const { status, reason } of report.sections) assert.equal(status, 'ok', reason);
    const stacks = sectionOf(report, 'greenThreads').model?.groups.flatMap(ownFrames) ?? [];
    assert.ok(stacks.includes(`turn target.mjs:${lineOf('target.mjs', 'turn')}`), stacks.join());
    // Where it was opened in the midst of JavaScript, Node opens it once more, until the event loop has turned.
    await until('closed inspector', () => !isListening(app));
  }
  app.child.stdin?.write('x');
  await app.until('answer', () => app.stdout.includes('answer'));
});

test('a child of a cluster', ONLY_LINUX, async (t) => {
  const app = await startTarget(t, 'cluster.cjs', { nodeArgs: [] });
  const [, pid, port] = /child (\d+) (\d+)/.exec(app.stdout) ?? [];
  // The child inherits no option of ours: its inspector's port is Node's own, which may be taken on this machine.
  const report = await dumpFromOutside({ pid: Number(pid) });
  assert.equal(threadOf(report, 'main').state, 'idle');
  assert.equal(sectionOf(report, 'processes').model?.ppid, app.pid);
  const answer = await fetch(`http://127.0.0.1:${port}/`);
  assert.equal(await answer.text(), 'hello');
  const listeners = readOwnTcpListeners(Number(pid));
  assert.ok(listeners?.every((listener) => listener.port !== 9229));
});

test('a port that is taken: no signal is sent, and it is said', ONLY_LINUX, async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const app = await startBlocked(t, 'idle', { nodeArgs: [`--inspect-port=${port}`] });
  const report = await dumpFromOutside(app);
  const { reason } = sectionOf(report, 'threads');
  assert.match(
    reason ?? '',
    new RegExp(`port ${port}, on which Node opens the inspector, is in use by another process`),
  );
  assert.equal(sectionOf(report, 'greenThreads').model?.collector, 'memory');
  assert.equal(app.stderr, '');
});

test('a process without a handler for SIGUSR1 gets none', ONLY_LINUX, async (t) => {
  if (!process.allowedNodeEnvironmentFlags.has('--disable-sigusr1')) return t.skip('no --disable-sigusr1');
  const app = await startBlocked(t, 'idle', { nodeArgs: ['--disable-sigusr1'] });
  const report = await dumpFromOutside(app);
  assert.match(sectionOf(report, 'threads').reason ?? '', /SIGUSR1 would end it/);
  assert.deepEqual(await app.state(), UNTOUCHED);
});

test('a stopped process: what can be had, and it stays stopped', ONLY_LINUX, async (t) => {
  const app = await startBlocked(t, 'idle');
  process.kill(app.pid, 'SIGSTOP');
  await until('stop', () => threadState(app.pid) === 'T');
  const report = await dumpFromOutside(app);
  assert.match(sectionOf(report, 'threads').reason ?? '', /it is stopped.*kill -CONT/);
  const silent = await dumpFromOutside(app, { noInspector: true });
  assert.match(sectionOf(silent, 'threads').reason ?? '', /not to be used; it is stopped.*kill -CONT/);
  assert.equal(threadState(app.pid), 'T');
  process.kill(app.pid, 'SIGCONT');
  assert.deepEqual(await app.state(), UNTOUCHED);
});

function threadState(pid: number): string | undefined {
  return readThreads(pid).threads[0]?.state;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
  test(`${signal} while it is open: it is closed all the same`, ONLY_LINUX, async (t) => {
    const app = await startBlocked(t, 'idle');
    const dump = startDump(t, app.pid, { greenThreads: 'snapshot' });
    await app.until('Debugger attached', () => app.stderr.includes('Debugger attached'));
    dump.kill(signal);
    const [, ended] = (await once(dump, 'exit')) as [number | null, string | null];
    assert.equal(ended, signal);
    await until('closed inspector', () => !isListening(app));
    assert.deepEqual(await app.settledState(), UNTOUCHED);
  });
}

test('the caller may end it', ONLY_LINUX, async (t) => {
  const app = await startBlocked(t, 'idle');
  const controller = new AbortController();
  const dump = dumpFromOutside(app, {}, controller.signal);
  await app.until('Debugger attached', () => app.stderr.includes('Debugger attached'));
  controller.abort(new Error('enough'));
  await assert.rejects(dump, { message: 'enough' });
  assert.ok(!isListening(app));
  assert.deepEqual(await app.settledState(), UNTOUCHED);
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) assert.equal(process.listenerCount(name), 0);
});

test('native code that nobody has seen: the inspector is closed once it opens', ONLY_LINUX, async (t) => {
  // As if memory could not be read, which is how native code is noticed.
  const app = await startBlocked(t, 'exec');
  const flags = inspectorFlags(['--inspect-port=0']);
  const opened = await openInspector(new OutsideProcess(app.pid), flags, new AbortController().signal);
  assert.match('reason' in opened ? opened.reason : 'opened', /did not open its inspector within \d+ ms/);
  await app.release();
  await app.until('opened inspector', () => app.stderr.includes('Debugger listening'));
  await app.until('closed inspector', () => app.stderr.includes('Debugger attached') && !isListening(app));
  assert.deepEqual(await app.settledState(), UNTOUCHED);
});

/** Makes a report in a process of its own. */
function startDump(t: TestContext, pid: number, options: object): ChildProcess {
  const args = [resolve('test/apps/cli/dump-from-outside.mjs'), String(pid), JSON.stringify(options)];
  const dump = spawn(process.execPath, args, { stdio: 'ignore' });
  t.after(() => dump.kill('SIGKILL'));
  return dump;
}
