import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeEnvironment, shownVariables } from '#src/config/environment.js';

test('harmless variables with their values, the others by name, all sorted', () => {
  const env = {
    TZ: 'UTC',
    NODE_ENV: 'production',
    DATABASE_URL: 'postgres://u:p@h/db',
    NODE_AUTH_TOKEN: 't',
    NODE_CONFIG: '{"password":"p"}',
    GURU_SIGNAL: 'SIGUSR2',
    GURU_MASK_PATTERNS: 'p4ss',
    PORT: '',
    SECRET: '',
  };
  const described = describeEnvironment(env, shownVariables([]));
  assert.deepEqual(described, {
    DATABASE_URL: '(set)',
    GURU_MASK_PATTERNS: '(set)',
    GURU_SIGNAL: 'SIGUSR2',
    NODE_AUTH_TOKEN: '(set)',
    NODE_CONFIG: '(set)',
    NODE_ENV: 'production',
    PORT: '(empty)',
    SECRET: '(empty)',
    TZ: 'UTC',
  });
  assert.deepEqual(Object.keys(described), Object.keys(env).sort());
});

test('what the user names is shown: exact names, and expressions', () => {
  const isShown = shownVariables(['REGION', /^APP_/]);
  assert.deepEqual(['REGION', 'REGION_2', 'region', 'APP_A', 'MY_APP_A', 'LANG'].filter(isShown), [
    'REGION',
    'APP_A',
    'LANG',
  ]);
});
