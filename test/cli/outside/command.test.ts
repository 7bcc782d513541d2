import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { resolve } from 'node:path';
import { describe, test } from 'node:test';
import type { Report } from '#src/report/schema.js';
import { IS_ROOT, NOBODY } from '../processes-support.js';
import { type Ended, runProgram } from '../support.js';
import {
  groupsOf,
  isListening,
  lineOf,
  nodes,
  ONLY_LINUX,
  ownFrames,
  sectionOf,
  startBlocked,
  startTarget,
  type TargetApp,
  threadOf,
  UNTOUCHED,
  until,
} from './support.js';

/** What is installed as `guru`. */
const INSTALLED = resolve('dist/bundle/cli/guru.js');

function guru(...args: string[]): Promise<Ended> {
  return runProgram(process.execPath, [INSTALLED, ...args]);
}

async function dump(...args: string[]): Promise<Report[]> {
  const { code, stdout, stderr } = await guru('dump', '-f', 'json', '-p', '0.2', ...args);
  assert.deepEqual([code, stderr], [0, '']);
  return stdout
    .split(/^(?=\{$)/m)
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text) as Report);
}

/** All that a process has open. */
function descriptorsOf({ pid }: { pid: number }): string[] {
  return readdirSync(`/proc/${pid}/fd`).map((fd) => `${fd} ${readlinkSync(`/proc/${pid}/fd/${fd}`)}`);
}

/** Whether the report has all sections, and these say all. */
function assertComplete(report: Report | undefined): asserts report is Report {
  assert.deepEqual(
    report?.sections.map(({ kind, status, reason }) => [kind, status, reason]),
    ['package', 'threads', 'greenThreads', 'processes', 'configuration'].map((kind) => [
      kind,
      'ok',
      undefined,
    ]),
  );
}

async function assertUntouched(app: TargetApp, descriptors: readonly string[]): Promise<void> {
  await until('closed inspector', () => !isListening(app));
  assert.deepEqual(await app.settledState(), UNTOUCHED);
  assert.deepEqual(descriptorsOf(app), descriptors);
}

/** The first of two that follow on each other. */
async function twoFreePorts(): Promise<number> {
  for (;;) {
    const [first, second] = [createServer(), createServer()];
    try {
      await once(first.listen(0, '127.0.0.1'), 'listening');
      const { port } = first.address() as AddressInfo;
      await once(second.listen(port + 1, '127.0.0.1'), 'listening');
      return port;
    } catch {
      // The second is not free.
    } finally {
      first.close();
      second.close();
    }
  }
}

for (const { major, path } of nodes()) {
  describe(`guru dump of Node ${major}, not set up`, ONLY_LINUX, () => {
    test('CommonJS, with a worker', async (t) => {
      const app = await startBlocked(t, 'idle', { node: path });
      const descriptors = descriptorsOf(app);
      const [report] = await dump(String(app.pid));
      assertComplete(report);
      assert.equal(threadOf(report, 'worker').name, 'helper');
      assert.deepEqual(
        groupsOf(report).map(({ count }) => count),
        [25, 1],
      );
      await assertUntouched(app, descriptors);
    });

    test('an ES module', async (t) => {
      const app = await startTarget(t, 'target.mjs', { node: path });
      const [report] = await dump(String(app.pid));
      assertComplete(report);
      const own = groupsOf(report).flatMap(ownFrames);
      assert.ok(own.includes(`turn target.mjs:${lineOf('target.mjs', 'turn')}`), own.join());
      await until('closed inspector', () => !isListening(app));
      app.child.stdin?.write('x');
      await app.until('answer', () => app.stdout.includes('answer'));
    });

    test('a cluster: --all', async (t) => {
      // The child's inspector would listen on the next one (a cluster cannot have any port, 0).
      const free = await twoFreePorts();
      const app = await startTarget(t, 'cluster.cjs', { node: path, nodeArgs: [`--inspect-port=${free}`] });
      const [, child, port] = /child (\d+) (\d+)/.exec(app.stdout) ?? [];
      const reports = await dump(String(app.pid), '--all');
      for (const report of reports) assertComplete(report);
      assert.deepEqual(
        reports.map(({ process: { pid } }) => pid),
        [app.pid, Number(child)],
      );
      const [byPort] = await dump(`:${port}`, '-s', 'package');
      assert.equal(byPort?.process.pid, app.pid, 'the primary has the socket');
      const answer = await fetch(`http://127.0.0.1:${port}/`);
      assert.equal(await answer.text(), 'hello');
    });

    test('started with --inspect', async (t) => {
      const app = await startBlocked(t, 'spin', { node: path, nodeArgs: ['--inspect=0'] });
      const descriptors = descriptorsOf(app);
      const [report] = await dump(String(app.pid));
      assertComplete(report);
      assert.equal(ownFrames(threadOf(report, 'main')).at(-1)?.split(' ')[0], 'Timeout._onTimeout');
      assert.deepEqual(
        descriptorsOf(app).filter((one) => !descriptors.includes(one)),
        [],
      );
      await app.release();
      assert.notEqual((await app.state()).inspector, null);
    });

    test('of another user', { skip: !IS_ROOT && 'root only' }, async (t) => {
      const app = await startBlocked(t, 'idle', { node: path, uid: NOBODY });
      const descriptors = descriptorsOf(app);
      const [report] = await dump(String(app.pid));
      assertComplete(report);
      assert.equal(sectionOf(report, 'processes').model?.uid, NOBODY);
      await assertUntouched(app, descriptors);
    });
  });
}
