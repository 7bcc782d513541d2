import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { dumpFromOutside } from '#src/cli/dump/outside/dump-from-outside.js';
import {
  groupsOf,
  isListening,
  lineOf,
  nodes,
  ONLY_LINUX,
  ownFrames,
  sectionOf,
  startBlocked,
  threadOf,
  UNTOUCHED,
  until,
} from './support.js';

/** Whether the main thread answers while it is blocked so, and what it is seen to be. */
const MODES = [
  { mode: 'idle', asked: true, state: 'idle' },
  { mode: 'spin', asked: true, state: 'running' },
  { mode: 'atomics', asked: true, state: 'blocked' },
  { mode: 'exec', asked: false, state: 'blocked' },
  { mode: 'fifo', asked: false, state: 'blocked' },
  { mode: 'pbkdf2', asked: false, state: 'running' },
] as const;

for (const { major, path } of nodes()) {
  describe(`Node ${major}`, ONLY_LINUX, () => {
    for (const { mode, asked, state } of MODES) {
      test(`${mode}: threads, green threads, and nothing is left`, async (t) => {
        const directory = mkdtempSync(join(tmpdir(), 'guru-test-'));
        t.after(() => rmSync(directory, { recursive: true, force: true }));
        const fifo = join(directory, 'fifo');
        execFileSync('mkfifo', [fifo]);
        const app = await startBlocked(t, mode, { node: path, args: [fifo] });

        const report = await dumpFromOutside(app);

        const main = threadOf(report, 'main');
        assert.equal(main.id, app.pid);
        // One that computes may just be waiting for V8's other threads, for a moment.
        const states = state === 'running' ? ['running', 'blocked'] : [state];
        assert.ok(states.includes(main.state), JSON.stringify(main));
        const [innermost] = ownFrames(main);
        if (mode === 'idle') assert.deepEqual(main.frames, []);
        else
          assert.equal(
            innermost,
            `Object.${mode} target.cjs:${lineOf('target.cjs', mode)}`,
            JSON.stringify(main),
          );
        const threads = sectionOf(report, 'threads');
        assert.equal(threads.status, asked ? 'ok' : 'partial', threads.reason);
        if (asked) assert.equal(threadOf(report, 'worker').name, 'helper');
        else assert.match(threads.reason ?? '', /main thread is in native code/);
        assert.ok(sectionOf(report, 'threads').model?.threads.some(({ kind }) => kind === 'worker'));

        const green = sectionOf(report, 'greenThreads');
        assert.equal(green.model?.collector, 'memory', green.reason);
        const groups = groupsOf(report).map((group) => [group.count, ...ownFrames(group)]);
        const inner = `waitInner target.cjs:${lineOf('target.cjs', 'inner')}`;
        const outer = `waitOuter target.cjs:${lineOf('target.cjs', 'outer')}`;
        assert.deepEqual(
          groups,
          [
            [25, inner, outer],
            [1, inner],
          ],
          green.reason,
        );
        const [ofMain] = groupsOf(report);
        assert.equal(ofMain?.threadId, 0);
        assert.match(ofMain.waitsFor ?? '', /timer/);

        // The program goes on as before.
        await until('closed inspector', () => !isListening(app));
        assert.equal(app.running, true, app.stderr);
        assert.equal(app.stderr.includes('Debugger listening'), asked);
        if (mode === 'pbkdf2') return; // it is at it for minutes
        if (mode !== 'idle') await app.release(mode === 'fifo' ? fifo : undefined);
        assert.deepEqual(await app.settledState(), UNTOUCHED);
      });
    }

    test('no inspector: nothing is injected', async (t) => {
      const app = await startBlocked(t, 'idle', { node: path });
      const report = await dumpFromOutside(app, { noInspector: true });
      assert.equal(sectionOf(report, 'threads').status, 'partial');
      assert.match(sectionOf(report, 'threads').reason ?? '', /inspector was not to be used/);
      assert.equal(threadOf(report, 'main').state, 'idle');
      const groups = groupsOf(report).map((group) => [group.count, group.threadId]);
      assert.deepEqual(groups[0], [25, 0]);
      assert.equal(report.timings.mainThreadPauseMs, 0);
      assert.equal(app.stderr, '');
      assert.deepEqual(await app.settledState(), UNTOUCHED);
    });
  });
}

test('an inspector that opens too late is closed all the same', ONLY_LINUX, async (t) => {
  // Calls of this length take no interrupts on Node 26; elsewhere it answers at once.
  const app = await startBlocked(t, 'json');
  const report = await dumpFromOutside(app);
  assert.equal(
    ownFrames(threadOf(report, 'main'))[0],
    `Object.json target.cjs:${lineOf('target.cjs', 'json')}`,
  );
  await app.release();
  await until('closed inspector', () => !isListening(app));
  assert.deepEqual(await app.settledState(), UNTOUCHED);
});
