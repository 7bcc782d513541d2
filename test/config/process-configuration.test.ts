import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  joinGroups,
  readProcessConfiguration,
  readReportOptions,
} from '#src/config/process-configuration.js';
import { resolveSettings } from '#src/config/settings.js';

const { settings, sources } = resolveSettings(
  { signal: 'SIGHUP', mask: { names: ['iban', /^x/], patterns: ['s3cr3t'] }, environment: ['REGION'] },
  { GURU_DEADLINE: '2' },
  {
    mainScript: '/app/main.js',
    packageFile: '/app/package.json',
    vendor: null,
    product: 'mogan',
    version: '1.0.0',
  },
);

test('the report’s options, Node’s and the environment', () => {
  const groups = readProcessConfiguration({
    settings,
    sources,
    env: { REGION: 'eu', DATABASE_URL: 'postgres://u:p@h', LANG: 'C' },
    argv: ['/usr/bin/node', '/app/main.js', '--port', '80'],
    execArgv: ['--import', 'guru-meditation/register'],
    nodeOptions: '--max-old-space-size=512 --no-warnings',
  });
  assert.deepEqual(Object.keys(groups), [
    'environment',
    'guru_meditation',
    'guru_meditation.sources',
    'node',
  ]);
  assert.deepEqual(groups['environment'], { DATABASE_URL: '(set)', LANG: 'C', REGION: 'eu' });
  assert.deepEqual(groups['node'], {
    NODE_OPTIONS: ['--max-old-space-size=512', '--no-warnings'],
    argv: ['/usr/bin/node', '/app/main.js', '--port', '80'],
    execArgv: ['--import', 'guru-meditation/register'],
  });
});

test('the options in force and their sources, sorted', () => {
  const groups = readReportOptions(settings, sources);
  assert.deepEqual(groups, {
    guru_meditation: {
      configFile: null,
      deadline: 2,
      environment: ['REGION'],
      fileEventHandler: null,
      fileEventHandlerInterval: 1,
      format: 'text',
      greenThreads: 'auto',
      greenThreadsMaxHeap: 32,
      logDir: null,
      'mask.names': ['iban', '/^x/'],
      'mask.patterns': 1,
      maxPause: 0.02,
      minInterval: 1,
      'package.product': 'mogan',
      'package.vendor': null,
      'package.version': '1.0.0',
      rehearsal: true,
      serviceName: 'mogan',
      signal: 'SIGHUP',
      socket: true,
    },
    'guru_meditation.sources': {
      configFile: 'default',
      deadline: 'GURU_DEADLINE',
      environment: 'argument',
      fileEventHandler: 'default',
      fileEventHandlerInterval: 'default',
      format: 'default',
      greenThreads: 'default',
      greenThreadsMaxHeap: 'default',
      logDir: 'default',
      mask: 'argument',
      maxPause: 'default',
      minInterval: 'default',
      package: '/app/package.json',
      rehearsal: 'default',
      serviceName: 'default',
      signal: 'argument',
      socket: 'default',
    },
  });
  for (const options of Object.values(groups))
    assert.deepEqual(Object.keys(options), Object.keys(options).sort());
});

test('without NODE_OPTIONS', () => {
  const process = { settings, sources, env: {}, argv: [], execArgv: [], nodeOptions: undefined };
  assert.deepEqual(readProcessConfiguration(process)['node'], { NODE_OPTIONS: [], argv: [], execArgv: [] });
});

test('with the application’s groups, which stand as they are', () => {
  const ours = readReportOptions(settings, sources);
  const joined = joinGroups({ zone: { a: 1 }, api: { b: 2 }, guru_meditation: { c: 3 } }, ours);
  assert.deepEqual(Object.keys(joined), ['api', 'guru_meditation', 'guru_meditation.sources', 'zone']);
  assert.deepEqual(joined['guru_meditation'], { c: 3 });
});
