import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { findMeetingPoint } from '#src/meeting/find.js';
import type { Report } from '#src/report/schema.js';
import { type App, SET_UP, startApp } from '../../support/app.js';
import { isUnreachable, NOBODY } from '../processes-support.js';
import { type Ended, GURU, guru, runProgram } from '../support.js';
import {
  groupsOf,
  nodes,
  ownFrames,
  sectionOf,
  startBlocked,
  threadOf,
  until,
  UNTOUCHED,
} from './support.js';

/** What containers are made of: a namespace of process ids, with a `/proc` of its own. */
const NAMESPACES = ['--pid', '--fork', '--kill-child', '--mount-proc'];

function skipWithout(...namespaces: string[]): { skip: string | false } {
  const isPermitted =
    process.platform === 'linux' && spawnSync('unshare', [...namespaces, 'true']).status === 0;
  return { skip: !isPermitted && `unshare ${namespaces.join(' ')} is not there or not permitted` };
}

/** The process in the namespace, as it is known out here. */
async function innerOf({ pid }: { pid: number }): Promise<number> {
  const children = (): string => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return Number(await until('process in the namespace', children));
}

async function dumpJson(pid: number, ...args: string[]): Promise<Report> {
  const { code, stdout, stderr } = await guru(['dump', `pid:${pid}`, '-f', 'json', ...args]);
  assert.deepEqual([code, stderr], [0, '']);
  return JSON.parse(stdout) as Report;
}

for (const { major, path } of nodes()) {
  test(`Node ${major} in a container, not set up`, skipWithout(...NAMESPACES), async (t) => {
    const app = await startBlocked(t, 'idle', {
      node: 'unshare',
      nodeArgs: [...NAMESPACES, path, '--inspect-port=0'],
    });
    const pid = await innerOf(app);
    for (const args of [[], ['--no-inspector']]) {
      const report = await dumpJson(pid, '-p', '0.2', ...args);
      const { model } = sectionOf(report, 'threads');
      assert.equal(threadOf(report, 'main').id, pid);
      const worker = threadOf(report, 'worker');
      assert.ok(
        model?.threads.every(({ id }) => id === null || id >= pid),
        'ids are those out here',
      );
      assert.equal(worker.name, args.length === 0 ? 'helper' : 'worker');
      const groups = groupsOf(report);
      assert.deepEqual(
        groups.map(({ count }) => count).sort((a, b) => a - b),
        [1, 25],
      );
      assert.equal(ownFrames(groups[0]!)[0]?.startsWith('waitInner'), true);
      assert.equal(sectionOf(report, 'package').model?.product, 'outside-target');
      // No thread is of an unknown kind: Node 20 has no names for them.
      assert.deepEqual(
        model?.threads.filter(({ kind, name }) => kind === 'other' && !name.startsWith('inspector')),
        [],
      );
    }
    assert.deepEqual(await app.settledState(), UNTOUCHED);
  });
}

async function startInContainer(t: TestContext): Promise<{ app: App; pid: number }> {
  const app = await startApp(t, 'end-to-end/idle.mjs', {
    execPath: 'unshare',
    nodeArgs: [...NAMESPACES, process.execPath, ...SET_UP],
    ownGroup: true,
  });
  const pid = await innerOf(app);
  await until('socket', () => findMeetingPoint(pid).problem === undefined);
  return { app, pid };
}

