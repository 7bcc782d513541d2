import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMasker } from '#src/report/mask.js';

const SECRET = `
  password dbPassword DB_PASSWORD database.password PASSWORD_DB password2 passwordHash passwd pwd db_pw pass db_pass
  userPass DBPASS requirepass passphrase passPhrase passcode psk
  secret clientSecret client-secret CLIENTSECRET secrets SECRET_KEY_BASE webhookSecret enable_secret
  token tokens accessToken authtoken _authToken NPM_TOKEN verifyToken keystone_authtoken tokenPassword
  key keys apiKey api_key api-key API_KEY apikey X-Api-Key private-key privateKey accessKeyId AWS_ACCESS_KEY_ID
  AWS_SECRET_ACCESS_KEY secretaccesskey hmacKey tls.key MAX_API_KEY
  credential credentials creds auth basicAuth authorization Authorization proxy-authorization oauth
  cookie cookies set-cookie sessionSecret session_id sessionId PHPSESSID connect.sid
  dsn SENTRY_DSN connectionString connection_string connectionstring salt pin pinCode otp totpSecret bearer signature
  X-Amz-Signature mnemonic seedPhrase recoveryCodes jwt jwtSecret -Dtoken
`;

const PUBLIC = `
  author authors authority authored opinion spinning pinned dnsName connection connections connectTimeout session
  sessionTimeout keyboard monkey turkey hotkey keyword keywords keyspace keepAlive bypass compass passThrough
  passthrough passRate pass_count firstPass tokenizer
  maxTokens max_output_tokens tokenLimit tokenCount tokenTtl tokenExpiresIn tokensPerSecond tokenBucket
  passwordMinLength passwordPolicy password_file keyFile key_path secretName cookieName cookieDomain cookieMaxAge
  saltRounds signatureAlgorithm authEnabled auth_strategy auth_url authUser authSource AUTH_HOST SSH_AUTH_SOCK
  publicKey public_key primaryKey primaryKeyColumn foreignKey cacheKey routingKey keyPrefix
  PATH HOME host port username npm_config_user_agent
`;

const words = (text: string): string[] => text.trim().split(/\s+/);

test('names of secrets are told in every spelling', () => {
  const masker = createMasker();
  assert.deepEqual(
    words(SECRET).filter((name) => !masker.isSecretName(name)),
    [],
  );
});

test('names that only look like those of secrets are not', () => {
  const masker = createMasker();
  assert.deepEqual(
    words(PUBLIC).filter((name) => masker.isSecretName(name)),
    [],
  );
});

test('names of the user match as words, in every spelling, and win over the rules for settings', () => {
  const masker = createMasker({ names: ['ssn', 'card number', 'tokenUrl', /^x-internal/i] });
  for (const name of [
    'ssn',
    'userSsn',
    'USER_SSN',
    'cardNumber',
    'card-number',
    'CARDNUMBER',
    'token_url',
    'X-Internal-Id',
  ]) {
    assert.ok(masker.isSecretName(name), name);
  }
  for (const name of ['mission', 'discard', 'cardHolder', 'card', 'not-x-internal']) {
    assert.ok(!masker.isSecretName(name), name);
  }
  assert.equal(masker.text('userSsn=123 mission=4'), 'userSsn=*** mission=4');
});

test("a RegExp's flags and its lastIndex make no difference", () => {
  const name = /^ssn$/gy;
  name.lastIndex = 3;
  const masker = createMasker({ names: [name, ''] });
  assert.deepEqual(
    ['ssn', 'ssn', 'x', 'ssn'].map((it) => masker.isSecretName(it)),
    [true, true, false, true],
  );
});
