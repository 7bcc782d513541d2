import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { parseReport, renderReport } from 'guru-meditation';
import { mainThreadOf, sectionOf, threadsOf } from '../support/app.js';
import { nodes } from './outside/support.js';
import {
  dumpJson,
  IS_ROOT,
  isUnreachable,
  NOBODY,
  socketOf,
  socketsBeside,
  startSetUp,
} from './processes-support.js';
import { folderOf, GURU, guru, runProgram } from './support.js';

const LINUX = { skip: process.platform !== 'linux' };

test('a process that is set up makes its own report, with its own sections', LINUX, async (t) => {
  const app = await startSetUp(t, 'end-to-end/register-section.mjs', {
    nodeArgs: [],
    env: { GURU_SERVICE_NAME: 'mogan-api' },
  });
  const report = await dumpJson(app);
  assert.equal(report.trigger.kind, 'cli');
  assert.equal(report.trigger.receivedBy, 'sentinel');
  assert.deepEqual([report.process.pid, report.process.serviceName], [app.pid, 'mogan-api']);
  assert.deepEqual(
    report.sections.map(({ title }) => title),
    ['Package', 'Threads', 'Processes', 'Configuration', 'before', 'after', 'same title', 'same title'],
  );
  assert.equal(mainThreadOf(report).state, 'idle');
  // It still answers, and has written nothing.
  assert.equal((await dumpJson(app)).process.pid, app.pid);
  assert.equal(app.stderr(), '');
});

test('in every format, on stdout or in a file that is for its owner only', LINUX, async (t) => {
  const app = await startSetUp(t, 'end-to-end/idle.mjs');
  const text = await guru(['dump', String(app.pid)]);
  assert.deepEqual([text.code, text.stderr], [0, '']);
  assert.match(text.stdout, /^====.*Guru Meditation/m);
  assert.match((await guru(['dump', '-f', 'xml', String(app.pid)])).stdout, /^<\?xml/);
  const folder = folderOf(t, { 'old.json': 'what was there' });
  for (const name of ['new.json', 'old.json']) {
    const file = join(folder, name);
    const { code, stdout } = await guru(['dump', String(app.pid), '-f', 'json', '-o', file]);
    assert.deepEqual([code, stdout], [0, '']);
    const report = parseReport(readFileSync(file, 'utf8'));
    assert.equal(renderReport(report, 'json'), readFileSync(file, 'utf8'));
    assert.equal(statSync(file).mode & 0o777, 0o600);
  }
  // Before anybody is asked: there is no such process.
  const nowhere = await guru(['dump', 'pid:4000000', '-o', join(folder, 'no', 'such')]);
  assert.equal(nowhere.code, 2);
  assert.match(nowhere.stderr, /cannot be written: no such file or directory \(ENOENT\)$/m);
});

test('only the sections that are asked for are made', LINUX, async (t) => {
  const app = await startSetUp(t, 'cli/slow-section.cjs', { nodeArgs: [] });
  const report = await dumpJson(app, '-s', 'threads', '-s', 'Package');
  assert.deepEqual(
    report.sections.map(({ kind }) => kind),
    ['package', 'threads'],
  );
  // It would have said so, and taken until the deadline.
  assert.ok(!app.stdout.includes('asked'));
  const unknown = await guru(['dump', String(app.pid), '-s', 'nix']);
  assert.equal(unknown.code, 2);
  assert.match(
    unknown.stderr,
    /there is no section "nix"; there is Package, Threads, Processes, Configuration, slow\n$/,
  );
});

test('options of green threads are for this report only', LINUX, async (t) => {
  const app = await startSetUp(t, 'end-to-end/green-threads.mjs', { args: ['heap'] });
  const green = sectionOf(await dumpJson(app, '-g', 'snapshot', '-s', 'green threads'), 'greenThreads');
  assert.equal(green.status, 'ok', green.reason);
  assert.equal(green.model?.collector, 'snapshot');
  assert.ok((green.model?.total ?? 0) > 0);
  const kinds = (await dumpJson(app, '-p', '0')).sections.map(({ kind }) => kind);
  assert.ok(!kinds.includes('greenThreads'));
  for (const [option, value] of [
    ['--max-pause', '11'],
    ['--green-threads', 'maybe'],
  ] as const) {
    const { code, stderr } = await guru(['dump', String(app.pid), option, value]);
    assert.deepEqual([code, stderr.split('\n').length], [2, 2], stderr);
  }
});

