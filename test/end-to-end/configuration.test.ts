import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { ConfigurationModel, ProcessNode, Report } from 'guru-meditation';
import { type App, mainThreadOf, sectionOf, startApp } from '../support/app.js';
import { parseXml } from '../support/parse-xml.js';

type Groups = ConfigurationModel['groups'];

function groupsOf(report: Report): Groups {
  const { status, reason, model } = sectionOf(report, 'configuration');
  assert.equal(status, 'ok', reason);
  assert.ok(model);
  return model.groups;
}

/** The application's own groups. */
function applicationGroups(report: Report): Groups {
  const { guru_meditation: options, 'guru_meditation.sources': sources, ...groups } = groupsOf(report);
  assert.equal(options?.['serviceName'], 'configured');
  assert.equal(sources?.['serviceName'], 'argument');
  return groups;
}

function start(t: TestContext, how: string, env: Record<string, string> = {}): Promise<App> {
  return startApp(t, 'end-to-end/configuration.mjs', { nodeArgs: [], args: [how], env });
}

/** Configurations of the libraries as they are at first, and after the application has changed them. */
const live: { how: string; env?: Record<string, string>; first: Groups; changed: Groups }[] = [
  {
    how: 'convict',
    env: { APP_DEBUG: 'true' },
    first: {
      api: { host: '127.0.0.1', port: 8080 },
      database: { password: '***', url: 'postgres://mogan:***@db/mogan' },
      default: { debug: true, pepper: '***' },
    },
    changed: {
      api: { host: '127.0.0.1', port: 9090 },
      database: { password: '***', url: 'postgres://mogan:***@db/mogan' },
      default: { debug: true, pepper: '***' },
    },
  },
  {
    how: 'node-config',
    env: { NODE_CONFIG_DIR: resolve('test/apps/config/node-config'), NODE_ENV: 'production' },
    first: {
      api: { port: 8080, 'tls.cert': '/etc/cert.pem', 'tls.ciphers': [] },
      default: { debug: true },
      engine: { workers: 8 },
    },
    changed: {
      api: { port: 8080, 'tls.cert': '/etc/cert.pem', 'tls.ciphers': [] },
      default: { debug: true },
      engine: { workers: 8 },
      late: { added: true, password: '***' },
    },
  },
  {
    how: 'nconf',
    first: { api: { port: 8080, token: '***' }, default: { name: 'mogan' } },
    changed: { api: { port: 9090, token: '***' }, default: { name: 'mogan' } },
  },
  {
    how: 'plain',
    first: { api: { apiKey: '***', port: 8080 }, default: { list: ['b', 'a'], name: 'mogan' } },
    changed: { api: { apiKey: '***', port: 9090 }, default: { list: ['b', 'a'], name: 'mogan' } },
  },
  {
    how: 'function',
    first: { api: { port: 8080 } },
    changed: { api: { port: 9090 }, default: { extra: 1 } },
  },
];

for (const { how, env = {}, first, changed } of live) {
  test(`conf: ${how}, as it is at the moment`, async (t) => {
    const app = await start(t, how, env);
    const groups = applicationGroups(await app.ask());
    assert.deepEqual(groups, first);
    for (const group of [groups, ...Object.values(groups)]) {
      assert.deepEqual(Object.keys(group), Object.keys(group).toSorted());
    }
    app.signal('SIGHUP');
    await app.until('the change', () => app.stdout.includes('changed'));
    assert.deepEqual(applicationGroups(await app.ask()), changed);
    assert.ok(!app.stderr().includes('s3cr3t'));
  });
}

test('names and patterns of the user are masked besides, those of the argument and of the environment', async (t) => {
  const app = await start(t, 'mask', { GURU_MASK_NAMES: 'keyboard' });
  assert.deepEqual(applicationGroups(await app.ask()), {
    bank: { card_number: '***', note: 'account *** of ***', userIban: '***' },
    shown: { iban_policy: '***', keyboard: '***' },
  });
  assert.ok(!app.stderr().includes('s3cr3t'));
});

/** What costs the section, and nothing else. */
const bad: Record<string, { status: string; reason: RegExp }> = {
  throws: { status: 'failed', reason: /option conf threw no configuration today$/ },
  rejects: { status: 'failed', reason: /option conf returned a promise/ },
  loops: { status: 'timeout', reason: /^ran longer than 500 ms and was ended$/ },
};

for (const [how, expected] of Object.entries(bad)) {
  test(`conf that is no good: ${how}`, async (t) => {
    const app = await start(t, how);
    const report = await app.ask();
    const { status, reason, model } = sectionOf(report, 'configuration');
    assert.deepEqual([status, model], [expected.status, null]);
    assert.match(reason ?? '', expected.reason);
    for (const kind of ['package', 'threads', 'processes'] as const) {
      assert.equal(sectionOf(report, kind).status, 'ok');
    }
    assert.equal((await app.ask()).sections.length, report.sections.length);
  });
}

test('conf that is an async function is refused at set-up', async (t) => {
  const app = await startApp(t, 'end-to-end/configuration.mjs', {
    nodeArgs: [],
    args: ['promise'],
    ready: null,
  });
  assert.deepEqual(await app.exited, { code: 1, signal: null });
  assert.match(app.stderr(), /GuruError: option conf: must return the configuration at once/);
});

test('conf with a getter that throws', async (t) => {
  const app = await start(t, 'getter');
  assert.deepEqual(applicationGroups(await app.ask()), {
    default: { bad: '[threw: the getter threw]', good: 1 },
  });
});

