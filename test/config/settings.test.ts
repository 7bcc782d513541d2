import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import type { Application } from '#src/config/application.js';
import type { AutorunOptions } from '#src/config/options.js';
import { describeProblem } from '#src/config/problem.js';
import { resolveSettings } from '#src/config/settings.js';

let directory: string;
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'guru-settings-'));
});
after(() => rmSync(directory, { recursive: true }));

const NOTHING: Application = {
  mainScript: null,
  packageFile: null,
  vendor: null,
  product: null,
  version: null,
};

/** For what TypeScript would not let a program pass. */
function resolveAny(options: unknown, env: NodeJS.ProcessEnv = {}, application = NOTHING) {
  return resolveSettings(options as AutorunOptions, env, application);
}

function writeConfig(name: string, ...lines: string[]): string {
  const path = join(directory, name);
  writeFileSync(path, lines.join('\n'));
  return path;
}

function linesOf({ problems }: ReturnType<typeof resolveSettings>): string[] {
  return problems.map(describeProblem);
}

test('defaults', { skip: process.platform === 'win32' }, () => {
  const { settings, sources, problems } = resolveAny({});
  assert.deepEqual(problems, []);
  assert.deepEqual(settings, {
    package: { vendor: null, product: null, version: null },
    serviceName: 'node',
    signal: 'SIGUSR2',
    logDir: null,
    fileEventHandler: null,
    fileEventHandlerInterval: 1,
    format: 'text',
    configFile: null,
    minInterval: 1,
    deadline: 5,
    greenThreads: 'auto',
    greenThreadsMaxHeap: 32,
    maxPause: 0.02,
    rehearsal: true,
    socket: true,
    mask: { names: [], patterns: [] },
    environment: [],
  });
  assert.deepEqual(new Set(Object.values(sources)), new Set(['default']));
  assert.deepEqual(Object.keys(sources), Object.keys(settings));
});

test('argument before environment before file before default', () => {
  const file = writeConfig('order.conf', '[oslo_reports]', 'signal = SIGHUP', 'format = xml', 'deadline = 7');
  const env = { GURU_CONFIG_FILE: file, GURU_SIGNAL: 'SIGINT', GURU_FORMAT: 'json' };
  const { settings, sources, problems } = resolveAny({ signal: 'SIGQUIT' }, env);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    [settings.signal, settings.format, settings.deadline, settings.minInterval],
    ['SIGQUIT', 'json', 7, 1],
  );
  assert.deepEqual(
    [sources.signal, sources.format, sources.deadline, sources.minInterval, sources.configFile],
    ['argument', 'GURU_FORMAT', `deadline in ${file}`, 'default', 'GURU_CONFIG_FILE'],
  );
  assert.equal(settings.configFile, file);
});

test('every option by argument, environment and file', () => {
  const logs = join(directory, 'logs');
  mkdirSync(logs);
  const asArgument = {
    package: { vendor: 'V', product: 'P', version: '1' },
    serviceName: 'api',
    signal: 'SIGHUP',
    logDir: logs,
    fileEventHandler: resolve('trigger'),
    fileEventHandlerInterval: 2,
    format: 'json',
    minInterval: 0,
    deadline: 3,
    greenThreads: 'snapshot',
    greenThreadsMaxHeap: 100,
    maxPause: 0.05,
    rehearsal: false,
    socket: false,
    mask: { names: ['iban'], patterns: [/DE\d+/] },
    environment: ['REGION', 'ZONE'],
  };
  const asText: [string, string, string][] = [
    ['GURU_PACKAGE_VENDOR', 'package_vendor', 'V'],
    ['GURU_PACKAGE_PRODUCT', 'package_product', 'P'],
    ['GURU_PACKAGE_VERSION', 'package_version', '1'],
    ['GURU_SERVICE_NAME', 'service_name', 'api'],
    ['GURU_SIGNAL', 'signal', 'hup'],
    ['GURU_LOG_DIR', 'log_dir', logs],
    ['GURU_FILE_EVENT_HANDLER', 'file_event_handler', 'trigger'],
    ['GURU_FILE_EVENT_HANDLER_INTERVAL', 'file_event_handler_interval', '2'],
    ['GURU_FORMAT', 'format', 'json'],
    ['GURU_MIN_INTERVAL', 'min_interval', '0'],
    ['GURU_DEADLINE', 'deadline', '3'],
    ['GURU_GREEN_THREADS', 'green_threads', 'Snapshot'],
    ['GURU_GREEN_THREADS_MAX_HEAP', 'green_threads_max_heap', '100'],
    ['GURU_MAX_PAUSE', 'max_pause', '0.05'],
    ['GURU_REHEARSAL', 'rehearsal', 'no'],
    ['GURU_SOCKET', 'socket', 'off'],
    ['GURU_MASK_NAMES', 'mask_names', 'iban'],
    ['GURU_MASK_PATTERNS', 'mask_patterns', String.raw`DE\d+`],
    ['GURU_ENVIRONMENT', 'environment', 'REGION, ZONE'],
  ];
  const byArgument = resolveAny(asArgument);
  assert.deepEqual(byArgument.problems, []);
  assert.deepEqual(byArgument.settings, { ...asArgument, configFile: null });

  const byEnvironment = resolveAny({}, Object.fromEntries(asText.map(([name, , value]) => [name, value])));
  assert.deepEqual(byEnvironment.problems, []);
  assert.deepEqual(byEnvironment.settings, byArgument.settings);

  const configFile = writeConfig(
    'all.conf',
    '[oslo_reports]',
    ...asText.map(([, key, value]) => `${key} = ${value}`),
  );
  const byFile = resolveAny({ configFile });
  assert.deepEqual(byFile.problems, []);
  assert.deepEqual(byFile.settings, { ...byArgument.settings, configFile });
});

