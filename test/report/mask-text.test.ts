import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMasker } from '#src/report/mask.js';
import { TOKEN_SHAPES } from '#src/report/mask-patterns.js';

const masker = createMasker();
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl-_A';
const PEM = '-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----';

/** What is masked, and what of the text stays. */
const MASKED: [text: string, masked: string][] = [
  // URLs
  ['postgres://u:pw@host/db?sslmode=x', 'postgres://u:***@host/db?sslmode=x'],
  ['redis://:pw@h:6379/0', 'redis://:***@h:6379/0'],
  ['see amqp://u:p@ss:w@h, http://a:b@c', 'see amqp://u:***@h, http://a:***@c'],
  ['postgres://u:p/w@h/db', 'postgres://u:***@h/db'],
  ["postgres://u:p'w@h/db", 'postgres://u:***@h/db'],
  ['mongodb+srv://u:p%40@h1,h2/?a=b', 'mongodb+srv://u:***@h1,h2/?a=b'],
  ['https://0123456789abcdef0123456789abcdef@sentry.io/1', 'https://***@sentry.io/1'],
  ['GET /x?token=abc&x=1#f', 'GET /x?token=***&x=1#f'],
  ['https://a/b?x=1&access_token=abc', 'https://a/b?x=1&access_token=***'],
  ['https://a.blob/b?sv=1&sig=abc%3D&se=2', 'https://a.blob/b?sv=1&sig=***&se=2'],
  ['https://hooks.slack.com/services/T000/B000/XXXX', 'https://***'],
  // connection strings
  ['Server=db;User Id=sa;Password=a,b&c;Database=x', 'Server=db;User Id=sa;Password=***;Database=x'],
  ['Endpoint=sb://x/;SharedAccessKey=abc=;EntityPath=y', 'Endpoint=sb://x/;SharedAccessKey=***;EntityPath=y'],
  ['password=hunter2 host=db', 'password=*** host=db'],
  ["host=db password='a b'", "host=db password='***'"],
  ['h:6379,password=abc,ssl=True', 'h:6379,password=***,ssl=True'],
  // headers, prose, files
  ['Authorization: Bearer abc.def', 'Authorization: ***'],
  ["-H 'X-Api-Key: a b' -v", "-H 'X-Api-Key: ***' -v"],
  ['Cookie: a=b; c=d\nHost: x', 'Cookie: ***\nHost: x'],
  ['sent Bearer abcdef', 'sent Bearer ***'],
  ['Basic dXNlcjpwYXNz', 'Basic ***'],
  ['password: correct horse\nhost: x', 'password: ***\nhost: x'],
  ['export DB_PASS = a b', 'export DB_PASS = ***'],
  ['password:hunter2', 'password:***'],
  ['run --password x --verbose', 'run --password *** --verbose'],
  ["Map(1) { 'password' => 'x', 'n' => 1 }", "Map(1) { 'password' => '***', 'n' => 1 }"],
  ['<db password="x"><token>y</token></db>', '<db password="***"><token>***</token></db>'],
  ['got {"password":"x \\" y","a":1} {"pin":12}', 'got {"password":"***","a":1} {"pin":***}'],
  ['as \\"password\\":\\"x\\",\\"b\\":1', 'as \\"password\\":\\"***\\",\\"b\\":1'],
  ['with "secrets":{"a":["b"]},"z":1', 'with "secrets":***,"z":1'],
  // JSON as a whole
  ['{"auth":{"user":"u","pass":"p"},"n":1}', '{"auth":{"user":"u","pass":"***"},"n":1}'],
  ['[{"name":"DB_PASSWORD","value":"x"}]', '[{"name":"DB_PASSWORD","value":"***"}]'],
  // shapes
  [`a ${PEM} b ${PEM}`, 'a *** b ***'],
  [`a\n${PEM.slice(0, 40)}`, 'a\n***'],
  [PEM.replaceAll('\n', '\\n'), '***'],
  [PEM.replace('RSA', 'OPENSSH'), '***'],
  [`<${JWT}>`, '<***>'],
  [JWT.slice(0, 30), '***'],
  [`x%3D${JWT}`, 'x%3D***'],
  // commands
  ['sh: mysql -uroot -psecret db -p x', 'sh: mysql -uroot -p*** db -p x'],
  ['curl -u "a:b c" http://x', 'curl -u a:*** http://x'],
];

for (const [text, masked] of MASKED) {
  test(`masked: ${JSON.stringify(text)}`, () => {
    assert.equal(masker.text(text), masked);
    assert.equal(masker.text(masked), masked, 'masking again changes nothing');
  });
}

