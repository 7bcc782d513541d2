import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { describeSystemError, errorCode } from '#src/os/system-error.js';

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return assert.fail('nothing was thrown');
}

test('an error of the system in words, without call and path', () => {
  const error = thrownBy(() => fs.readFileSync('/missing/file'));
  assert.equal(describeSystemError(error), 'no such file or directory (ENOENT)');
  assert.equal(errorCode(error), 'ENOENT');
});

test('other errors: the first line of the message, and the code where there is one', () => {
  const ofNode = thrownBy(() => fs.readFileSync({} as string));
  assert.match(describeSystemError(ofNode), /^The "path" argument .* \(ERR_INVALID_ARG_TYPE\)$/);
  assert.equal(describeSystemError(new Error('one\ntwo')), 'one');
  assert.equal(describeSystemError('text'), 'text');
  assert.equal(errorCode(new Error('one')), null);
  assert.equal(errorCode('text'), null);
});