test('settings can be sent to another thread', () => {
  const { settings } = resolveAny({ mask: { names: [/x/], patterns: ['y'] }, environment: [/^APP_/] });
  assert.deepEqual(structuredClone(settings), settings);
});

test('empty variables, empty values in the file, undefined and null arguments are unset', () => {
  const configFile = writeConfig('empty.conf', '[oslo_reports]', 'log_dir =', 'deadline = 9');
  const env = { GURU_SIGNAL: '', GURU_DEADLINE: '  ', GURU_CONFIG_FILE: '' };
  const { settings, problems } = resolveAny({ configFile, format: undefined, conf: null, mask: null }, env);
  assert.deepEqual(problems, []);
  assert.deepEqual([settings.logDir, settings.deadline, settings.format], [null, 9, 'text']);
});

test(
  'a bad value is told with its source, and the next good one counts',
  { skip: process.platform === 'win32' },
  () => {
    assert.deepEqual(linesOf(resolveAny({}, { GURU_SIGNAL: 'SIGFOO' })), [
      'option signal: unknown signal "SIGFOO" (from GURU_SIGNAL); using SIGUSR2 (default)',
    ]);
    const configFile = writeConfig('next.conf', '[oslo_reports]', 'signal = SIGHUP', 'signal = SIGINT');
    const resolved = resolveAny({ signal: 'KILL', configFile }, { GURU_SIGNAL: 'FOO' });
    assert.equal(resolved.settings.signal, 'SIGINT');
    assert.deepEqual(linesOf(resolved), [
      `option signal: signal "KILL" cannot be used, no program can catch it (from argument); using SIGINT (from signal in ${configFile})`,
      `option signal: unknown signal "FOO" (from GURU_SIGNAL); using SIGINT (from signal in ${configFile})`,
    ]);
    const first = resolved.problems[0];
    assert.equal(first?.severity, 'error');
    assert.equal(first?.error.code, 'ERR_GURU_OPTION');
  },
);

test('what a higher source overrides is not looked at', () => {
  assert.deepEqual(resolveAny({ deadline: 2 }, { GURU_DEADLINE: 'soon' }).problems, []);
});

test('intervals, formats and directories', () => {
  const missing = join(directory, 'missing');
  const env = {
    GURU_FILE_EVENT_HANDLER_INTERVAL: '-1',
    GURU_FORMAT: 'yaml',
    GURU_LOG_DIR: missing,
    GURU_MIN_INTERVAL: '100000',
    GURU_DEADLINE: '0',
  };
  assert.deepEqual(linesOf(resolveAny({}, env)), [
    `option logDir: directory ${JSON.stringify(missing)} does not exist (from GURU_LOG_DIR); using stderr (default)`,
    'option fileEventHandlerInterval: must be a number of seconds from 0.01 to 86400, not "-1" (from GURU_FILE_EVENT_HANDLER_INTERVAL); using 1 s (default)',
    'option format: unknown format "yaml", must be one of text, json, xml (from GURU_FORMAT); using text (default)',
    'option minInterval: must be a number of seconds from 0 to 86400, not "100000" (from GURU_MIN_INTERVAL); using 1 s (default)',
    'option deadline: must be a number of seconds from 0.1 to 3600, not "0" (from GURU_DEADLINE); using 5 s (default)',
  ]);
});

test('a configuration file that cannot be read', () => {
  const missing = join(directory, 'missing.conf');
  const resolved = resolveAny({}, { GURU_CONFIG_FILE: missing });
  assert.deepEqual(linesOf(resolved), [
    `option configFile: cannot read ${JSON.stringify(missing)}: ENOENT (from GURU_CONFIG_FILE); using no configuration file`,
  ]);
  assert.equal(resolved.problems[0]?.error.code, 'ERR_GURU_CONFIG_FILE');
  assert.equal(resolved.settings.configFile, null);

  const good = writeConfig('good.conf', '[oslo_reports]', 'deadline = 4');
  const second = resolveAny({ configFile: 5 }, { GURU_CONFIG_FILE: good });
  assert.deepEqual(linesOf(second), [
    `option configFile: must be a path, not 5 (from argument); using ${good} (from GURU_CONFIG_FILE)`,
  ]);
  assert.equal(second.settings.deadline, 4);
});

