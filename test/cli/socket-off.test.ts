import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { SET_UP, sectionOf, startApp, threadsOf } from '../support/app.js';
import type { Report } from 'guru-meditation';
import { isListening, nodes, until } from './outside/support.js';
import { isUnreachable, socketOf, startSetUp } from './processes-support.js';
import { guru } from './support.js';

const LINUX = { skip: process.platform !== 'linux' };
const WHY = 'its own sentinel cannot be asked: it listens at no socket of guru-meditation';

for (const { major, path } of nodes()) {
  test(`Node ${major}, socket off: a report from outside, and it is said`, LINUX, async (t) => {
    const app = await startApp(t, 'end-to-end/register-section.mjs', {
      execPath: path,
      nodeArgs: ['--inspect-port=0', ...SET_UP],
      env: { GURU_SOCKET: 'off' },
    });
    const { code, stdout, stderr } = await guru(['dump', String(app.pid), '-f', 'json']);
    assert.deepEqual([code, stderr], [0, `guru: process ${app.pid}: ${WHY}\n`]);
    const report = JSON.parse(stdout) as Report;
    assert.deepEqual(report.trigger, {
      kind: 'cli',
      detail: 'guru dump',
      receivedBy: 'outside',
      reason: WHY,
    });
    assert.deepEqual(
      report.sections.map(({ kind }) => kind),
      ['package', 'threads', 'greenThreads', 'processes', 'configuration'],
    );
    assert.equal(threadsOf(report).find(({ kind }) => kind === 'sentinel')?.name, 'guru-meditation');
    assert.ok(!threadsOf(report).some(({ kind }) => kind === 'worker'));
    assert.equal(sectionOf(report, 'threads').status, 'ok', sectionOf(report, 'threads').reason);
    assert.ok(!isListening(app));
    assert.equal(socketOf(app), null);

    const trigger = await guru(['trigger', String(app.pid)]);
    assert.ok(isUnreachable(trigger), trigger.stderr);
    assert.match(trigger.stderr, /it is not set up, or its option socket is off/);
    const [row] = JSON.parse((await guru(['ps', String(app.pid), '-f', 'json'])).stdout) as {
      setUp: boolean | null;
      trigger: object | null;
    }[];
    assert.deepEqual([row?.setUp, row?.trigger], [false, null]);
    const section = await guru(['dump', String(app.pid), '-s', 'before']);
    assert.equal(section.code, 2);
    assert.match(section.stderr, /there is no section "before" where a report is made from outside/);
    // Its own trigger works as ever.
    app.signal();
    assert.equal((await app.report()).trigger.receivedBy, 'sentinel');
  });
}

test('it can be switched off and on again', LINUX, async (t) => {
  const app = await startSetUp(t, 'cli/switches-socket.mjs', { nodeArgs: [] });
  const socket = socketOf(app) ?? '';
  for (let times = 0; times < 2; times++) {
    app.signal('SIGHUP');
    await until('end of the socket', () => socketOf(app) === null && !existsSync(socket));
    app.signal('SIGHUP');
    await until('socket', () => socketOf(app) === socket);
    assert.equal((await guru(['dump', String(app.pid), '-s', 'package'])).code, 0);
  }
});
