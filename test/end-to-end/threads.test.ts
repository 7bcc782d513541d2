import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Frame, ProcessNode, Report, Thread } from 'guru-meditation';
import { type App, mainThreadOf, sectionOf, startApp, threadsOf } from '../support/app.js';
import { applicationFrames, framesOf, nativeFrame } from '../support/place.js';

const BLOCKED = resolve('test/apps/end-to-end/blocked.cjs');
const at = framesOf(BLOCKED);
const blockers = ['main', 'worker'] as const;
type Blocker = (typeof blockers)[number];

/** Starts the program with a FIFO that nobody writes to. */
async function startBlocked(
  t: TestContext,
  mode: string,
  where: Blocker | 'at-once',
): Promise<App & { fifo: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'guru-blocked-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const fifo = join(directory, 'fifo');
  execFileSync('mkfifo', [fifo]);
  const app = await startApp(t, BLOCKED, { args: [mode, where, fifo], ownGroup: true });
  return Object.assign(app, { fifo });
}

function workerNamed(report: Report, name: string): Thread {
  const found = threadsOf(report).find((thread) => thread.kind === 'worker' && thread.name === name);
  if (!found) throw new Error(`no worker ${name} in ${JSON.stringify(threadsOf(report))}`);
  return found;
}

function busyThread(report: Report, where: Blocker): Thread {
  return where === 'main' ? mainThreadOf(report) : workerNamed(report, 'busy');
}

/** All but the thread that is blocked. */
function assertOthersAnswered(report: Report, where: Blocker): void {
  if (where === 'worker') {
    const main = mainThreadOf(report);
    assert.deepEqual([main.state, main.frames, main.note], ['idle', [], undefined]);
  }
  const bystander = workerNamed(report, 'bystander');
  assert.deepEqual([bystander.state, bystander.frames, bystander.note], ['idle', [], undefined]);
  assert.equal(bystander.id, bystander.os?.tid);
}

function assertConfigurationIsThere(report: Report, status: 'ok' | 'partial'): void {
  const { model, ...section } = sectionOf(report, 'configuration');
  assert.equal(section.status, status, section.reason);
  assert.equal(model?.groups['guru_meditation']?.['format'], 'json');
}

/** JavaScript that never returns to its event loop, but takes interrupts. */
const javascript: { mode: string; state: Thread['state']; top: (top: Frame | undefined) => Frame[] }[] = [
  { mode: 'spin', state: 'running', top: () => [at('Object.spin', '@spin', 'for')] },
  {
    mode: 'regex',
    state: 'running',
    top: () => [nativeFrame('RegExp.test'), at('Object.regex', '@regex', 'test(')],
  },
  {
    mode: 'atomics',
    state: 'blocked',
    top: () => [nativeFrame('Atomics.wait'), at('Object.atomics', '@atomics', 'wait(')],
  },
  {
    mode: 'json',
    state: 'running',
    top: () => [nativeFrame('JSON.stringify'), at('Object.json', '@json', 'stringify(')],
  },
  {
    mode: 'sort',
    state: 'running',
    // V8 looks for interrupts where it allocates: in either of the two.
    top: (top) =>
      top?.function === 'Array.sort'
        ? [nativeFrame('Array.sort'), at('Object.sort', '@sort', 'sort(')]
        : [nativeFrame('Array.slice'), at('Object.sort', '@sort', 'slice(')],
  },
];

