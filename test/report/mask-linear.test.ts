import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMasker } from '#src/report/mask.js';

/**
 * Each of these, repeated to 1 MiB, is the worst for some step of masking. Nothing is measured: a step whose time
 * grows with the square of the length would take hours, and the run would not end.
 */
const WORST = [
  'a', 'a.', ' ', '\\', '"', '\u{1f525}', '\ud800', '\n',
  'eyJ', 'eyJ-', 'eyJaaaaaa.', '-----BEGIN PRIVATE KEY-----', '-----BEGIN ', '-',
  'a://', 'a://b:c/', 'a://b:c"', '://@', '://a:b@',
  'password=', 'password="', 'password=\\"', 'password=\\\\"x\\"', 'password: ', 'password: {', 'key=1,', 'a=b&', 'token=a,b&',
  '"cookie: x" ', "'cookie: x' ", 'x-api-key: a b ', '--password ', '<a', '<password ', '<password>',
  'Bearer ', 'bearer', 'sk-', 'xoxa-', 'SG.aaaaaaaaaaaaaaaaaaaaa', '1234567890:AA',
  "mysql -psecret '", 'mysql -p" ', 'curl ( ', 'zip ', '{"', '{"a":[', '[[[',
]; // prettier-ignore

test('no text of 1 MiB is slow to mask', () => {
  const masker = createMasker({ patterns: [/secret-\d+/] });
  for (const unit of WORST) {
    const text = unit.repeat(Math.ceil((1024 * 1024) / unit.length));
    const masked = masker.text(text);
    assert.ok(masked.length <= 3 * text.length);
    masker.isSecretName(text);
  }
});

test('no line of a program and no argument of 1 MiB is slow to mask', () => {
  const masker = createMasker();
  for (const unit of WORST.filter((_, i) => i % 4 === 0)) {
    const text = unit.repeat(Math.ceil((1024 * 1024) / unit.length));
    masker.source(text);
    const [, , value] = masker.command(['run', '--password', text, text]);
    assert.ok(value === '***' || text.startsWith('-'), unit);
  }
});

test('an object of many keys that are all secrets is masked without search', () => {
  const keys = Array.from({ length: 100_000 }, (_, i) => [`ghp_${String(i).padStart(30, '0')}`, i] as const);
  const masked = createMasker().value('x', Object.fromEntries(keys)) as Record<string, number>;
  assert.equal(Object.keys(masked).length, keys.length);
  assert.equal(masked['*** (100000)'], 99_999);
});
