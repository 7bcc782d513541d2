import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonValue } from '#src/report/json.js';
import { createMasker, maskReport } from '#src/report/mask.js';
import type { Report, Section } from '#src/report/schema.js';
import { FORMATS, renderReport } from '#src/views/render.js';
import { Random } from '../support/random.js';
import { sampleReport } from '../support/sample-report.js';

const SEED = 20260102;
const masker = createMasker();

const VALUES: [name: string, value: JsonValue, masked: JsonValue][] = [
  ['password', 'x', '***'],
  ['password', '', ''],
  ['password', null, null],
  ['password', 1234, '***'],
  ['auth', true, true],
  ['tokens', 812, 812],
  ['tokens', ['a', 5], ['***', '***']],
  ['pin', 1234, '***'],
  ['secrets', { a: 'x', b: [1, true, null], c: { d: 'y' } }, { a: '***', b: ['***', true, null], c: { d: '***' } }],
  ['auth', { strategy: 'jwt', maxAge: 5, user: 'u', jwt: 'x', other: 'y' }, { strategy: 'jwt', maxAge: 5, user: 'u', jwt: '***', other: '***' }],
  ['db', { url: 'postgres://u:p@h', password: 'x' }, { url: 'postgres://u:***@h', password: '***' }],
  ['x', [['password', 'y'], ['Authorization', 'z'], ['user', 'u']], [['password', '***'], ['Authorization', '***'], ['user', 'u']]],
  ['env', [{ name: 'DB_PASSWORD', value: 'x' }, { key: 'api_key', value: 'y', note: 'n' }], [{ name: 'DB_PASSWORD', value: '***' }, { key: 'api_key', value: '***', note: 'n' }]],
  ['argv', ['run', '--password', 'x'], ['run', '--password', '***']],
  ['x', { ghp_0123456789012345678901: 1, ghp_0123456789012345678902: 2 }, { '***': 1, '*** (2)': 2 }],
  ['PWD', '/srv/app', '/srv/app'],
  ['PWD', 'hunter2', '***'],
  ['x', JSON.parse('{"__proto__":{"password":"x"}}'), JSON.parse('{"__proto__":{"password":"***"}}')],
]; // prettier-ignore

for (const [name, value, masked] of VALUES) {
  test(`value: ${name} = ${JSON.stringify(value)}`, () => {
    assert.deepEqual(masker.value(name, value), masked);
    assert.deepEqual(masker.value(name, masked), masked, 'masking again changes nothing');
  });
}

/** The sample, and beside it a section with a leak in every place where one can be. */
function leaky(secret: string): Report {
  const report = sampleReport();
  report.trigger.detail = `/run/x?token=${secret}`;
  report.trigger.reason = `failed: password=${secret}`;
  for (const section of report.sections) {
    section.reason = `connect redis://:${secret}@h`;
    if (section.kind === 'package')
      section.model = { ...section.model!, mainScript: `data:,token='${secret}'` };
    if (section.kind === 'threads') {
      for (const thread of section.model?.threads ?? []) {
        thread.note = `in execSync('mysql -p${secret} db')`;
        thread.name = `worker --api-key ${secret}`;
        for (const frame of thread.frames) {
          frame.sourceLine = `connect({ password: '${secret}' }, "postgres://u:${secret}@h");`;
          frame.file = `https://u:${secret}@h/x.js`;
        }
      }
    }
    if (section.kind === 'processes' && section.model !== null) {
      section.model.command = [
        'mysql',
        `-p${secret}`,
        '--token',
        secret,
        `TOKEN=${secret}`,
        `curl -u u:${secret} x`,
      ];
      section.model.children.push({ ...section.model, children: [] });
    }
    if (section.kind === 'configuration' && section.model !== null) {
      Object.assign(section.model.groups, {
        secrets: { stripe: secret, list: [secret, { a: secret }] },
        keystone_authtoken: { password: secret, auth_url: `http://u:${secret}@h`, other: secret },
        db: {
          url: `pg://u:${secret}@h`,
          options: { apiKey: [secret] },
          json: JSON.stringify({ pass: secret }),
        },
      });
    }
    if (section.kind === 'custom') {
      section.model = {
        password: secret,
        text: `Authorization: Bearer ${secret}`,
        nested: [{ credentials: { a: [secret] } }, ['token', secret], `pwd=${secret};x=1`],
        [`postgres://u:${secret}@h`]: 1,
      };
      section.views = {
        text: `password = ${secret}\ntoken: ${secret}\n`,
        xml: {
          name: 'x',
          attributes: { token: secret, url: `http://u:${secret}@h` },
          children: [
            `secret=${secret}`,
            {
              name: 'password',
              attributes: { value: secret },
              children: [secret, { name: 'b', children: [secret] }],
            },
            { name: 'item', attributes: { name: 'apiKey', value: secret }, children: [secret] },
          ],
        },
      };
    }
  }
  return report;
}

test('no planted secret comes out of any view', (t) => {
  t.diagnostic(`seed ${SEED}`);
  const random = new Random(SEED);
  const letters = 'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ0123456789';
  for (let i = 0; i < 50; i++) {
    const secret = `Zq${Array.from({ length: 4 + random.below(20) }, () => random.pick(Array.from(letters))).join('')}`;
    const report = leaky(secret);
    const masked = maskReport(report, masker);
    for (const format of FORMATS) {
      const document = renderReport(masked, format);
      const at = document.indexOf(secret);
      assert.equal(at, -1, `${format}: ${document.slice(Math.max(0, at - 100), at + 50)}`);
    }
    assert.deepEqual(maskReport(masked, masker), masked, 'masking again changes nothing');
    assert.deepEqual(report, leaky(secret), 'the report itself stays as it was');
  }
});

test('a report without secrets stays as it is', () => {
  assert.deepEqual(maskReport(sampleReport(), masker), sampleReport());
});

test('groups of configuration: settings about a secret are shown, secrets are not', () => {
  const groups = {
    auth: { strategy: 'keystone', enabled: true, jwt: 'x' },
    token: { expiration: 3600, provider: 'fernet' },
    apiKeys: { google: 'x', github: 'y' },
    api: { auth: { url: 'http://a', pass: 'x' }, workers: 4 },
  };
  const section: Section = {
    title: 'C',
    kind: 'configuration',
    status: 'ok',
    durationMs: 1,
    model: { groups },
  };
  const [masked] = maskReport({ ...sampleReport(), sections: [section] }, masker).sections;
  assert.deepEqual(masked?.model, {
    groups: {
      auth: { strategy: 'keystone', enabled: true, jwt: '***' },
      token: { expiration: 3600, provider: 'fernet' },
      apiKeys: { google: '***', github: '***' },
      api: { auth: { url: 'http://a', pass: '***' }, workers: 4 },
    },
  });
});

test('masking any data again changes nothing', (t) => {
  t.diagnostic(`seed ${SEED}`);
  const random = new Random(SEED);
  const pieces = ['password', 'token', '=', ': ', '"', "'", 'x', ' ', '\n', '&', ';', ',', '{', '}', '[', ']', '\\', '--', 'mysql -p', 'curl -u a:b', '://', '@', ':', 'Bearer ', 'eyJhbGciOiJ.eyJ', '***', '<key>', '</key>', 'Cookie: ']; // prettier-ignore
  for (let i = 0; i < 20_000; i++) {
    const text = Array.from({ length: 1 + random.below(10) }, () => random.pick(pieces)).join('');
    const once = masker.text(text);
    assert.equal(masker.text(once), once, JSON.stringify(text));
    const line = masker.source(text);
    assert.equal(masker.source(line), line, JSON.stringify(text));
  }
});
