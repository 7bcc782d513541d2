import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import type { Frame, GreenThreadGroup, SectionOf } from 'guru-meditation';
import { type App, mainThreadOf, sectionOf, startApp } from '../support/app.js';

const APP = 'end-to-end/green-threads.mjs';
const LINES = readFileSync(`test/apps/${APP}`, 'utf8').split('\n');

/** The line of the program that bears a mark. */
function marked(mark: string): number {
  return LINES.findIndex((line) => line.endsWith(`// @${mark}`)) + 1;
}

async function start(t: TestContext, args: string[], env: Record<string, string> = {}): Promise<App> {
  return startApp(t, APP, {
    args,
    env: { GURU_GREEN_THREADS: 'auto', GURU_MAX_PAUSE: '2', GURU_DEADLINE: '60', ...env },
  });
}

async function section(app: App): Promise<SectionOf<'greenThreads'>> {
  return sectionOf(await app.ask(), 'greenThreads');
}

/** The groups with functions of the program's own. */
function groupsOf({ model }: SectionOf<'greenThreads'>): GreenThreadGroup[] {
  return (model?.groups ?? []).filter(({ internal }) => internal !== true);
}

function names({ frames }: { frames: Frame[] }): string {
  return frames
    .filter(({ internal }) => internal !== true)
    .map((frame) => frame.function)
    .join(' < ');
}

test('Green Threads stand after Threads; a suspended function has its place, its caller and what it waits for', async (t) => {
  const app = await start(t, ['one']);
  const report = await app.ask();
  assert.deepEqual(
    report.sections.map(({ title }) => title),
    ['Package', 'Threads', 'Green Threads', 'Processes', 'Configuration'],
  );
  const found = sectionOf(report, 'greenThreads');
  assert.equal(found.status, 'ok', found.reason);
  const [group] = groupsOf(found);
  assert.ok(group);
  assert.equal(names(group), 'inner < outer');
  assert.equal(group.waitsFor, 'timer: 1000000000 ms');
  const [inner, outer] = group.frames.filter(({ internal }) => internal !== true);
  assert.deepEqual(
    [inner?.line, inner?.column, inner?.sourceLine],
    [marked('inner'), 3, LINES[marked('inner') - 1]?.trim()],
  );
  assert.deepEqual([outer?.line, outer?.column, outer?.async], [marked('outer'), 3, true]);
  // Nothing of this library is in it, whether or not a section of the program is being awaited.
  assert.doesNotMatch(JSON.stringify(found.model), /guru-meditation|\/dist\//);
});

test('many alike are a few groups with their counts, and a few lines of text', async (t) => {
  const app = await start(t, ['many', '2000'], { GURU_FORMAT: 'text' });
  app.signal();
  const text = await app.until(
    'the report',
    () =>
      (app.stderr().includes('= Configuration') || /====\s+Configuration/.test(app.stderr())) && app.stderr(),
  );
  const part = /====\s+Green Threads[^]*?(?=\n=+\n====\s+Processes)/.exec(text)?.[0] ?? '';
  assert.equal(part.match(/Green Thread x 400/g)?.length, 5, part);
  assert.ok(part.split('\n').length < 100);
});

test('one that several await stands once', async (t) => {
  const found = await section(await start(t, ['shared']));
  const group = groupsOf(found).find((one) => one.awaitedBy);
  assert.ok(group);
  assert.equal(names(group), 'inner');
  assert.deepEqual(group.awaitedBy?.map(names), ['first', 'second']);
});

test('workers have their own', async (t) => {
  const app = await start(t, ['worker']);
  const groups = groupsOf(await section(app));
  assert.deepEqual(
    groups.map((group) => `${names(group)} ${group.threadId === 0 ? 'main' : 'worker'}`).sort(),
    ['inWorker worker', 'inner < outer main'],
  );
});

test('a blocked event loop: the functions are listed, their exact places as far as V8 can tell', async (t) => {
  const app = await start(t, ['blocked']);
  const report = await app.ask();
  assert.equal(mainThreadOf(report).frames[0]?.function, 'Timeout.spin [as _onTimeout]');
  const [group] = groupsOf(sectionOf(report, 'greenThreads'));
  assert.ok(group);
  assert.equal(names(group), 'inner < outer');
  assert.equal(group.frames.find((frame) => frame.function === 'inner')?.line, marked('inner'));
  // And it goes on: still blocked, still answering.
  assert.equal(mainThreadOf(await app.ask()).state, 'running');
});

test('what the limit forbids can be forced', async (t) => {
  const app = await start(t, ['heap', '1'], {
    GURU_GREEN_THREADS_MAX_HEAP: '1',
    GURU_GREEN_THREADS: 'snapshot',
  });
  const found = await section(app);
  assert.equal(found.status, 'ok', found.reason);
  assert.ok(groupsOf(found).some((group) => names(group) === 'inner < outer'));
});

test('off leaves the section out', async (t) => {
  const report = await (await start(t, ['one'], { GURU_GREEN_THREADS: 'off' })).ask();
  assert.ok(!report.sections.some(({ kind }) => kind === 'greenThreads'));
});

test('functions carry what the application calls the request that they serve', async (t) => {
  const app = await startApp(t, 'end-to-end/labels.mjs', {
    nodeArgs: [],
    env: { GURU_GREEN_THREADS: 'auto', GURU_MAX_PAUSE: '2', GURU_DEADLINE: '60' },
  });
  const groups = groupsOf(await section(app));
  assert.deepEqual(
    groups.map((group) => [names(group), group.members?.map(({ label }) => label).sort()]),
    [
      ['query < handler', ['request a1', 'request b2']],
      ['query', undefined],
    ],
  );
});

test('functions that were compiled from TypeScript have their places in the TypeScript', async (t) => {
  const app = await startApp(t, 'end-to-end/mapped/lib/suspended.js', {
    env: { GURU_GREEN_THREADS: 'auto', GURU_MAX_PAUSE: '2', GURU_DEADLINE: '60' },
  });
  const source = 'test/apps/end-to-end/mapped/src/suspended.ts';
  const lines = readFileSync(source, 'utf8').split('\n');
  const [group] = groupsOf(await section(app));
  const places = group?.frames.map(({ function: name, file, line, column, sourceLine }) => {
    const text = lines[(line ?? 0) - 1] ?? '';
    return [
      name,
      file.endsWith(source),
      /@(\w+)$/.exec(text)?.[1],
      text.slice((column ?? 0) - 1).slice(0, 5),
      sourceLine === text.trim(),
    ];
  });
  assert.deepEqual(places, [
    ['loadOrder', true, 'loadOrder', 'await', true],
    ['handle', true, 'handle', 'await', true],
  ]);
});

test('a worker that ends while it is asked costs its own stacks only', async (t) => {
  const app = await startApp(t, APP, {
    args: ['ending'],
    env: { GURU_GREEN_THREADS: 'auto', GURU_MAX_PAUSE: '2', GURU_DEADLINE: '60' },
  });
  for (let i = 0; i < 5; i++) {
    const found = await section(app);
    assert.ok(
      groupsOf(found).some((group) => names(group) === 'inner < outer'),
      found.reason,
    );
  }
});