/** What has no secret in it. */
const KEPT = [
  'http://host:80/a@2x.png',
  'https://[::1]:80/@x',
  'https://user@host/x',
  'http://auth:8080/key/1',
  'at login (/srv/auth.js:10:3)',
  'arn:aws:secretsmanager:us:1:secret:Foo',
  'the basic authentication and the bearer token',
  'Basic information, Digest access',
  'tokens: 12, keys=3',
  'password = null, token: undefined, secret=""',
  'key => f(key)',
  'if (token === other)',
  'PWD=/home/x',
  'std::key::value',
  'task-scheduler-of-the-service-number-one',
  '{"tokens":5, "auth":{"enabled":true}}',
  '{ no json: at all }',
  '***',
  'docker run -p 80:80',
];

for (const text of KEPT) {
  test(`kept: ${JSON.stringify(text)}`, () => {
    assert.equal(masker.text(text), text);
  });
}

const TOKENS = [
  'AKIAIOSFODNN7EXAMPLE',
  `ghp_${'a1'.repeat(18)}`,
  `github_pat_${'a1_'.repeat(20)}`,
  `glpat-${'a1-'.repeat(7)}`,
  `xoxb-${'12345-'.repeat(4)}`,
  `sk_live_${'a1'.repeat(12)}`,
  `rk_test_${'a1'.repeat(12)}`,
  `AIza${'a1-'.repeat(12)}`,
  `npm_${'a1'.repeat(18)}`,
  `sk-proj-${'a1_'.repeat(10)}`,
  `SG.${'a1'.repeat(11)}.${'b2'.repeat(20)}`,
  `hf_${'aB'.repeat(17)}`,
  `key-${'0a'.repeat(16)}`,
];

test('tokens are told by their shape, wherever they stand', () => {
  for (const token of TOKENS) {
    for (const [before, after] of [
      ['', ''],
      ['(', ')'],
      ['a ', ' b'],
      ['x=', '&y'],
      ['%3D', ''],
      ['"', '"'],
    ] as const) {
      assert.equal(masker.text(before + token + after), `${before}***${after}`);
    }
    assert.equal(masker.text(`x${token}`).includes('***'), false, `not within a word: ${token}`);
  }
});

test('every shape of the table is a pattern of its own', () => {
  for (const { issuer, source } of TOKEN_SHAPES) assert.doesNotThrow(() => new RegExp(source), issuer);
});

test('a line of a program keeps its variables and loses its literals', () => {
  const lines: [string, string][] = [
    ['const token = await fetchToken(req);', 'const token = await fetchToken(req);'],
    ["const token = 'abc';", "const token = '***';"],
    ["connect({ password: 'x', host })", "connect({ password: '***', host })"],
    ['connect({ password: config.password })', 'connect({ password: config.password })'],
    ["pg('host=x password=hunter2')", "pg('host=x password=***')"],
    ["execSync('mysql -uroot -psecret db')", "execSync('mysql -uroot -p*** db')"],
    ["if (token === 'abc') {", "if (token === '***') {"],
    ['const key = keys[i];', 'const key = keys[i];'],
    ["return { auth: { user, pass: 'x' } };", "return { auth: { user, pass: '***' } };"],
    ["fetch('http://u:p@h')", "fetch('http://u:***@h')"],
  ];
  for (const [line, masked] of lines) assert.equal(masker.source(line), masked);
});

test("a user's patterns are applied to any text, whatever their flags and state", () => {
  const stateful = /\d{3}-\d{4}/gy;
  stateful.lastIndex = 5;
  const { text } = {
    text: (it: string) => createMasker({ patterns: [stateful, /x*/, /never{9}/, /\*/] }).text(it),
  };
  for (let i = 0; i < 3; i++) assert.equal(text('call 555-1234 or 555-9876'), 'call *** or ***');
  assert.equal(text('axxb'), 'a***b');
  assert.equal(text(text('axxb')), text('axxb'));
});

test("a user's pattern whose exec throws is harmless, and one that is no pattern is refused", () => {
  class Bad extends RegExp {
    override exec(): never {
      throw new Error('no');
    }
  }
  assert.equal(createMasker({ patterns: [new Bad('abc')] }).text('x abc'), 'x ***');
  assert.throws(() => createMasker({ patterns: ['abc' as unknown as RegExp] }), { code: 'ERR_GURU_OPTION' });
  assert.throws(() => createMasker({ names: [1 as unknown as string] }), { code: 'ERR_GURU_OPTION' });
});
