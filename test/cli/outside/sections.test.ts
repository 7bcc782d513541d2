import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test, type TestContext } from 'node:test';
import { dumpFromOutside } from '#src/cli/dump/outside/dump-from-outside.js';
import { readStartTicks } from '#src/os/process-start.js';
import { GuruError } from '#src/report/error.js';
import { parseReport } from '#src/report/parse.js';
import type { Report } from '#src/report/schema.js';
import { renderReport } from '#src/views/render.js';
import { guru } from '../support.js';
import {
  groupsOf,
  ONLY_LINUX,
  ownFrames,
  sectionOf,
  startBlocked,
  threadOf,
  UNTOUCHED,
  until,
} from './support.js';

test('all sections, from outside: what it is, runs and was started with', ONLY_LINUX, async (t) => {
  const app = await startBlocked(t, 'idle', {
    nodeArgs: ['--inspect-port=0', '--stack-trace-limit=20'],
    args: ['--password=hunter2', 'plain'],
    env: {
      NODE_ENV: 'test',
      MY_SECRET: 'hunter3',
      MY_CITY: 'Bonn',
      NODE_OPTIONS: '--max-http-header-size=9000',
    },
  });
  // On a busy machine the usual pause may be too short to copy anything.
  const report = await dumpFromOutside(app, { environment: ['MY_CITY'], maxPause: 0.2 });
  assert.deepEqual(
    report.sections.map(({ kind, status }) => `${kind} ${status}`),
    ['package ok', 'threads ok', 'greenThreads ok', 'processes ok', 'configuration ok'],
    JSON.stringify(report.sections.map(({ reason }) => reason)),
  );
  const software = sectionOf(report, 'package').model;
  assert.equal(software?.product, 'outside-target');
  assert.equal(software.version, '1.2.3');
  assert.equal(software.vendor, 'Mogan');
  assert.equal(software.nodeVersion, process.version);
  assert.equal(software.v8Version, process.versions.v8);
  assert.equal(software.mainScript, resolve('test/apps/cli/outside/target.cjs'));
  assert.ok(Math.abs(Date.parse(software.startedAt) - Date.now()) < 60_000);
  assert.equal(report.process.serviceName, 'outside-target');
  assert.deepEqual(report.trigger, { kind: 'cli', detail: 'guru dump', receivedBy: 'outside' });

  const text = JSON.stringify(report);
  assert.ok(!text.includes('hunter'), 'a secret was not masked');
  const groups = sectionOf(report, 'configuration').model?.groups;
  assert.equal(groups?.['environment']?.['NODE_ENV'], 'test');
  assert.equal(groups?.['environment']?.['MY_CITY'], 'Bonn');
  assert.deepEqual(groups?.['node']?.['NODE_OPTIONS'], ['--max-http-header-size=9000']);
  assert.deepEqual(groups?.['node']?.['execArgv'], ['--inspect-port=0', '--stack-trace-limit=20']);
  assert.equal(sectionOf(report, 'processes').model?.pid, app.pid);

  // It is a report like any other.
  assert.deepEqual(parseReport(text), report);
  assert.match(renderReport(report, 'text'), /trigger = cli guru dump, made from outside of the process/);
});

test('only what is wanted: no inspector for the rest', ONLY_LINUX, async (t) => {
  const app = await startBlocked(t, 'idle');
  const report = await dumpFromOutside(app, { kinds: ['processes', 'configuration'] });
  assert.deepEqual(
    report.sections.map(({ kind }) => kind),
    ['processes', 'configuration'],
  );
  assert.equal(app.stderr, '');
});

test('green threads: a snapshot, if it is asked for; no pause at all', ONLY_LINUX, async (t) => {
  const app = await startBlocked(t, 'idle');
  const snapshot = await dumpFromOutside(app, { greenThreads: 'snapshot' });
  assert.equal(sectionOf(snapshot, 'greenThreads').model?.collector, 'snapshot');
  assert.equal(groupsOf(snapshot)[0]?.count, 25);
  const memory = await dumpFromOutside(app, { maxPause: 0 });
  assert.equal(groupsOf(memory)[0]?.count, 25);
  assert.match(sectionOf(memory, 'greenThreads').reason ?? '', /no thread was held up/);
  const without = await dumpFromOutside(app, { greenThreads: 'snapshot', noInspector: true });
  assert.match(
    sectionOf(without, 'greenThreads').reason ?? '',
    /no snapshot: its threads were not asked, as the inspector was not to be used/,
  );
  const none = await guru(['dump', String(app.pid), '-g', 'off', '-s', 'green-threads']);
  assert.equal(none.code, 2);
  assert.match(
    none.stderr,
    /there is no section "green-threads" where .* there is Package, Threads, Processes, Conf/,
  );
  const off = await dumpFromOutside(app, { greenThreads: 'off' });
  assert.ok(off.sections.every(({ kind }) => kind !== 'greenThreads'));
  assert.deepEqual(await app.settledState(), UNTOUCHED);
});

