import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collectProcesses } from '#src/sections/processes.js';

test('this process', () => {
  const { status, reason, model } = collectProcesses('self');
  assert.equal(model?.pid, process.pid);
  assert.equal(model.ppid, process.ppid);
  if (process.platform === 'win32') assert.equal(status, 'partial');
  else assert.equal(status, 'ok', reason);
  assert.deepEqual(JSON.parse(JSON.stringify(model)), model, 'plain data');
});

test('a process that is not there', () => {
  const { status, reason, model } = collectProcesses(2 ** 30);
  assert.equal(status, 'failed');
  assert.equal(model, null);
  assert.ok(reason);
});
