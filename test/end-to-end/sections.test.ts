import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Report, SectionOf } from 'guru-meditation';
import { customSection, mainThreadOf, sectionOf, startApp } from '../support/app.js';
import {
  assertGoesOn,
  assertSection,
  type Expected,
  MODEL,
  start,
  temporaryDirectory,
} from '../support/sections.js';

function assertBuiltInOnes(report: Report): void {
  for (const kind of ['package', 'threads', 'processes', 'configuration'] as const) {
    const { status, reason } = sectionOf(report, kind);
    assert.equal(status, 'ok', `${kind}: ${reason}`);
  }
}

const ENDED = /^ran longer than 500 ms and was ended$/;

const kind: Record<string, Expected> = {
  sync: { model: MODEL },
  async: { model: MODEL },
  promise: { model: MODEL },
  thenable: { model: MODEL },
  text: { model: 'two\nlines' },
  nothing: { model: null },
  number: { model: 7 },
  controls: { model: MODEL },
  long: { model: MODEL },
};

const unkind: Record<string, Expected> = {
  throws: { status: 'failed', reason: /^threw Error: it threw$/ },
  throwsProxy: { status: 'failed', reason: /^threw / },
  throwsNull: { status: 'failed', reason: /^threw / },
  rejects: { status: 'failed', reason: /^rejected with RangeError: out of range$/ },
  loops: { status: 'timeout', reason: ENDED },
  cycle: { model: { name: 'loop', self: '[circular]' } },
  bigint: { model: { big: '12345678901234567890n' } },
  special: {
    model: {
      nan: 'NaN',
      date: '1970-01-01T00:00:00.000Z',
      set: [1],
      symbol: '[Symbol(s)]',
      call: '[Function: call]',
    },
  },
  deep: {
    status: 'partial',
    reason: /^model cut at depth 32$/,
    model: (model) => assert.ok(JSON.stringify(model).length < 1000),
  },
  getterThrows: { model: { before: 1, value: '[threw: the getter threw]', after: 2 } },
  thenGetterThrows: { status: 'failed', reason: /^threw Error: then threw$/ },
  thenThrows: { status: 'failed', reason: /^rejected with Error: then threw$/ },
  proxy: { status: 'failed', reason: /^threw Error: the proxy threw$/ },
  proxyFunction: { status: 'failed', reason: /^threw Error: the proxy threw$/ },
  nestedProxy: { model: { inner: '[threw: the proxy threw]', list: ['[threw: the proxy threw]'] } },
  toJsonThrows: { model: '[threw: toJSON threw]' },
};