test('another binary than our own is asked for its layout', ONLY_LINUX, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'guru-test-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const node = join(directory, 'node');
  copyFileSync(process.execPath, node);
  const app = await startBlocked(t, 'exec', { node });
  const report = await dumpFromOutside(app);
  assert.equal(groupsOf(report)[0]?.count, 25, sectionOf(report, 'greenThreads').reason);
  assert.equal(sectionOf(report, 'package').model?.nodeVersion, process.version);
  assert.equal(sectionOf(report, 'package').model?.execPath, node);
  // Whose file is gone can still be asked.
  const other = join(directory, 'other');
  copyFileSync(process.execPath, other);
  const gone = await startBlocked(t, 'exec', { node: other });
  rmSync(other);
  const second = await dumpFromOutside(gone);
  assert.equal(groupsOf(second)[0]?.count, 25, sectionOf(second, 'greenThreads').reason);
});

test('an id that another process has by now', ONLY_LINUX, async (t) => {
  const app = await startBlocked(t, 'idle');
  const startTicks = (readStartTicks(app.pid) ?? 0) - 1;
  await assert.rejects(dumpFromOutside({ pid: app.pid, startTicks }), {
    code: 'ERR_GURU_TARGET',
    message: `process ${app.pid} has ended, and its id is another process's by now`,
  });
  assert.equal(app.stderr, '');
});

test('no such process, one that has ended, one that ends midway', ONLY_LINUX, async (t) => {
  const unreachable = (message: RegExp) => (error: unknown) =>
    error instanceof GuruError && error.code === 'ERR_GURU_TARGET' && message.test(error.message);
  await assert.rejects(dumpFromOutside({ pid: 4_194_305 }), unreachable(/there is no process 4194305/));

  const app = await startBlocked(t, 'idle');
  const dump = dumpFromOutside(app, { greenThreads: 'snapshot' });
  await app.until('Debugger attached', () => app.stderr.includes('Debugger attached'));
  app.child.kill('SIGKILL');
  await assert.rejects(dump, unreachable(/has ended/));
});

test('a process that is no Node is neither signalled nor run', ONLY_LINUX, async (t) => {
  const sleeper = spawn('sleep', ['300']);
  t.after(() => sleeper.kill('SIGKILL'));
  await until('exec', () => readFileSync(`/proc/${sleeper.pid}/comm`, 'utf8').trim() === 'sleep');
  const report = await dumpFromOutside({ pid: sleeper.pid! });
  assert.match(sectionOf(report, 'threads').reason ?? '', /not seen to run Node/);
  assert.match(sectionOf(report, 'greenThreads').reason ?? '', /no V8 is found in it/);
  assert.equal(sleeper.exitCode ?? sleeper.signalCode, null);
});

test('a process that exits is not held up', ONLY_LINUX, async (t) => {
  const app = await startBlocked(t, 'idle');
  const dump = dumpFromOutside(app, { greenThreads: 'snapshot' }).catch((error: unknown) => error);
  await app.until('Debugger attached', () => app.stderr.includes('Debugger attached'));
  const exited = once(app.child, 'exit');
  app.child.stdin?.write('exit\n');
  assert.deepEqual(await exited, [7, null]);
  await dump;
});

const NOBODY = 65534;
const ROOT_ON_LINUX =
  process.platform === 'linux' && process.geteuid?.() === 0 ? {} : { skip: 'Linux and root only' };

test('the process of another user: what is missing, and what would give it', ROOT_ON_LINUX, async (t) => {
  const app = await startBlocked(t, 'idle', { env: { MY_CITY: 'Bonn' } });
  const report = await dumpAs(t, NOBODY, app.pid);
  const remedy =
    /belongs to user root \(0\) and guru runs as user nobody \(65534\): run guru as that user or as root/;
  const kinds = ['package', 'threads', 'greenThreads', 'configuration'] as const;
  for (const kind of kinds) assert.match(sectionOf(report, kind).reason ?? `${kind}: no reason`, remedy);
  assert.equal(threadOf(report, 'main').id, app.pid);
  assert.equal(sectionOf(report, 'processes').status, 'ok');
  assert.equal(sectionOf(report, 'package').model?.product, 'outside-target');
  assert.equal(app.stderr, '');
  assert.deepEqual(await app.state(), UNTOUCHED);
});

test("another user's process, for root", ROOT_ON_LINUX, async (t) => {
  const app = await startBlocked(t, 'idle', { uid: NOBODY });
  const report = await dumpFromOutside(app);
  assert.equal(sectionOf(report, 'threads').status, 'ok', sectionOf(report, 'threads').reason);
  assert.equal(groupsOf(report)[0]?.count, 25);
  assert.equal(ownFrames(groupsOf(report)[0]!)[0]?.startsWith('waitInner'), true);
  assert.equal(sectionOf(report, 'processes').model?.uid, NOBODY);
});

/** Makes a report as another user does. */
async function dumpAs(t: TestContext, uid: number, pid: number): Promise<Report> {
  const script = resolve('test/apps/cli/dump-from-outside.mjs');
  const dump = spawn(process.execPath, [script, String(pid)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    uid,
    gid: uid,
  });
  t.after(() => dump.kill('SIGKILL'));
  let [out, err] = ['', ''];
  dump.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  dump.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  await once(dump, 'close');
  assert.match(out, /^\{"schemaVersion"/, out + err);
  return JSON.parse(out) as Report;
}
