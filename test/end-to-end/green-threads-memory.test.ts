import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import type { Frame, GreenThreadGroup, SectionOf } from 'guru-meditation';
import { type App, sectionOf, SET_UP, startApp } from '../support/app.js';

const APP = 'end-to-end/green-threads-memory.mjs';
const LINES = readFileSync(`test/apps/${APP}`, 'utf8').split('\n');
const skip = process.platform === 'linux' && process.arch === 'x64' ? false : 'x64 Linux only';

/** The line of the program that bears a mark. */
function marked(mark: string): number {
  return LINES.findIndex((line) => line.endsWith(`// @${mark}`)) + 1;
}

async function start(t: TestContext, what: string, env: Record<string, string> = {}): Promise<App> {
  const all = { GURU_GREEN_THREADS: 'memory', GURU_DEADLINE: '60', GURU_MAX_PAUSE: '2', ...env };
  return startApp(t, APP, { args: [what], env: all, ownGroup: true });
}

async function section(app: App): Promise<SectionOf<'greenThreads'>> {
  const found = sectionOf(await app.ask(), 'greenThreads');
  assert.equal(found.model?.collector, 'memory', found.reason);
  assert.equal(found.model?.fallback, undefined);
  return found;
}

/** The groups with functions of the program's own. */
function groupsOf({ model }: SectionOf<'greenThreads'>): GreenThreadGroup[] {
  return (model?.groups ?? []).filter(({ internal }) => internal !== true);
}

function places({ frames }: { frames: Frame[] }): string {
  return frames
    .filter(({ internal }) => internal !== true)
    .map((frame) => `${frame.function}${frame.line === null ? '' : `:${frame.line}`}`)
    .join(' < ');
}

const CHAIN = `inner:${marked('inner')} < Promise.all (index 1) < outer:${marked('outer')}`;

function assertChain(found: SectionOf<'greenThreads'>): void {
  const group = groupsOf(found).find((one) => places(one) === CHAIN);
  assert.ok(group, JSON.stringify(groupsOf(found).map(places)));
  assert.equal(group.waitsFor, `timer: 1000000000 ms`);
  assert.deepEqual([group.count, group.threadId], [1, 0]);
  assert.ok(!group.frames.some(({ approximate }) => approximate));
}

test('from memory: the chain, the index of its combinator, and what is waited for', { skip }, async (t) => {
  const found = await section(await start(t, 'one'));
  assert.equal(found.status, 'ok', found.reason);
  assertChain(found);
});

test('an event loop that is blocked in JavaScript: nothing less', { skip }, async (t) => {
  const found = await section(await start(t, 'spin'));
  assert.equal(found.status, 'ok', found.reason);
  assertChain(found);
});

test(
  'a main thread in native code: its functions, and those of the workers behind it',
  { skip },
  async (t) => {
    const found = await section(await start(t, 'native'));
    assertChain(found);
    // Nobody can make the worker stand still, as it is reached through the main thread.
    assert.equal(found.status, 'partial');
    assert.match(found.reason ?? '', /could not be reached, so what changed meanwhile is not confirmed/);
    assert.ok(groupsOf(found).some((group) => places(group).startsWith('inWorker')));
  },
);

test('each worker has its own', { skip }, async (t) => {
  const found = await section(await start(t, 'workers'));
  assert.equal(found.status, 'ok', found.reason);
  assertChain(found);
  const workers = groupsOf(found).filter((group) => places(group).startsWith('inWorker'));
  // The sentinel is thread 1.
  assert.deepEqual(new Set(workers.map(({ threadId }) => threadId)), new Set([2, 3, 4]));
});

test('what nothing can resume is set apart', { skip }, async (t) => {
  const app = await start(t, 'abandoned');
  // Where V8 collects garbage while memory is read, nothing is said of it.
  const report = await app.askUntil('an abandoned function', (one) =>
    groupsOf(sectionOf(one, 'greenThreads')).some(({ abandoned }) => abandoned === true),
  );
  const found = sectionOf(report, 'greenThreads');
  assertChain(found);
  const groups = groupsOf(found);
  assert.equal(places(groups.at(-1)!), `lost:${marked('lost')}`);
  assert.deepEqual(
    groups.map(({ abandoned }) => abandoned),
    [undefined, true],
  );
});

test('maxPause 0: no thread is held up, and the section says so', { skip }, async (t) => {
  const found = await section(await start(t, 'one', { GURU_MAX_PAUSE: '0' }));
  assert.equal(found.status, 'partial');
  assert.equal(found.reason, 'not confirmed, as no thread was held up (maxPause is 0)');
  assertChain(found);
});

test('a maxPause that is too short: what was not confirmed is counted', { skip }, async (t) => {
  const found = await section(await start(t, 'one', { GURU_MAX_PAUSE: '0.000001' }));
  assert.equal(found.status, 'partial');
  assert.match(found.reason ?? '', /not confirmed|could not be held up/);
  assertChain(found);
});

test('where Error and the clock are the program’s, a thread is held up all the same', { skip }, async (t) => {
  const env = { GURU_GREEN_THREADS: 'memory', GURU_DEADLINE: '60', GURU_MAX_PAUSE: '2' };
  const nodeArgs = ['--no-warnings', '--frozen-intrinsics', ...SET_UP];
  const locked = await section(await startApp(t, APP, { args: ['one'], env, nodeArgs }));
  assert.equal(locked.status, 'ok', locked.reason);
  assertChain(locked);
  const changed = await section(await start(t, 'own-clock'));
  assert.equal(changed.status, 'ok', changed.reason);
  assertChain(changed);
});

test('where even what this library keeps suspended is not found, not all may be', { skip }, async (t) => {
  const env = { GURU_GREEN_THREADS: 'memory', GURU_DEADLINE: '60', GURU_MAX_PAUSE: '2' };
  const nodeArgs = ['--require', './test/apps/end-to-end/no-anchor.cjs', ...SET_UP];
  const found = await section(await startApp(t, APP, { args: ['one'], env, nodeArgs }));
  assert.equal(found.status, 'partial');
  assert.match(found.reason ?? '', /^some may be missing, as a function that this library keeps/);
  assertChain(found);
});

test('a program that is never at rest', { skip }, async (t) => {
  const app = await start(t, 'busy');
  for (let reports = 0; reports < 3; reports++) assertChain(await section(app));
});

test('an exit in the midst of reading memory does not wait for it, and is silent', { skip }, async (t) => {
  for (const ms of ['50', '200', '350', '500', '800']) {
    const app = await startApp(t, APP, {
      args: ['exit', ms],
      env: { GURU_GREEN_THREADS: 'auto', GURU_DEADLINE: '60' },
    });
    app.signal();
    assert.deepEqual(await app.exited, { code: 7, signal: null });
    assert.doesNotMatch(app.stderr(), /Waiting for the debugger/, `exit after ${ms} ms`);
  }
});
