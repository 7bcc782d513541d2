import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { test } from 'node:test';

const apps = resolve('test/apps/config');

test('node-config: the values in force, before and after it becomes immutable', () => {
  const output = execFileSync(
    process.execPath,
    [resolve(apps, 'node-config.mjs'), import.meta.resolve('#src/config/read-conf.js')],
    { env: { ...process.env, NODE_CONFIG_DIR: resolve(apps, 'node-config'), NODE_ENV: 'production' } },
  );
  const said = JSON.parse(String(output)) as Record<string, unknown>;
  const groups = {
    api: { port: 8080, 'tls.cert': '/etc/cert.pem', 'tls.ciphers': [] },
    default: { debug: true },
    engine: { workers: 8 },
  };
  const reading = { secrets: [], source: 'node-config', notes: [] };
  const changed = { ...reading, groups: { ...groups, late: { added: true } } };
  assert.deepEqual(said, {
    first: { ...reading, groups },
    changed,
    port: 8080,
    immutable: true,
    afterGet: changed,
    part: { ...reading, groups: { default: { port: 8080 }, tls: { cert: '/etc/cert.pem', ciphers: [] } } },
    namespace: changed,
  });
});