test('the event loop may be blocked', LINUX, async (t) => {
  const app = await startSetUp(t, 'end-to-end/spin.mjs');
  const main = mainThreadOf(await dumpJson(app, '-s', 'threads'));
  assert.equal(main.state, 'running');
  assert.ok(main.frames.some(({ function: name }) => name.includes('spin')));
});

for (const { major, path } of nodes()) {
  test(`Node ${major}: worker threads are in it`, LINUX, async (t) => {
    const app = await startSetUp(t, 'end-to-end/workers.mjs', { args: ['2'], execPath: path });
    const report = await dumpJson(app);
    assert.equal(report.trigger.receivedBy, 'sentinel');
    assert.match(report.process.nodeVersion, new RegExp(`^v${major}\\.`));
    const names = threadsOf(report).map(({ name }) => name);
    assert.ok(names.includes('worker-1') && names.includes('worker-2'), names.join());
  });
}

test('--all: the process and those below it', LINUX, async (t) => {
  const app = await startSetUp(t, 'end-to-end/cluster.cjs');
  const workers = JSON.parse(/ready (.*)/.exec(app.stdout)?.[1] ?? '[]') as number[];
  const { code, stdout } = await guru(['dump', String(app.pid), '--all', '-f', 'json', '-s', 'package']);
  assert.equal(code, 0);
  const pids = stdout
    .split(/^(?=\{$)/m)
    .filter((text) => text !== '')
    .map((text) => parseReport(text).process.pid);
  assert.deepEqual(
    pids,
    [app.pid, ...workers].sort((a, b) => a - b),
  );
  assert.equal((await guru(['dump'])).code, 2);
});

test('a process that ends midway: exit code 3', LINUX, async (t) => {
  const app = await startSetUp(t, 'cli/slow-section.cjs', { nodeArgs: [], env: { GURU_DEADLINE: '60' } });
  const ended = guru(['dump', String(app.pid)]);
  await app.until('the section to be asked for', () => app.stdout.includes('asked'));
  app.child.kill('SIGKILL');
  await app.exited;
  const { code, stdout, stderr } = await ended;
  assert.deepEqual([code, stdout, stderr], [3, '', `guru: process ${app.pid} has ended\n`]);
});

test('the socket goes with the set-up, and with the process', LINUX, async (t) => {
  const app = await startSetUp(t, 'cli/disposes.mjs', { nodeArgs: [] });
  const socket = socketOf(app) ?? '';
  assert.ok(existsSync(socket));
  assert.equal(statSync(socket).mode & 0o777, 0o600);
  assert.equal(statSync(dirname(socket)).mode & 0o777, 0o700);
  app.signal('SIGHUP');
  await app.until('the end of the set-up', () => app.stdout.includes('disposed'));
  assert.equal(socketOf(app), null);
  assert.ok(!existsSync(socket));

  const other = await startSetUp(t, 'cli/disposes.mjs', { nodeArgs: [] });
  const itsSocket = socketOf(other) ?? '';
  other.signal('SIGINT');
  await other.exited;
  assert.deepEqual(socketsBeside(itsSocket), []);
});

test('another user is not let in, and root is', { skip: LINUX.skip || !IS_ROOT }, async (t) => {
  const app = await startSetUp(t, 'end-to-end/idle.mjs');
  const asNobody = (args: string[]) =>
    runProgram(process.execPath, [GURU, ...args], { uid: NOBODY, gid: NOBODY });
  const trigger = await asNobody(['trigger', String(app.pid)]);
  assert.ok(isUnreachable(trigger), trigger.stderr);
  assert.match(
    trigger.stderr,
    /not permitted: it belongs to user root \(0\) and guru runs as .*: run guru as that user or as root$/m,
  );
  assert.equal(app.stderr(), '');

  const its = await startSetUp(t, 'end-to-end/idle.mjs', { user: { uid: NOBODY, gid: NOBODY } });
  assert.equal((await dumpJson(its, '-s', 'package')).process.pid, its.pid);
  const own = await asNobody(['dump', String(its.pid), '-s', 'package', '-f', 'json']);
  assert.deepEqual([own.code, own.stderr], [0, '']);
});
