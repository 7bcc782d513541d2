import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseCommandLine, parseEffectiveUid } from '#src/os/linux/processes.js';
import { parsePasswd, readUserNames } from '#src/os/linux/users.js';
import { readProcessTree } from '#src/os/processes.js';
import type { ProcessNode } from '#src/report/schema.js';
import { endWithTest, eventually, startBlocked } from '../support.js';

const skip = process.platform === 'linux' ? false : 'Linux only';

test('command lines', () => {
  assert.deepEqual(parseCommandLine('node\0--x\0a b\0', true), ['node', '--x', 'a b']);
  assert.deepEqual(parseCommandLine('sh\0-c\0\0last\0', true), ['sh', '-c', '', 'last']);
  assert.deepEqual(parseCommandLine('mogan-api: 3 builds\0\0\0\0\0', true), ['mogan-api: 3 builds']);
  assert.deepEqual(parseCommandLine('', true), []);
  assert.deepEqual(parseCommandLine('cc\0-o\0very-lo', false), ['cc', '-o', 'very-lo…']);
});

test('users', () => {
  const passwd =
    'root:x:0:0:root:/root:/bin/bash\ntoor:x:0:0::/:\n# comment\n+::::::\nbad:x:y:0\nmogan:x:1042:1042::/srv:\n';
  assert.deepEqual(
    parsePasswd(passwd),
    new Map([
      [0, 'root'],
      [1042, 'mogan'],
    ]),
  );
  const directory = mkdtempSync(join(tmpdir(), 'guru-passwd-'));
  writeFileSync(join(directory, 'passwd'), passwd);
  assert.equal(readUserNames(join(directory, 'passwd')).get(1042), 'mogan');
  rmSync(directory, { recursive: true });
  assert.equal(readUserNames(join(directory, 'passwd')).size, 0);
  assert.equal(parseEffectiveUid('Name:\tsu\nUid:\t1000\t0\t0\t0\nGid:\t1\t2\t3\t4\n'), 0);
  assert.equal(parseEffectiveUid('Name:\tsu\n'), null);
});

test('what execSync waits for', { skip }, async (t) => {
  const child = await startBlocked(t, ['exec-sync']);
  const tree = await eventually(() => {
    const { tree, problem } = readProcessTree(child.pid);
    assert.equal(problem, null);
    return tree?.children[0]?.children.length === 2 ? tree : undefined;
  }, 'the shell and its two children');
  assert.equal(tree.pid, child.pid);
  assert.equal(tree.ppid, process.pid);
  assert.equal(tree.uid, process.getuid!());
  assert.equal(tree.user, readUserNames().get(process.getuid!()) ?? null);
  assert.equal(tree.command[0], process.execPath);
  assert.deepEqual(tree.command.slice(-1), ['exec-sync']);
  assert.match(tree.state, /^[SRD] \(/);
  const age = Date.now() - Date.parse(tree.startedAt!);
  assert.ok(age > -2000 && age < 600_000, `${age} ms`);
  const [shell] = tree.children;
  assert.equal(shell!.ppid, child.pid);
  assert.match(shell!.command.join(' '), /^\/bin\/sh -c sleep 86399/);
  const leaves = await eventually(() => {
    const found = readProcessTree(child.pid).tree?.children[0]?.children;
    return found?.every(({ command }) => command[0] === 'sleep') ? found : undefined;
  }, 'both are sleep');
  for (const leaf of leaves) {
    assert.deepEqual(leaf.command, ['sleep', '86399']);
    assert.equal(leaf.ppid, shell!.pid);
    assert.deepEqual(leaf.children, []);
  }
});

test('this process, zombies, long command lines', { skip }, async (t) => {
  const self = readProcessTree('self');
  assert.equal(self.problem, null);
  assert.equal(self.tree?.pid, process.pid);
  assert.equal(self.tree.user ?? userInfo().username, userInfo().username);
  assert.match(self.tree.state, /^[RS] /);

  // The shell becomes a program that does not wait for its child, which so stays a zombie.
  const parent = spawn('/bin/sh', ['-c', 'sleep 0 & exec sleep 86399'], { stdio: 'ignore', detached: true });
  endWithTest(t, parent);
  const zombie = await eventually(
    () => readProcessTree(parent.pid!).tree?.children.find(({ state }) => state === 'Z (zombie)'),
    'a zombie',
  );
  assert.deepEqual(zombie.command, ['[sleep]']);

  const long = spawn('/bin/sh', ['-c', 'sleep 86399; :', 'sh', 'x'.repeat(100_000)], {
    stdio: 'ignore',
    detached: true,
  });
  endWithTest(t, long);
  const found = await eventually(() => {
    const tree: ProcessNode | null = readProcessTree(long.pid!).tree;
    return tree?.command[0] === '/bin/sh' ? tree : undefined;
  }, 'the shell');
  assert.ok(found.command.at(-1)!.endsWith('x…'));
  assert.ok(found.command.join(' ').length < 17_000);
});

test('a process that is not there', { skip }, () => {
  assert.deepEqual(readProcessTree(2 ** 30), { tree: null, problem: `there is no process ${2 ** 30}` });
});
