import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { parsePs, readPsProcessTree } from '#src/os/posix/processes.js';
import { eventually, startBlocked } from '../support.js';

/** In the form that macOS 14 prints: names of any length, states of several letters. */
const MACOS = `    1     0     0 root             Ss   Mon Nov 23 04:45:01 2026     /sbin/launchd
  403     1   501 alice            S    Tue Dec  1 14:05:59 2026     /Applications/Some App.app/Contents/MacOS/Some App --flag
 8675   403    -2 nobody           U+   Wed Dec  2 00:00:00 2026     node  server.js --password hunter2
  700     1   240 240              ??N  Wed Dec  2 00:00:00 2026     (helper)
  701     1   501 alice            Z    Wed Dec  2 00:00:00 2026
 warning: something else
`;

test('the output of ps', () => {
  const processes = parsePs(MACOS);
  assert.deepEqual([...processes.keys()], [1, 403, 8675, 700, 701]);
  assert.deepEqual(processes.get(1), {
    pid: 1,
    ppid: 0,
    user: 'root',
    uid: 0,
    state: 'S (sleeping)',
    command: ['/sbin/launchd'],
    startedAt: '2026-11-23T04:45:01.000Z',
    children: [],
  });
  assert.equal(processes.get(403)?.startedAt, '2026-12-01T14:05:59.000Z');
  const node = processes.get(8675);
  assert.equal(node?.uid, -2);
  assert.equal(node.state, 'U (uninterruptible wait)');
  assert.deepEqual(node.command, ['node', 'server.js', '--password', 'hunter2']);
  assert.equal(processes.get(700)?.user, null, 'an id without a name');
  assert.deepEqual(processes.get(701)?.command, ['[unknown]']);
});

const ps = spawnSync('ps', ['-axo', 'pid=,lstart=']);
const skip = ps.status === 0 ? false : 'no ps of the POSIX kind here';

test('a real ps', { skip }, async (t) => {
  const child = await startBlocked(t, ['exec-sync']);
  const tree = await eventually(() => {
    const { tree, problem } = readPsProcessTree(child.pid);
    assert.equal(problem, null);
    const leaves = tree?.children[0]?.children;
    return leaves?.length === 2 && leaves.every(({ command }) => command[0] === 'sleep') ? tree : undefined;
  }, 'the shell and its two children');
  assert.ok(tree);
  assert.equal(tree.ppid, process.pid);
  assert.equal(tree.uid, process.getuid!());
  assert.equal(tree.command[0], process.execPath);
  assert.match(tree.state, /^[SRDU] \(/);
  const age = Date.now() - Date.parse(tree.startedAt!);
  assert.ok(age > -2000 && age < 600_000, `${age} ms`);

  const own = readPsProcessTree('self');
  assert.ok(own.tree);
  assert.equal(own.tree.pid, process.pid);
  assert.ok(
    own.tree.children.every(({ command }) => !command[0]?.endsWith('ps')),
    'ps itself is left out',
  );
  assert.deepEqual(readPsProcessTree(2 ** 30), { tree: null, problem: `there is no process ${2 ** 30}` });
});