for (const where of blockers) {
  for (const { mode, state, top } of javascript) {
    test(`${where} thread in JavaScript that does not end: ${mode}`, async (t) => {
      const app = await startBlocked(t, mode, where);
      const entry = where === 'main' ? 'Timeout.work [as _onTimeout]' : 'Immediate.work [as _onImmediate]';
      const expected = (report: Report): Frame[] => [
        ...top(busyThread(report, where).frames[0]),
        at(entry, '@work', '('),
      ];
      const report = await app.askUntil('the blocked thread', (report) => {
        const { frames, state: now } = busyThread(report, where);
        const [wanted] = expected(report);
        // It can be seen on its way there.
        return frames[0]?.function === wanted?.function && frames[0]?.line === wanted?.line && now === state;
      });
      const thread = busyThread(report, where);
      assert.deepEqual(applicationFrames(thread.frames), expected(report));
      const internal = thread.frames.slice(expected(report).length);
      assert.ok(internal.length > 0);
      for (const frame of internal) {
        assert.equal(frame.internal, true);
        assert.match(frame.file, /^node:internal\//);
        assert.equal(frame.sourceLine, undefined);
      }
      assert.deepEqual([thread.state, thread.note], [state, undefined]);
      assert.equal(thread.id, thread.os?.tid);
      assertOthersAnswered(report, where);
      assert.equal(sectionOf(report, 'threads').status, 'ok');
      assertConfigurationIsThere(report, 'ok');
      assert.notEqual(report.timings.mainThreadPauseMs, null);
    });
  }
}

/** Native code, which takes no interrupts. `release` ends it. */
const native: {
  mode: string;
  state: Thread['state'];
  note: (fifo: string) => string;
  release?: (app: App & { fifo: string }, report: Report) => void;
}[] = [
  {
    mode: 'exec',
    state: 'blocked',
    note: () => String.raw`waits in epoll_p?wait2? on file descriptor \d+ \(anon_inode:\[eventpoll\]\)`,
    release: (_app, report) => process.kill(sleeping(report)?.pid ?? 0, 'SIGKILL'),
  },
  {
    mode: 'pbkdf2',
    state: 'running',
    note: () => 'is running, outside of system calls: native code, not JavaScript',
  },
  {
    mode: 'fifoOpen',
    state: 'blocked',
    note: (fifo) => `waits in open(at)? of ${fifo}`,
    release: ({ fifo }) => appendFileSync(fifo, ''),
  },
  {
    mode: 'fifoRead',
    state: 'blocked',
    note: (fifo) => String.raw`waits in read on file descriptor \d+ \(${fifo}\)`,
    release: ({ fifo }) => appendFileSync(fifo, 'x'),
  },
];

/** What stands in the source where the native function is called. */
const CALLS: Record<string, string> = {
  exec: 'execSync(',
  pbkdf2: 'pbkdf2Sync(',
  fifoOpen: 'openSync(',
  fifoRead: 'readSync(',
};

/** The process that execSync waits for. */
function sleeping(report: Report): ProcessNode | undefined {
  const find = (node: ProcessNode): ProcessNode | undefined =>
    node.command.join(' ') === 'sleep 300'
      ? node
      : node.children.map(find).find((child) => child !== undefined);
  const { model } = sectionOf(report, 'processes');
  return model ? find(model) : undefined;
}

for (const where of blockers) {
  for (const { mode, state, note, release } of native) {
    test(`${where} thread in native code: ${mode}`, async (t) => {
      const app = await startBlocked(t, mode, where);
      const said = `did not answer for \\d+ ms: the kernel says that it ${note(app.fifo)}`;
      const expected = new RegExp(`^${said}; its frames were read from its memory$`);
      const entry = where === 'main' ? 'Timeout.work [as _onTimeout]' : 'Immediate.work [as _onImmediate]';
      const isBlocked = (report: Report): boolean =>
        expected.test(busyThread(report, where).note ?? '') &&
        (mode !== 'exec' || sleeping(report) !== undefined);
      const report = await app.askUntil('the blocked thread', isBlocked);
      const thread = busyThread(report, where);
      assert.equal(thread.state, state);
      // Node's own functions stand above it and below.
      const own = thread.frames.filter(({ internal }) => internal !== true);
      assert.deepEqual(own, [at(`Object.${mode}`, `@${mode}`, CALLS[mode] ?? ''), at(entry, '@work', '(')]);
      assert.equal(thread.id, thread.os?.tid);
      assert.equal(thread.threadId, where === 'main' ? 0 : 3);
      if (mode === 'fifoRead') assert.equal(thread.os?.systemCall?.fd?.target, app.fifo);
      if (mode === 'fifoOpen') assert.equal(thread.os?.systemCall?.path, app.fifo);

      const threads = sectionOf(report, 'threads');
      assert.equal(threads.status, where === 'main' ? 'partial' : 'ok');
      const ids = threadsOf(report).map(({ id }) => id);
      assert.deepEqual(ids, [...new Set(ids)], 'no thread stands there twice');
      if (where === 'main') {
        assert.equal(threads.reason, 'workers are reached through the main thread, which did not answer');
        const workers = threadsOf(report).filter(({ kind }) => kind === 'worker');
        // Their names and stacks cannot be had; that they are there can.
        assert.deepEqual(
          workers.map(({ frames, note, state }) => ({ frames, note, state })),
          [{ frames: [], note: `not asked: ${threads.reason}`, state: 'idle' }],
        );
        const { status, reason } = sectionOf(report, 'configuration');
        assert.equal(status, 'partial');
        assert.match(
          reason ?? '',
          /^the main thread did not answer for \d+ ms; these are the values as they were earlier$/,
        );
        assert.equal(report.timings.mainThreadPauseMs, null);
      } else {
        assert.equal(threads.reason, undefined);
        assertOthersAnswered(report, where);
      }
      assertConfigurationIsThere(report, where === 'main' ? 'partial' : 'ok');

      if (!release) return;
      release(app, report);
      await app.until('its going on', () => app.stdout.includes('released'));
      const after = await app.askUntil(
        'an idle thread',
        (report) => busyThread(report, where).state === 'idle',
      );
      assert.equal(sectionOf(after, 'threads').status, 'ok');
      assertConfigurationIsThere(after, 'ok');
    });
  }
}

test('blocked from its first moment, in JavaScript', async (t) => {
  const app = await startBlocked(t, 'spin', 'at-once');
  const report = await app.askUntil('a report', () => true);
  assert.equal(mainThreadOf(report).frames[0]?.function, 'Object.spin');
  assertConfigurationIsThere(report, 'ok');
});

test('blocked from its first moment, in native code: no earlier configuration', async (t) => {
  const app = await startBlocked(t, 'fifoOpen', 'at-once');
  const report = await app.askUntil('a report', () => true);
  assert.equal(mainThreadOf(report).os?.systemCall?.path, app.fifo);
  const { status, reason, model } = sectionOf(report, 'configuration');
  assert.deepEqual([status, model], ['skipped', null]);
  assert.match(reason ?? '', /^the main thread did not answer for \d+ ms$/);
});

test('an idle service with ten workers', async (t) => {
  const app = await startApp(t, 'end-to-end/workers.mjs', { args: ['10'] });
  const report = await app.askUntil('idle threads', (report) =>
    threadsOf(report).every(({ state, kind }) => state === 'idle' || kind === 'sentinel'),
  );
  const threads = threadsOf(report);
  assert.deepEqual(
    threads.slice(0, 1).map(({ kind, name, threadId, id }) => ({ kind, name, threadId, id })),
    [{ kind: 'main', name: 'main', threadId: 0, id: app.pid }],
  );
  const workers = threads.filter(({ kind }) => kind === 'worker');
  const byName = workers.toSorted((a, b) => (a.threadId ?? 0) - (b.threadId ?? 0));
  assert.deepEqual(
    byName.map(({ name, threadId, frames, note }) => ({ name, threadId, frames, note })),
    Array.from({ length: 10 }, (_, i) => ({
      name: `worker-${i + 1}`,
      threadId: i + 2, // the sentinel is 1
      frames: [],
      note: undefined,
    })),
  );
  for (const { id, os } of workers) assert.equal(id, os?.tid);
  assert.equal(new Set(workers.map(({ id }) => id)).size, 10);
  assert.deepEqual(
    threads.filter(({ kind }) => kind === 'sentinel').map(({ name, threadId }) => ({ name, threadId })),
    [{ name: 'guru-meditation sentinel', threadId: 1 }],
  );
  // The pool of libuv starts with its first job, and loading modules is one (but not on every version).
  const kinds = new Set(threads.map(({ kind }) => kind));
  assert.ok(kinds.has('v8'));
  assert.equal(sectionOf(report, 'threads').status, 'ok');
});
