import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { describeCommand, readNodeProcess } from '#src/cli/target/node-process.js';
import { namesOf, parseTarget, resolveTarget } from '#src/cli/target/resolve.js';
import { startApp } from '../../support/app.js';
import { isUnreachable, startSetUp } from '../processes-support.js';
import { folderOf, guru } from '../support.js';

const LINUX = { skip: process.platform !== 'linux' };

test('what a target may be given as', () => {
  assert.deepEqual(parseTarget('8675'), { by: 'number', number: 8675 });
  assert.deepEqual(parseTarget('pid:8675'), { by: 'pid', number: 8675 });
  assert.deepEqual(parseTarget(':80'), { by: 'port', number: 80 });
  assert.deepEqual(parseTarget('port:80'), { by: 'port', number: 80 });
  assert.deepEqual(parseTarget('name:80'), { by: 'name', name: '80' });
  assert.deepEqual(parseTarget('mogan-api'), { by: 'name', name: 'mogan-api' });
  assert.deepEqual(parseTarget('-1'), { by: 'name', name: '-1' });
});

test('what a process may be called', () => {
  const names = (...command: string[]): string[] => namesOf(describeCommand(command));
  assert.deepEqual(names('node', '--import', 'x/register', '/srv/api.mjs', 'a'), [
    '/srv/api.mjs',
    'api.mjs',
    'api',
  ]);
  assert.deepEqual(names('/usr/bin/node', '-e', '1', 'a'), []);
  assert.deepEqual(names('node'), []);
  assert.deepEqual(names('mogan-api: worker 3'), ['mogan-api: worker 3', 'mogan-api:']);
});

test('by pid, port, script, title and name of the service', LINUX, async (t) => {
  const listens = await startApp(t, 'cli/listens.cjs', { nodeArgs: [], args: ['guru test title'] });
  const port = /port (\d+)/.exec(listens.stdout)?.[1] ?? '';
  for (const text of [`pid:${listens.pid}`, `:${port}`, `port:${port}`, 'guru test title']) {
    assert.equal((await resolveTarget(text)).pid, listens.pid, text);
  }
  const setUp = await startSetUp(t, 'cli/disposes.mjs', { nodeArgs: [] });
  for (const text of [
    String(setUp.pid),
    'disposes.mjs',
    'disposes',
    join(process.cwd(), 'test/apps/cli/disposes.mjs'),
  ]) {
    assert.equal((await resolveTarget(text)).pid, setUp.pid, text);
  }
  const named = await startSetUp(t, 'end-to-end/idle.mjs', {
    env: { GURU_SERVICE_NAME: 'guru test service' },
  });
  assert.equal((await resolveTarget('guru test service')).pid, named.pid);
});

test('several fit: which', LINUX, async (t) => {
  const env = { GURU_SERVICE_NAME: 'guru test twins' };
  const twins = [
    await startSetUp(t, 'end-to-end/idle.mjs', { env }),
    await startSetUp(t, 'end-to-end/idle.mjs', { env }),
  ];
  const ended = await guru(['dump', 'guru test twins']);
  assert.ok(isUnreachable(ended), ended.stderr);
  assert.match(ended.stderr, /"guru test twins" stands for 2 processes, give the id of one: \d+ \(/);
  for (const { pid } of twins) assert.ok(ended.stderr.includes(String(pid)));
});

test('none fits: why', LINUX, async (t) => {
  const sleep = spawn('sleep', ['300'], { stdio: 'ignore' });
  t.after(() => sleep.kill());
  const wrong: [string, RegExp][] = [
    [String(sleep.pid), /^guru: process \d+ \(sleep\) is not a Node process$/m],
    ['pid:4194304', /^guru: there is no process 4194304$/m],
    ['4194304', /^guru: there is no process 4194304, nor does one listen on port 4194304$/m],
    [':1', /^guru: no process listens on port 1$/m],
    ['no such name', /^guru: no Node process is called "no such name"/m],
  ];
  for (const [target, expected] of wrong) {
    for (const command of ['dump', 'ps', 'trigger']) {
      const ended = await guru([command, target]);
      assert.ok(isUnreachable(ended), `${command} ${target}: ${ended.stderr}`);
      assert.match(ended.stderr, expected);
    }
  }
});

test('Node under another name is recognised by what its executable exports', LINUX, async (t) => {
  const program = join(folderOf(t, {}), 'mogan');
  copyFileSync(process.execPath, program);
  const child = spawn(program, ['-e', 'console.log("ready"); setInterval(() => {}, 1e6)'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const found = readNodeProcess(child.pid ?? 0);
  assert.equal(found?.binary?.version(), process.version);
});
