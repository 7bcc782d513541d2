import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { explainSituation, type Right, type Situation } from '#src/cli/target/permission.js';
import type { Report } from '#src/report/schema.js';
import { startApp } from '../../support/app.js';
import { sectionOf, startBlocked, threadOf, UNTOUCHED } from '../outside/support.js';
import { IS_ROOT, NOBODY } from '../processes-support.js';
import { GURU, runProgram } from '../support.js';

const NORMAL: Situation = { uid: 0, ownUid: 0, isCapable: false, ptraceScope: 0, isInContainer: false };
const NOBODYS = { uid: NOBODY, ownUid: NOBODY };

const CASES: [right: Right, situation: Partial<Situation>, said: RegExp][] = [
  [
    'read',
    { ownUid: 1_000_000 },
    /^it belongs to user root \(0\) and guru runs as user 1000000: run guru as that user or as root$/,
  ],
  [
    'read',
    { ownUid: 1_000_000, isInContainer: true },
    /^it belongs to user root \(0\), in a container, and guru/,
  ],
  ['attach', { ownUid: 1_000_000, ptraceScope: 1 }, /^it belongs to .*: run guru as root$/],
  ['read', { ownUid: 1_000_000, ptraceScope: 3 }, /run guru as that user or as root$/],
  ['attach', { ownUid: 1_000_000, ptraceScope: 3 }, /^kernel\.yama\.ptrace_scope is 3: no process may/],
  ['attach', { isCapable: true, ptraceScope: 3 }, /^kernel\.yama\.ptrace_scope is 3: no process may/],
  [
    'attach',
    { ...NOBODYS, ptraceScope: 1 },
    /^kernel\.yama\.ptrace_scope is 1: only a parent of the process or root may look into it; run guru as root, or sysctl/,
  ],
  [
    'attach',
    { ...NOBODYS, ptraceScope: 2 },
    /^kernel\.yama\.ptrace_scope is 2: only root may look into it; run guru as root, or sysctl/,
  ],
  ['attach', NOBODYS, /^it is your own, but has changed its user .*: run guru as root$/],
  ['read', { ...NOBODYS, ptraceScope: 1 }, /^it is your own, but has changed its user .*: run guru as root$/],
  ['signal', NOBODYS, /^it is your own, but a sandbox/],
  ['attach', { ptraceScope: 2 }, /^guru lacks CAP_SYS_PTRACE: .*--cap-add SYS_PTRACE/],
  ['signal', {}, /^guru lacks CAP_KILL: .*--cap-add KILL/],
  ['attach', { isCapable: true, ptraceScope: 1 }, /^the kernel refuses it even to root/],
];

test('why not, and what would give it', () => {
  for (const [right, situation, said] of CASES)
    assert.match(
      explainSituation(right, { ...NORMAL, ...situation }),
      said,
      JSON.stringify({ right, situation }),
    );
});

const isLinux = process.platform === 'linux';
const hasSetpriv = spawnSync('setpriv', ['--dump']).status === 0;
const SKIP = !(isLinux && IS_ROOT && hasSetpriv) && 'Linux, root and setpriv (util-linux) only';

const AS_NOBODY = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
const UNCAPABLE = ['--bounding-set=-sys_ptrace,-kill'];

/** Runs the command with other rights. */
async function dumpWith(rights: readonly string[], pid: number): Promise<Report> {
  const args = [...rights, process.execPath, GURU, 'dump', String(pid), '-f', 'json'];
  const { code, stdout, stderr } = await runProgram('setpriv', args);
  assert.deepEqual([code, stderr], [0, '']);
  return JSON.parse(stdout) as Report;
}

function assertReasons(
  report: Report,
  kinds: readonly ('package' | 'threads' | 'greenThreads')[],
  said: RegExp,
): void {
  for (const kind of kinds) assert.match(sectionOf(report, kind).reason ?? 'none', said, kind);
  assert.equal(threadOf(report, 'main').kind, 'main');
  assert.equal(sectionOf(report, 'processes').status, 'ok');
}

test('a process that was begun by root, and has become our user', { skip: SKIP }, async (t) => {
  const app = await startApp(t, 'cli/becomes-nobody.cjs', { nodeArgs: ['--inspect-port=0'] });
  const report = await dumpWith(AS_NOBODY, app.pid);
  assertReasons(
    report,
    ['package', 'threads', 'greenThreads'],
    /it is your own, but has changed its user .*: run guru as root/,
  );
  assert.equal(app.stderr(), '');
  // Root may.
  assert.equal(sectionOf(await dumpWith([], app.pid), 'threads').status, 'ok');
});

test('root without its capabilities', { skip: SKIP }, async (t) => {
  const app = await startBlocked(t, 'idle');
  const report = await dumpWith(UNCAPABLE, app.pid);
  assertReasons(
    report,
    ['package', 'threads', 'greenThreads'],
    /guru lacks CAP_SYS_PTRACE: .*--cap-add SYS_PTRACE/,
  );
  // What could not be seen to be closed again was not opened.
  assert.equal(app.stderr, '');
  assert.deepEqual(await app.state(), UNTOUCHED);
});

test('kernel.yama.ptrace_scope', { skip: SKIP || whyNoYama() }, async (t: TestContext) => {
  const app = await startBlocked(t, 'idle', { uid: NOBODY });
  const report = await dumpWith(AS_NOBODY, app.pid);
  assert.equal(sectionOf(report, 'package').status, 'ok');
  assert.match(sectionOf(report, 'greenThreads').reason ?? 'none', /kernel\.yama\.ptrace_scope is [123]: /);
});

function whyNoYama(): string | false {
  try {
    const scope = readFileSync('/proc/sys/kernel/yama/ptrace_scope', 'utf8').trim();
    return scope === '0' && 'kernel.yama.ptrace_scope is 0';
  } catch {
    return 'this kernel has no Yama';
  }
}