test('in a container, set up', skipWithout(...NAMESPACES), async (t) => {
  const { app, pid } = await startInContainer(t);
  const report = await dumpJson(pid);
  assert.equal(report.trigger.receivedBy, 'sentinel');
  assert.equal(report.process.pid, 1, 'as it knows itself');
  const { code, stdout } = await guru(['trigger', `pid:${pid}`]);
  assert.equal(code, 0);
  assert.match(stdout, /^SIGUSR2: the report went to its stderr, \//);
  assert.equal((await app.report()).trigger.kind, 'signal');
  const rows = JSON.parse((await guru(['ps', `pid:${pid}`, '-f', 'json'])).stdout) as { setUp: boolean }[];
  assert.deepEqual(
    rows.map(({ setUp }) => setUp),
    [true],
  );
});

test('all processes of a container, but for other guru commands', skipWithout(...NAMESPACES), async () => {
  const script = `
    "$1" --inspect-port=0 -e 'setInterval(() => {}, 1e6)' two words 2>/dev/null >/dev/null & first=$!
    "$1" --inspect-port=0 -e 'setInterval(() => {}, 1e6)' 2>/dev/null >/dev/null & second=$!
    until [ "$("$1" "$2" ps -f json | grep -c '"state": "idle"')" = 2 ]; do :; done
    "$1" "$2" dump --all -f json -s package | "$1" "$2" stacks -f json -
    kill -KILL $first $second
  `;
  const program = [...NAMESPACES, 'sh', '-c', script, 'sh', process.execPath, GURU];
  const { code, stdout, stderr } = await runProgram('unshare', program);
  assert.deepEqual([code, stderr], [0, '']);
  const { reports, processes } = JSON.parse(stdout) as { reports: number; processes: number };
  assert.deepEqual([reports, processes], [2, 2]);
});

/** Runs `guru` by a shell that has changed `/proc` for itself. */
async function guruWithProc(change: string, ...args: string[]): Promise<Ended> {
  const script = `${change} && "$@"; exit $?`; // It stays, as process 1 of root.
  return runProgram('unshare', [...NAMESPACES, 'sh', '-c', script, 'sh', ...args]);
}

test('without /proc', skipWithout(...NAMESPACES), async () => {
  for (const args of [['ps'], ['dump', '1'], ['dump', '--all']]) {
    const ended = await guruWithProc('mount -t tmpfs none /proc', process.execPath, GURU, ...args);
    assert.ok(isUnreachable(ended), ended.stderr);
    assert.match(ended.stderr, /found through \/proc, which is not mounted here/);
  }
});

const HIDE = 'mount -o remount,hidepid=2 /proc';
const canHide = spawnSync('unshare', [...NAMESPACES, 'sh', '-c', HIDE]).status === 0;
const canBecomeNobody = spawnSync('setpriv', [`--reuid=${NOBODY}`, 'true']).status === 0;

test('where /proc hides other users (hidepid)', skipWithout(...NAMESPACES), async (t) => {
  if (!canHide || !canBecomeNobody) return t.skip('hidepid and setpriv are not there, or not permitted');
  const asNobody = [
    'setpriv',
    `--reuid=${NOBODY}`,
    `--regid=${NOBODY}`,
    '--clear-groups',
    process.execPath,
    GURU,
  ];
  const ended = await guruWithProc(HIDE, ...asNobody, 'dump', 'pid:1');
  assert.equal(ended.code, 3);
  assert.match(
    ended.stderr,
    /process 1 is another user's, and \/proc hides it \(its option hidepid\): run guru as/,
  );
  const none = await guruWithProc(HIDE, ...asNobody, 'dump', 'pid:99');
  assert.match(none.stderr, /there is no process 99/);
});

test('in another network namespace: how it could be reached', skipWithout('--net'), async (t) => {
  const app = await startBlocked(t, 'idle', {
    node: 'unshare',
    nodeArgs: ['--net', process.execPath, '--inspect-port=0'],
  });
  const report = await dumpJson(app.pid);
  assert.match(
    sectionOf(report, 'threads').reason ?? 'none',
    new RegExp(`it is in another network namespace .* nsenter --target ${app.pid} --net guru`),
  );
  assert.equal(groupsOf(report).find(({ count }) => count === 25)?.count, 25);
  assert.equal(app.stderr, '');
  assert.deepEqual(await app.state(), UNTOUCHED);
});
