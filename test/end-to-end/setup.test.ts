import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { mainThreadOf, sectionOf, startApp } from '../support/app.js';

const IDLE = 'end-to-end/idle.mjs';

async function directory(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'guru-setup-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

test('--import sets up an ES module application with no change of it', async (t) => {
  const app = await startApp(t, IDLE);
  const report = await app.ask();
  assert.equal(report.schemaVersion, 1);
  assert.equal(report.process.pid, app.pid);
  assert.equal(report.process.nodeVersion, process.version);
  assert.deepEqual(
    report.sections.map(({ title }) => title),
    ['Package', 'Threads', 'Processes', 'Configuration'],
  );
  assert.deepEqual(
    report.sections.map(({ status, reason }) => [status, reason]),
    report.sections.map(() => ['ok', undefined]),
  );
  assert.equal(mainThreadOf(report).state, 'idle');
});

test('--import sets up a CommonJS application, and code in one can do it as well', async (t) => {
  const byFlag = await startApp(t, 'end-to-end/cluster.cjs');
  assert.equal((await byFlag.ask()).process.pid, byFlag.pid);
  const inCode = await startApp(t, 'end-to-end/common.cjs', {
    nodeArgs: [],
    args: [
      JSON.stringify({
        serviceName: 'billing',
        package: { vendor: 'ACME', product: 'Billing', version: '2.1' },
      }),
    ],
  });
  const report = await inCode.ask();
  assert.equal(report.process.serviceName, 'billing');
  const model = sectionOf(report, 'package').model;
  assert.deepEqual([model?.vendor, model?.product, model?.version], ['ACME', 'Billing', '2.1']);
});

test('each process of a cluster answers for itself', async (t) => {
  const app = await startApp(t, 'end-to-end/cluster.cjs');
  const pids = JSON.parse(/ready (\[.*\])/.exec(app.stdout)?.[1] ?? '[]') as number[];
  const [first, second] = pids;
  assert.ok(first && second);
  process.kill(first, 'SIGUSR2');
  assert.equal((await app.report(1)).process.pid, first);
  process.kill(second, 'SIGUSR2');
  assert.equal((await app.report(2)).process.pid, second);
  const ofPrimary = await app.ask();
  assert.equal(ofPrimary.process.pid, app.pid);
  assert.deepEqual(
    sectionOf(ofPrimary, 'processes')
      .model?.children.map(({ pid }) => pid)
      .sort((a, b) => a - b),
    pids.sort((a, b) => a - b),
  );
});

test('a service under a process manager that captures its output', async (t) => {
  const app = await startApp(t, 'end-to-end/process-manager.cjs', { ownGroup: true });
  const pid = Number(/ready (\d+)/.exec(app.stdout)?.[1]);
  process.kill(pid, 'SIGUSR2');
  const report = await app.report();
  assert.equal(report.process.pid, pid);
  assert.equal(sectionOf(report, 'processes').model?.ppid, app.pid);
  assert.equal((await app.ask()).process.pid, app.pid);
});

test('arguments go before the environment, the environment before the file, the file before the default', async (t) => {
  const dir = await directory(t);
  const configFile = join(dir, 'service.conf');
  writeFileSync(configFile, '[oslo_reports]\nservice_name = from-file\nsignal = SIGHUP\nmin_interval = 0\n');
  const start = (options: object, env: Record<string, string>): ReturnType<typeof startApp> =>
    startApp(t, 'end-to-end/common.cjs', { nodeArgs: [], args: [JSON.stringify(options)], env });
  const file = await start({ configFile }, { GURU_MIN_INTERVAL: '' });
  file.signal('SIGHUP');
  assert.equal((await file.report()).process.serviceName, 'from-file');
  const environment = await start(
    {},
    { GURU_CONFIG_FILE: configFile, GURU_SERVICE_NAME: 'from-env', GURU_SIGNAL: 'usr2' },
  );
  assert.equal((await environment.ask()).process.serviceName, 'from-env');
  const argument = await start({ serviceName: 'from-code' }, { GURU_SERVICE_NAME: 'from-env' });
  assert.equal((await argument.ask()).process.serviceName, 'from-code');
});

const MISTAKES: { name: string; env: Record<string, string>; line: RegExp }[] = [
  {
    name: 'an unknown signal',
    env: { GURU_SIGNAL: 'SIGFOO' },
    line: /signal.*"SIGFOO".*GURU_SIGNAL.*SIGUSR2/,
  },
  {
    name: 'a signal nobody can handle',
    env: { GURU_SIGNAL: 'SIGKILL' },
    line: /signal.*SIGKILL.*GURU_SIGNAL/,
  },
  {
    name: 'a bad interval',
    env: { GURU_FILE_EVENT_HANDLER_INTERVAL: 'soon' },
    line: /fileEventHandlerInterval.*"soon".*GURU_FILE_EVENT_HANDLER_INTERVAL/,
  },
  {
    name: 'an unreadable configuration file',
    env: { GURU_CONFIG_FILE: '/nowhere/x.conf' },
    line: /configFile.*GURU_CONFIG_FILE/,
  },
  {
    name: 'a log directory that does not exist',
    env: { GURU_LOG_DIR: '/nowhere' },
    line: /logDir.*"\/nowhere".*GURU_LOG_DIR/,
  },
  { name: 'an unknown format', env: { GURU_FORMAT: 'yaml' }, line: /format.*"yaml".*GURU_FORMAT/ },
];

for (const { name, env, line } of MISTAKES) {
  test(`${name} gets one clear line under register, and the application starts and reports`, async (t) => {
    const app = await startApp(t, IDLE, { env });
    const lines = app.stderr().split('\n').filter(Boolean);
    assert.equal(lines.length, 1, app.stderr());
    assert.match(lines[0] ?? '', /^guru-meditation: /);
    assert.match(lines[0] ?? '', line);
    app.signal();
    await app.until('the report', () => app.stderr().includes('Guru Meditation'));
  });

  test(`${name} makes setupAutorun throw`, async (t) => {
    const app = await startApp(t, 'end-to-end/common.cjs', { nodeArgs: [], env });
    assert.match(app.stdout, /^GuruError ERR_GURU_(OPTION|CONFIG_FILE) .*\nready/);
    assert.match(app.stdout, new RegExp(line.source.replace(/\.\*SIGUSR2$/, '')));
  });
}

test('worker threads inherit the flag and do not set up anything of their own', async (t) => {
  const app = await startApp(t, 'end-to-end/workers.mjs', { args: ['3'] });
  const threads = sectionOf(await app.ask(), 'threads').model?.threads ?? [];
  assert.equal(threads.filter(({ kind }) => kind === 'sentinel').length, 1);
  assert.equal(threads.filter(({ kind }) => kind === 'worker').length, 3);
});

test('a report goes into the log directory, private and whole', async (t) => {
  const dir = await directory(t);
  const logs = join(dir, 'logs');
  mkdirSync(logs);
  const app = await startApp(t, IDLE, { env: { GURU_LOG_DIR: logs, GURU_SERVICE_NAME: 'billing' } });
  app.signal();
  const { readdirSync, statSync } = await import('node:fs');
  const name = await app.until('the file', () =>
    readdirSync(logs).find((file) => file.startsWith('billing')),
  );
  assert.match(name, new RegExp(`^billing_gurumeditation_\\d{14}_${app.pid}\\.json$`));
  assert.equal(statSync(join(logs, name)).mode & 0o777, 0o600);
  assert.equal(
    (JSON.parse(readFileSync(join(logs, name), 'utf8')) as { schemaVersion: number }).schemaVersion,
    1,
  );
  assert.equal(app.stderr(), '');
  // The directory goes: the next report is on stderr, after a line that says why.
  await rm(logs, { recursive: true });
  await app.ask();
  assert.match(app.stderr(), /^guru-meditation: .*logs.*\n\{/);
});
