import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { ProcessRow } from '#src/cli/ps/read-row.js';
import { psTable, showDuration } from '#src/cli/ps/table.js';
import { type App, startApp } from '../support/app.js';
import { IS_ROOT, NOBODY, startSetUp } from './processes-support.js';
import { guru, runProgram, GURU } from './support.js';

const LINUX = { skip: process.platform !== 'linux' };

async function rowsOf(...args: string[]): Promise<ProcessRow[]> {
  const { code, stdout, stderr } = await guru(['ps', '-f', 'json', ...args]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as ProcessRow[];
}

async function rowOf(app: App): Promise<ProcessRow> {
  const [row] = await rowsOf(String(app.pid));
  assert.equal(row?.pid, app.pid);
  return row;
}

test('a process that is set up, and one that is not', LINUX, async (t) => {
  const setUp = await startSetUp(t, 'end-to-end/idle.mjs', { env: { GURU_SERVICE_NAME: 'mogan-api' } });
  const other = await startApp(t, 'cli/listens.cjs', { nodeArgs: [] });
  const rows = await rowsOf();
  const row = rows.find(({ pid }) => pid === setUp.pid);
  assert.equal(row?.setUp, true);
  assert.deepEqual(row?.trigger, { kind: 'signal', signal: 'SIGUSR2' });
  assert.deepEqual(
    [row?.service, row?.nodeVersion, row?.uid],
    ['mogan-api', process.version, process.geteuid?.()],
  );
  assert.deepEqual(row?.listensOn, []);
  assert.ok((row?.residentBytes ?? 0) > 10e6);
  const its = rows.find(({ pid }) => pid === other.pid);
  assert.deepEqual(
    [its?.setUp, its?.trigger, its?.service, its?.nodeVersion],
    [false, null, 'listens.cjs', process.version],
  );
  const port = /port (\d+)/.exec(other.stdout)?.[1];
  assert.deepEqual(its?.listensOn, [`127.0.0.1:${port}`]);
  assert.deepEqual(its?.loop, { state: 'idle' });
});

for (const [mode, state] of [
  ['spin', 'blocked'],
  ['atomics', 'blocked'],
  ['pbkdf2', 'blocked'],
  ['exec', 'blocked'],
] as const) {
  test(`the event loop is ${state}: ${mode}`, LINUX, async (t: TestContext) => {
    const app = await startApp(t, 'end-to-end/blocked.cjs', {
      nodeArgs: [],
      args: [mode, 'main'],
      ownGroup: true,
    });
    // It is blocked once it was for some time.
    for (;;) {
      const { loop } = await rowOf(app);
      if (loop.state !== state) continue;
      assert.ok(loop.seconds >= 0.5);
      break;
    }
    const later = await rowOf(app);
    assert.equal(later.loop.state, state);
  });
}

test('the event loop turns: idle, busy, stopped', LINUX, async (t) => {
  const idle = await startApp(t, 'end-to-end/cluster.cjs', { nodeArgs: [], ownGroup: true });
  // With children, and so with the same wait as execSync; and their states by --all.
  const rows = await rowsOf(String(idle.pid), '--all');
  assert.equal(rows.length, 3);
  assert.deepEqual(new Set(rows.map(({ loop }) => loop.state)), new Set(['idle']));
  const busy = await startApp(t, 'cli/busy.cjs', { nodeArgs: [] });
  assert.deepEqual((await rowOf(busy)).loop, { state: 'busy' });
  busy.signal('SIGSTOP');
  assert.deepEqual((await rowOf(busy)).loop, { state: 'stopped' });
  busy.signal('SIGCONT');
});

test('as another user: what may not be known is not guessed', { skip: LINUX.skip || !IS_ROOT }, async (t) => {
  const app = await startSetUp(t, 'end-to-end/spin.mjs');
  const { code, stdout } = await runProgram(process.execPath, [GURU, 'ps', '-f', 'json', String(app.pid)], {
    uid: NOBODY,
    gid: NOBODY,
  });
  assert.equal(code, 0);
  const [row] = JSON.parse(stdout) as ProcessRow[];
  assert.deepEqual(
    [row?.pid, row?.uid, row?.setUp, row?.listensOn, row?.loop.state, row?.nodeVersion],
    [app.pid, 0, null, null, 'unknown', null],
  );
});

test('the table', () => {
  const row: ProcessRow = {
    pid: 8675,
    ppid: 1,
    uid: 1000,
    user: 'mogan',
    uptimeSeconds: 93_784,
    cpu: 0.123,
    residentBytes: 81_500_000,
    nodeVersion: 'v24.21.0',
    service: 'mogan\x1b[31m-api',
    setUp: true,
    trigger: { kind: 'file', path: '/run/mogan/guru' },
    loop: { state: 'blocked', seconds: 12.7 },
    listensOn: ['[::]:1', '[::]:2', '[::]:3', '[::]:4', '[::]:5'],
    command: [],
  };
  const bare = { nodeVersion: null, service: null, setUp: null, trigger: null, listensOn: null } as const;
  const other: ProcessRow = { ...row, ...bare, pid: 1, user: null, loop: { state: 'unknown' } };
  const lines = psTable([row, other, { ...other, setUp: false, listensOn: [] }]).split('\n');
  assert.deepEqual(lines, [
    ' PID  USER      UP  CPU%  RSS  NODE      TRIGGER          LOOP         SERVICE            LISTENS ON',
    '8675  mogan  1d02h    12  82M  v24.21.0  /run/mogan/guru  blocked 12s  mogan\\x1b[31m-api  [::]:1, [::]:2, [::]:3, [::]:4, and 1 more',
    '   1  1000   1d02h    12  82M  ?         ?                unknown      -                  ?',
    '   1  1000   1d02h    12  82M  ?         -                unknown      -                  -',
    '',
  ]);
  assert.deepEqual([0, 59.9, 60, 3600, 7500].map(showDuration), ['0s', '59s', '1m', '1h00m', '2h05m']);
});
