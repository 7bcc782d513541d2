import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SET_UP, sectionOf, startApp, threadsOf } from '../support/app.js';

const MAJOR = Number(process.versions.node.split('.')[0]);
const FLAGS = [
  MAJOR < 22 ? '--experimental-permission' : '--permission',
  '--no-warnings',
  '--allow-fs-read=*',
];

test('without permission for workers the main thread serves, and the report says so', async (t) => {
  const app = await startApp(t, 'end-to-end/idle.mjs', { nodeArgs: [...FLAGS, ...SET_UP] });
  const report = await app.ask();
  assert.equal(report.trigger.receivedBy, 'main');
  assert.match(report.trigger.reason ?? '', /^the sentinel could not be started: .*restricted/);
  assert.equal(sectionOf(report, 'threads').status, 'partial');
  assert.match(sectionOf(report, 'threads').reason ?? '', /permission model forbids the inspector/);
});

test('with workers and without the inspector the kernel alone speaks of the threads', async (t) => {
  const app = await startApp(t, 'end-to-end/idle.mjs', { nodeArgs: [...FLAGS, '--allow-worker', ...SET_UP] });
  await app.ask();
  const report = await app.ask();
  assert.equal(report.trigger.receivedBy, 'sentinel');
  assert.match(sectionOf(report, 'threads').reason ?? '', /permission model forbids the inspector/);
  assert.ok(threadsOf(report).length > 5);
  assert.equal(sectionOf(report, 'configuration').status, 'ok');
});