test('malformed lines count only within our group', () => {
  const configFile = writeConfig(
    'lines.conf',
    '[flags]',
    'verbose',
    '[oslo_reports]',
    'format',
    'deadline = 4',
  );
  const resolved = resolveAny({ configFile });
  assert.deepEqual(linesOf(resolved), [
    `option configFile: ${JSON.stringify(configFile)}, line 4: neither a [group] nor a "key = value" (from argument); using the rest of the file`,
  ]);
  assert.equal(resolved.settings.deadline, 4);
});

test('unknown options are warnings', () => {
  const configFile = writeConfig('unknown.conf', '[oslo_reports]', 'log_dri = /x', '[mogan]', 'whatever = 1');
  const resolved = resolveAny({ configFile, sginal: 'USR2', package: { vendro: 'x' } });
  assert.deepEqual(
    resolved.problems.map(({ severity, error }) => [severity, error.message]),
    [
      ['warning', 'option sginal: unknown option (from argument)'],
      ['warning', `unknown option "log_dri" (from [oslo_reports] in ${configFile})`],
      ['warning', 'option package.vendro: unknown option (from argument)'],
    ],
  );
});

test('the package: field by field from argument, environment and package.json', () => {
  const application = {
    mainScript: '/app/main.js',
    packageFile: '/app/package.json',
    vendor: 'Ann',
    product: 'mogan',
    version: '1.0.0',
  };
  const { settings, sources } = resolveAny(
    { package: { version: '2' } },
    { GURU_PACKAGE_VENDOR: 'Bob' },
    application,
  );
  assert.deepEqual(settings.package, { vendor: 'Bob', product: 'mogan', version: '2' });
  assert.equal(sources.package, 'GURU_PACKAGE_VENDOR, /app/package.json, argument');
  assert.equal(settings.serviceName, 'mogan');
});

test('package fields must be strings', () => {
  assert.deepEqual(linesOf(resolveAny({ package: { version: 3, vendor: '' } })), [
    'option package.vendor: must be a string that is not empty, not "" (from argument); using null (default)',
    'option package.version: must be a string that is not empty, not 3 (from argument); using null (default)',
  ]);
  assert.deepEqual(linesOf(resolveAny({ package: 'mogan' })), [
    'option package: must be an object, not "mogan" (from argument); using the other sources',
  ]);
  assert.deepEqual(linesOf(resolveAny('mogan')), [
    'option options: must be an object, not "mogan" (from argument); using the other sources',
  ]);
});

test('the service is called as the product, else as the main script', () => {
  const script = { ...NOTHING, mainScript: '/app/bin/mogan-api.js' };
  assert.equal(resolveAny({}, {}, script).settings.serviceName, 'mogan-api');
  assert.equal(resolveAny({ package: { product: 'Mogan' } }, {}, script).settings.serviceName, 'Mogan');
  assert.equal(resolveAny({ serviceName: 'a/b' }, {}, script).settings.serviceName, 'a/b');
});

test('what is masked adds up over all sources', () => {
  const configFile = writeConfig('mask.conf', '[oslo_reports]', 'mask_patterns = a,b', 'mask_patterns = c');
  const { settings, sources } = resolveAny(
    { mask: { names: [/^iban$/g] }, configFile },
    { GURU_MASK_NAMES: 'pin,puk' },
  );
  assert.deepEqual(settings.mask, { names: [/^iban$/, 'pin', 'puk'], patterns: [/a,b/, /c/] });
  assert.equal(sources.mask, `argument, GURU_MASK_NAMES, mask_patterns in ${configFile}`);
});

test('a bad entry of a list costs only itself', () => {
  const resolved = resolveAny({ environment: ['A', 5], mask: { patterns: ['(', 'x'] } });
  assert.deepEqual(linesOf(resolved), [
    'option mask.patterns: "(" is not a regular expression (from argument); using the other entries',
    'option environment: must hold names or regular expressions, not 5 (from argument); using the other entries',
  ]);
  assert.deepEqual([resolved.settings.environment, resolved.settings.mask.patterns], [['A'], [/x/]]);
});

test('conf is looked at only from outside', () => {
  let calls = 0;
  const conf = () => {
    calls += 1;
    return {};
  };
  assert.deepEqual(resolveAny({ conf }).problems, []);
  assert.equal(calls, 0);
  assert.deepEqual(linesOf(resolveAny({ conf: 'mogan.conf' })), [
    'option conf: must be a configuration object or a function that returns one, not "mogan.conf" (from argument); ' +
      "using the report's own options and the environment",
  ]);
  assert.deepEqual(linesOf(resolveAny({ conf: async () => ({}) })), [
    'option conf: must return the configuration at once, an async function cannot (from argument); ' +
      "using the report's own options and the environment",
  ]);
});