/** 50 MB: cut, or, on a machine that is slow at the moment, ended. */
function assertHuge({ status, reason, model }: SectionOf<'custom'>): void {
  if (status === 'timeout') {
    assert.match(reason ?? '', ENDED);
    assert.equal(model, null);
    return;
  }
  assert.deepEqual([status, reason], ['partial', 'model cut at 1 MiB']);
  assert.ok(JSON.stringify(model).length < 2 * 1024 * 1024);
  const end = Array.isArray(model) ? model.at(-1) : model;
  assert.match(JSON.stringify(end).slice(-40), /… \(\d+ more (?:characters|items)\)"$/);
}

/** Each holds the main thread up until it is ended. */
const loops = ['getterLoops', 'thenLoops', 'asyncGetterLoops', 'toJsonLoops'];

const TITLES: Record<string, string> = {
  controls: 'bad\u0000 \u001b[31mname\nof <two> lines & "more"',
  long: 'long '.repeat(2000),
};

test('sections of every kind, each at its own risk, in the order of their registration', async (t) => {
  const names = [...Object.keys(unkind), 'hugeText', 'hugeList', ...Object.keys(kind)];
  // Time enough for all of them on a slow machine.
  const app = await start(t, names, 'idle', { GURU_DEADLINE: '60' });
  const report = await app.ask();
  assert.deepEqual(
    report.sections.map(({ title }) => title),
    ['Package', 'Threads', 'Processes', 'Configuration', ...names.map((name) => TITLES[name] ?? name)],
  );
  assertBuiltInOnes(report);
  for (const [name, expected] of Object.entries({ ...unkind, ...kind })) {
    assertSection(customSection(report, TITLES[name] ?? name), expected);
  }
  assertHuge(customSection(report, 'hugeText'));
  assertHuge(customSection(report, 'hugeList'));
  await assertGoesOn(app);
});

test('a section that never settles is given up, and told so', async (t) => {
  const app = await start(t, ['sync', 'neverSettles', 'async'], 'idle', { GURU_DEADLINE: '2' });
  const report = await app.ask();
  assertBuiltInOnes(report);
  assertSection(customSection(report, 'sync'), { model: MODEL });
  const reason = /^(?:did not settle|the main thread did not finish it) within \d+ ms$/;
  assertSection(customSection(report, 'neverSettles'), { status: 'timeout', reason });
  assertSection(customSection(report, 'async'), { model: MODEL });
  await app.until('the abort', () => app.stdout.includes('aborted'));
  await assertGoesOn(app);
});

for (const name of loops) {
  test(`a section that holds the main thread up is ended: ${name}`, async (t) => {
    const app = await start(t, [name, 'sync', 'text'], 'idle');
    const report = await app.ask();
    assertBuiltInOnes(report);
    assertSection(customSection(report, name), { status: 'timeout', reason: ENDED });
    assertSection(customSection(report, 'sync'), { model: MODEL });
    assertSection(customSection(report, 'text'), { model: 'two\nlines' });
    await assertGoesOn(app);
  });
}

test('a section that loops after its first await: nothing can end it, but the report comes', async (t) => {
  const app = await start(t, ['sync', 'loopsLater'], 'idle', { GURU_DEADLINE: '2' });
  const report = await app.ask();
  assertBuiltInOnes(report);
  assertSection(customSection(report, 'sync'), { model: MODEL });
  const reason = /^the main thread did not finish it within \d+ ms$/;
  assertSection(customSection(report, 'loopsLater'), { status: 'timeout', reason });
});

test('while the event loop is blocked by JavaScript, synchronous sections are served', async (t) => {
  const release = join(temporaryDirectory(t), 'release');
  const names = [
    'sync',
    'async',
    'promise',
    'thenable',
    'text',
    'throws',
    'rejects',
    'neverSettles',
    'loops',
  ];
  const app = await start(t, [...names, 'getterLoops', 'proxy', 'hugeText'], `spin:${release}`);
  const report = await app.askUntil('the blocked thread', (report) => mainThreadOf(report).frames.length > 0);
  assertBuiltInOnes(report);
  const skipped: Expected = { status: 'skipped', reason: /^asynchronous, and the event loop is blocked$/ };
  const expected: Record<string, Expected> = {
    ...Object.fromEntries(names.map((name) => [name, skipped])),
    sync: { model: MODEL },
    text: { model: 'two\nlines' },
    throws: unkind['throws'] ?? {},
    loops: unkind['loops'] ?? {},
    getterLoops: { status: 'timeout', reason: ENDED },
    proxy: unkind['proxy'] ?? {},
  };
  for (const [name, section] of Object.entries(expected)) assertSection(customSection(report, name), section);
  assertHuge(customSection(report, 'hugeText'));
  writeFileSync(release, '');
  await assertGoesOn(app);
  const after = await app.ask();
  assertBuiltInOnes(after);
  for (const name of ['sync', 'async', 'promise', 'thenable']) {
    assertSection(customSection(after, name), { model: MODEL });
  }
});

test('while the main thread is in native code, no section is served', async (t) => {
  const fifo = join(temporaryDirectory(t), 'fifo');
  execFileSync('mkfifo', [fifo]);
  const names = ['sync', 'async', 'text', 'bothViews'];
  const app = await start(t, names, `open:${fifo}`);
  const report = await app.askUntil(
    'the blocked thread',
    (report) => mainThreadOf(report).state === 'blocked',
  );
  for (const name of names) {
    const reason = /^the main thread did not answer for \d+ ms$/;
    assertSection(customSection(report, name), { status: 'skipped', reason });
  }
  writeFileSync(fifo, '');
  await assertGoesOn(app);
  const after = await app.ask();
  assertBuiltInOnes(after);
  for (const name of ['sync', 'async']) assertSection(customSection(after, name), { model: MODEL });
});

test('sections that are registered before the set-up, after it, and taken out again', async (t) => {
  const app = await startApp(t, 'end-to-end/register-section.mjs', { nodeArgs: [] });
  const titles = (report: Report): string[] => report.sections.slice(4).map(({ title }) => title);
  assert.deepEqual(titles(await app.ask()), ['before', 'after', 'same title', 'same title']);
  app.signal('SIGHUP');
  await app.until('the change', () => app.stdout.includes('changed'));
  const report = await app.askUntil('the change', (report) => titles(report).includes('late'));
  assert.deepEqual(titles(report), ['after', 'same title', 'late']);
  assert.deepEqual(customSection(report, 'same title').model, 'second');
});

test('registerSection says what is wrong with its arguments', async (t) => {
  const app = await startApp(t, 'end-to-end/register-section.mjs', { nodeArgs: [] });
  const mistakes = JSON.parse(/^\[.*\]$/m.exec(app.stdout)?.[0] ?? '[]') as unknown[];
  const title = 'registerSection: the title must be a text that is not empty';
  const generator = 'registerSection "x": the generator must be a function';
  assert.deepEqual(mistakes, [
    ...Array.from({ length: 5 }, () => ['GuruError', 'ERR_GURU_SECTION', title]),
    ...Array.from({ length: 3 }, () => ['GuruError', 'ERR_GURU_SECTION', generator]),
    ['GuruError', 'ERR_GURU_SECTION', 'registerSection "x": the text view must be a function'],
    ['GuruError', 'ERR_GURU_SECTION', 'registerSection "x": the xml view must be a function'],
    ['GuruError', 'ERR_GURU_SECTION', 'registerSection "x": the options must be an object'],
    ['GuruError', 'ERR_GURU_SECTION', 'registerSection "x": the views must be an object'],
  ]);
});

test("the time limit of a script of the application's holds, even where it is up during an interrupt", async (t) => {
  const app = await startApp(t, 'end-to-end/vm-timeout.cjs');
  const ended = 'ended by ERR_SCRIPT_EXECUTION_TIMEOUT';
  const report = await app.askUntil('a report in which the section was hit', (report) =>
    /terminated/.test(customSection(report, 'holds').reason ?? ''),
  );
  assert.equal(customSection(report, 'holds').status, 'failed');
  await app.until('the end of the script', () => app.stdout.includes(ended));
  const after = await app.askUntil(
    'a report of the idle thread',
    (report) => mainThreadOf(report).state === 'idle',
  );
  assertBuiltInOnes(after);
  assertSection(customSection(after, 'holds'), { model: 'too early' });
});
