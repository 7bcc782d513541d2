import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import nconf from 'nconf';
import { readConfiguration } from '#src/config/read-conf.js';

let directory: string;
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'guru-nconf-'));
  process.env['GURU_TEST_REGION'] = 'eu-1';
  process.env['GURU_TEST_PORT'] = '9090';
});
after(() => {
  rmSync(directory, { recursive: true });
  delete process.env['GURU_TEST_REGION'];
  delete process.env['GURU_TEST_PORT'];
});

test('nconf: the stores merged, the first one counting most', () => {
  const provider = new nconf.Provider();
  const file = join(directory, 'mogan.json');
  writeFileSync(file, JSON.stringify({ api: { port: 8080, host: '::1' }, name: 'mogan' }));
  provider.use('memory');
  provider.set('api:port', 9);
  provider.env({ whitelist: ['GURU_TEST_REGION'] });
  provider.file('main', file);
  provider.defaults({ api: { port: 80, tls: { cert: '/c' } }, list: [1], name: 'x' });
  assert.deepEqual(readConfiguration(provider), {
    groups: {
      api: { host: '::1', port: 9, 'tls.cert': '/c' },
      default: { GURU_TEST_REGION: 'eu-1', list: [1], name: 'mogan' },
    },
    secrets: [],
    source: 'nconf',
    notes: [],
  });
  provider.set('api:port', 10);
  assert.equal(readConfiguration(() => provider).groups['api']?.['port'], 10);
});

test('nconf: the same as its own get()', () => {
  const build = () => {
    const provider = new nconf.Provider();
    provider.use('memory');
    provider.overrides({ a: { b: { c: 1 } }, list: [1, 2], scalar: 1 });
    provider.add('middle', { type: 'literal', store: { a: { b: 5, d: null }, list: [3], scalar: { x: 1 } } });
    provider.defaults({ store: { a: { b: { e: 2 }, d: { f: 1 } }, scalar: { y: 2 } } });
    return provider;
  };
  const { type: _, ...own } = build().get() as Record<string, unknown>;
  assert.deepEqual(readConfiguration(build()).groups, readConfiguration(own).groups);
});

test('nconf: reading leaves the stores alone', () => {
  const provider = new nconf.Provider();
  provider.use('memory');
  provider.set('api:port', 9);
  const defaults = { api: { port: 80 } };
  provider.defaults(defaults);
  readConfiguration(provider);
  assert.deepEqual(defaults.api, { port: 80 });
  provider.remove('memory');
  assert.equal(readConfiguration(provider).groups['api']?.['port'], 80);
});

test('nconf: the default provider of the module', () => {
  nconf.defaults({ from: 'the module' });
  try {
    assert.deepEqual(readConfiguration(nconf).groups, { default: { from: 'the module' } });
  } finally {
    nconf.remove('defaults');
  }
});

test('nconf: of the whole environment only what is an option elsewhere or may be shown', () => {
  const provider = new nconf.Provider();
  provider.env();
  provider.defaults({ GURU_TEST_PORT: '1' });
  const options = readConfiguration(provider).groups['default'];
  assert.equal(options?.['GURU_TEST_PORT'], '9090');
  assert.equal(options['GURU_TEST_REGION'], '(set)');
  assert.equal(options['PATH'], process.env['PATH']);
  assert.equal(readConfiguration(provider, [/REGION$/]).groups['default']?.['GURU_TEST_REGION'], 'eu-1');
});

test('nconf: the whole environment with other names', () => {
  const provider = new nconf.Provider();
  provider.env({ separator: '_TEST_', lowerCase: true });
  provider.defaults({});
  assert.equal(readConfiguration(provider).groups['default']?.['guru_test_region'], '(set)');
  provider.env({ separator: '_TEST_' });
  provider.defaults({ GURU: { PORT: '1' } });
  assert.deepEqual(readConfiguration(provider).groups['GURU'], { PORT: '9090', REGION: '(set)' });
});

test('nconf: a store that answers later is named', () => {
  const provider = new nconf.Provider();
  provider.defaults({ a: 1 });
  const stores = provider.stores as Record<string, unknown>;
  stores['redis'] = { type: 'redis', get: (_key: string, done: () => void) => done() };
  const { groups, notes } = readConfiguration(provider);
  assert.deepEqual(groups, { default: { a: 1 } });
  assert.deepEqual(notes, ['the store "redis" cannot be read at once and is left out']);
});