const SECRET_ENVIRONMENT = {
  DATABASE_PASSWORD: 's3cr3t-1',
  API_KEY: 's3cr3t-2',
  DATABASE_URL: 'postgres://mogan:s3cr3t-3@db/mogan',
  UNHEARD_OF: 's3cr3t-4',
  // Shown by name, or because the user wants it; masked by what they hold.
  LOG_LEVEL: 'debug password=s3cr3t-5',
  REGION: 'https://mogan:s3cr3t-6@region/',
  GURU_ENVIRONMENT: 'REGION,ZONE',
  ZONE: 'eu-1',
  EMPTY_ONE: '',
  NODE_OPTIONS: '--title=token=s3cr3t-7 --max-old-space-size=300',
};

const SECRET_ARGUMENTS = {
  nodeArgs: ['--title=mogan', '--conditions=password=s3cr3t-8'],
  args: ['--password', 's3cr3t-9', '--token=s3cr3t-10', 'redis://:s3cr3t-11@cache/0', '--verbose'],
};

/** What `startApp` sets. */
const OF_THE_TEST = new Set(['GURU_FORMAT', 'GURU_MIN_INTERVAL', 'GURU_GREEN_THREADS', 'TMPDIR']);

test('without conf: the options of the report, those of Node, and the environment', async (t) => {
  const app = await startApp(t, 'end-to-end/idle.mjs', {
    nodeArgs: ['--import', 'guru-meditation/register', ...SECRET_ARGUMENTS.nodeArgs],
    args: SECRET_ARGUMENTS.args,
    env: SECRET_ENVIRONMENT,
  });
  const groups = groupsOf(await app.ask());
  assert.deepEqual(Object.keys(groups), [
    'environment',
    'guru_meditation',
    'guru_meditation.sources',
    'node',
  ]);
  const variables = Object.entries(groups['environment'] ?? {});
  assert.deepEqual(Object.fromEntries(variables.filter(([name]) => !OF_THE_TEST.has(name))), {
    API_KEY: '***',
    DATABASE_PASSWORD: '***',
    DATABASE_URL: '(set)',
    EMPTY_ONE: '(empty)',
    GURU_ENVIRONMENT: 'REGION,ZONE',
    LOG_LEVEL: 'debug password=***',
    NODE_OPTIONS: '(set)',
    PATH: process.env['PATH'],
    REGION: 'https://mogan:***@region/',
    UNHEARD_OF: '(set)',
    ZONE: 'eu-1',
  });
  assert.deepEqual(groups['node'], {
    NODE_OPTIONS: ['--title=token=***', '--max-old-space-size=300'],
    argv: [
      process.execPath,
      resolve('test/apps/end-to-end/idle.mjs'),
      '--password',
      '***',
      '--token=***',
      'redis://:***@cache/0',
      '--verbose',
    ],
    execArgv: ['--import', 'guru-meditation/register', '--title=mogan', '--conditions=password=***'],
  });
  assert.equal(groups['guru_meditation']?.['minInterval'], 0);
  assert.equal(groups['guru_meditation.sources']?.['minInterval'], 'GURU_MIN_INTERVAL');
  assert.ok(!app.stderr().includes('s3cr3t'));
});

/** The report as it is written, which is all that leaves the process. */
async function written(t: TestContext, format: string): Promise<{ app: App; text: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'guru-secrets-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const { NODE_OPTIONS: _, ...env } = SECRET_ENVIRONMENT;
  const app = await startApp(t, 'end-to-end/secrets.cjs', {
    ...SECRET_ARGUMENTS,
    env: { ...env, GURU_FORMAT: format, GURU_LOG_DIR: directory },
    ownGroup: true,
  });
  const isReport = (name: string): boolean => name.includes('_gurumeditation_') && !name.startsWith('.');
  let asked = 0;
  const look = (): string | undefined => {
    const reports = readdirSync(directory).filter(isReport);
    if (reports.length === asked) {
      app.signal();
      asked++;
    }
    return reports
      .map((name) => readFileSync(join(directory, name), 'utf8'))
      .find((text) => /\bstay\b/.test(text));
  };
  return { app, text: await app.until('a report of the line with the secret', look) };
}

for (const format of ['text', 'json', 'xml']) {
  test(`no secret leaves in ${format}: not from options, arguments, children, sections or source lines`, async (t) => {
    const { app, text } = await written(t, format);
    assert.doesNotMatch(text, /s3cr3t/);
    assert.doesNotMatch(text, /4711/);
    assert.doesNotMatch(app.stderr(), /s3cr3t/);
    assert.ok(text.includes('DATABASE_PASSWORD'));
    assert.ok(text.includes('mogan-job'));
    if (format === 'xml') parseXml(text);
    if (format !== 'json') return;
    const report = JSON.parse(text) as Report;
    const commands = (node: ProcessNode): string[][] => [node.command, ...node.children.flatMap(commands)];
    const { model } = sectionOf(report, 'processes');
    assert.deepEqual(model && commands(model)[1], [
      'sh',
      '-c',
      'sleep 300; true',
      'mogan-job',
      '--password',
      '***',
      '--db=mysql://u:***@h/x',
    ]);
    const source = mainThreadOf(report).frames.map(({ sourceLine }) => sourceLine ?? '');
    assert.ok(
      source.some((line) => line.includes("login({ password: '***' }")),
      source.join('\n'),
    );
    // Told apart from those that are masked: these stay.
    assert.match(text, /"nested"/);
  });
}
