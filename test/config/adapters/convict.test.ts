import assert from 'node:assert/strict';
import { test } from 'node:test';
import convict from 'convict';
import { readConfiguration } from '#src/config/read-conf.js';

const isolated = { env: {}, args: [] };

test('convict: defaults, environment, load and set, as they are now', () => {
  const config = convict(
    {
      debug: { default: false },
      api: { host: { default: '127.0.0.1' }, port: { default: 80, env: 'API_PORT', format: Number } },
      pool: { limits: { max: { default: 5 }, names: { default: ['a'] } } },
    },
    { env: { API_PORT: '8080' }, args: [] },
  );
  assert.deepEqual(readConfiguration(config), {
    groups: {
      api: { host: '127.0.0.1', port: 8080 },
      default: { debug: false },
      pool: { 'limits.max': 5, 'limits.names': ['a'] },
    },
    secrets: [],
    source: 'convict',
    notes: [],
  });
  config.load({ api: { host: '::1' }, undeclared: { x: 1 } });
  config.set('pool.limits.max', 9);
  const { groups } = readConfiguration(() => config);
  assert.deepEqual([groups['api']?.['host'], groups['pool']?.['limits.max']], ['::1', 9]);
  assert.deepEqual(groups['undeclared'], { x: 1 });
});

test('convict: sensitive options never show a value, wherever they are and whatever they hold', () => {
  const secret = (value: unknown) => ({ default: value, format: '*' as const, sensitive: true });
  const config = convict(
    {
      pepper: secret('s3cr3t-1'),
      bundle: secret({ inner: 's3cr3t-2' }),
      database: {
        name: { default: 'mogan' },
        marker: secret('s3cr3t-3'),
        nested: { deep: secret('s3cr3t-4'), map: secret({ a: { b: 's3cr3t-5' } }) },
        sensitive: { default: true },
        list: secret(['s3cr3t-6']),
        unset: secret(null),
      },
    },
    isolated,
  );
  config.set('database.marker', 's3cr3t-7');
  const reading = readConfiguration(config);
  assert.deepEqual(reading.groups, {
    database: {
      list: '***',
      marker: '***',
      name: 'mogan',
      'nested.deep': '***',
      'nested.map': '***',
      sensitive: true,
      unset: '***',
    },
    default: { bundle: '***', pepper: '***' },
  });
  assert.deepEqual(reading.secrets, [
    'database.list',
    'database.marker',
    'database.nested.deep',
    'database.nested.map',
    'database.unset',
    'default.bundle',
    'default.pepper',
  ]);
  assert.doesNotMatch(JSON.stringify(reading), /s3cr3t/);
});

test('convict: options with keys of their own named like parts of a schema', () => {
  const properties = { type: 'object' };
  const config = convict(
    { a: { default: 's3cr3t', sensitive: true, properties }, b: { default: 1, properties } },
    isolated,
  );
  assert.deepEqual(readConfiguration(config).groups, { default: { a: '***', b: 1 } });
});

test('convict: a schema that has no JSON', () => {
  const config = convict(
    { big: { default: 5n, format: '*' }, pepper: { default: 's3cr3t', sensitive: true } },
    isolated,
  );
  assert.throws(() => config.getSchema());
  assert.deepEqual(readConfiguration(config).groups, { default: { big: '5n', pepper: '***' } });
});

test('convict: without a list of sensitive options nothing is shown', () => {
  const config = convict({ pepper: { default: 's3cr3t', sensitive: true } }, isolated);
  const unreadable = Object.assign(Object.create(config) as object, {
    _sensitive: undefined,
    getSchema: () => {
      throw new Error('no schema');
    },
  });
  assert.throws(() => readConfiguration(unreadable), {
    name: 'GuruError',
    message: 'option conf cannot be read: no schema',
  });
});
