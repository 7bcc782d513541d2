import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import type { SectionOf } from 'guru-meditation';
import { type App, sectionOf, startApp, type StartOptions } from '../support/app.js';
import { DoctoredNode } from '../support/doctored-node.js';

const PROGRAM = 'end-to-end/green-threads.mjs';
const LINES = readFileSync(`test/apps/${PROGRAM}`, 'utf8').split('\n');
const directory = mkdtempSync(join(tmpdir(), 'guru-node-'));
after(() => rmSync(directory, { recursive: true, force: true }));
chmodSync(directory, 0o755);

const copied = process.platform === 'linux' ? DoctoredNode.copyInto(directory) : null;
const options = { skip: copied === null ? 'this node has no constants that could be changed' : false };
const node = (): DoctoredNode => copied!;

async function sectionsOf(app: App, count: number): Promise<SectionOf<'greenThreads'>[]> {
  const sections: SectionOf<'greenThreads'>[] = [];
  while (sections.length < count) sections.push(sectionOf(await app.ask(), 'greenThreads'));
  return sections;
}

/** The snapshot serves, and says why; twice, as what failed once is not tried again. */
async function assertFallsBack(app: App, reason: RegExp): Promise<void> {
  for (const { status, model, reason: problem } of await sectionsOf(app, 2)) {
    assert.equal(status, 'ok', problem);
    assert.equal(model?.collector, 'snapshot');
    assert.match(model.fallback ?? '', reason);
    assert.doesNotMatch(model.fallback ?? '', /\n/);
    const places = model.groups
      .filter(({ internal }) => internal !== true)
      .map(({ frames }) =>
        frames.filter(({ internal }) => internal !== true).map((frame) => `${frame.function}:${frame.line}`),
      );
    const marked = ['inner', 'outer'].map(
      (name) => `${name}:${LINES.findIndex((line) => line.endsWith(`// @${name}`)) + 1}`,
    );
    assert.deepEqual(places, [marked]);
  }
  assert.ok(app.running);
}

/** Where only memory will do, there is nothing. */
async function assertSkips(app: App, reason: RegExp): Promise<void> {
  for (const { status, model, reason: problem } of await sectionsOf(app, 2)) {
    assert.equal(status, 'skipped');
    assert.match(problem ?? '', reason);
    assert.doesNotMatch(problem ?? '', /\n/);
    assert.equal(model, null);
  }
  assert.ok(app.running);
}

const modes = { auto: assertFallsBack, memory: assertSkips };

function startOptions(mode: string): StartOptions {
  return {
    execPath: node().path,
    args: ['one'],
    env: { GURU_GREEN_THREADS: mode, GURU_DEADLINE: '60' },
  };
}

/** What is changed in the copy, and what the report says then. */
const CASES: { [what: string]: { change: () => void; reason: RegExp } } = {
  'without the constants': {
    change: () => node().hideConstants(''),
    reason: /^\/proc\/self\/exe has none of V8's constants for debuggers$/,
  },
  'with pointer compression': {
    change: () => node().setConstant('TaggedSize', 4),
    reason: /^V8 was built with pointer compression, or not for 64 bits$/,
  },
  'of an unknown version': {
    change: () => node().setVersion(process.versions.v8.replace(/^\d+/, '99')),
    reason: /^the heap of V8 99\.\S+ is not known$/,
  },
  'without a constant that is needed': {
    change: () => node().hideConstants('class_JSFunction__shared__'),
    reason: /^V8's constant class_JSFunction__shared__SharedFunctionInfo is missing$/,
  },
  ...Object.fromEntries(
    [
      ['class_JSFunction__shared', 8],
      ['class_Script__name', 8],
      ['class_Map__instance_type', 2],
      ['class_Map__instance_descriptors_offset', 8],
      ['class_SharedFunctionInfo__name_or_scope_info', 8],
      ['class_SeqOneByteString__chars', 1],
      ['type_JSPromise', 1],
      ['type_PromiseReaction', 1],
    ].map(([name, more]) => [
      `with another value of ${name}`,
      {
        change: () => node().setConstant(name as string, node().constant(name as string) + (more as number)),
        reason: /^its layout is not as expected: \S.*$/,
      },
    ]),
  ),
};

test('a V8 that cannot be read, or not as it must be', options, async (t) => {
  for (const [what, { change, reason }] of Object.entries(CASES)) {
    for (const [mode, assertOutcome] of Object.entries(modes)) {
      await t.test(`${what}: ${mode}`, async (one) => {
        node().restore();
        change();
        await assertOutcome(await startApp(one, PROGRAM, startOptions(mode)), reason);
      });
    }
  }
});

test('the copy itself is read from memory when nothing is changed', options, async (t) => {
  node().restore();
  const [found] = await sectionsOf(await startApp(t, PROGRAM, startOptions('auto')), 1);
  assert.equal(found?.model?.collector, 'memory', found?.model?.fallback ?? found?.reason);
});

test(
  'a heap over the limit is left alone, with its size, the cost and the way to force it',
  options,
  async (t) => {
    node().restore();
    node().hideConstants('');
    const { env, ...rest } = startOptions('auto');
    const app = await startApp(t, PROGRAM, {
      ...rest,
      args: ['heap', '1'],
      env: { ...env, GURU_GREEN_THREADS_MAX_HEAP: '1' },
    });
    const [found] = await sectionsOf(app, 1);
    assert.equal(found?.status, 'skipped');
    assert.match(
      found.reason ?? '',
      /^memory could not be read \(.* has none of V8's constants for debuggers\); [\d.]+ MB of heap are in use, a snapshot would stop the thread for some [\d.]+ s/,
    );
    assert.match(
      found.reason ?? '',
      /the limit \(greenThreadsMaxHeap\) is 1 MB; greenThreads: 'snapshot' takes it all the same$/,
    );
    assert.equal(found.model, null);
  },
);

/**
 * Of a process whose executable its user may not read the kernel makes everything in /proc root's: as of one that has given
 * up its rights (`process.setuid`). Root may read that, too.
 */
const NOBODY = { uid: 65_534, gid: 65_534 };
const user = process.getuid?.() === 0 ? NOBODY : null;

function sandboxed(): { skip: string | boolean } {
  if (copied === null) return options;
  const args = ['-e', `require('fs').readFileSync(${JSON.stringify(resolve('test/apps', PROGRAM))})`];
  const { status } = spawnSync(copied.path, args, { ...user, env: {} });
  return { skip: status !== 0 && 'the user nobody may not read the tests' };
}

for (const [mode, assertOutcome] of Object.entries(modes)) {
  test(`a /proc that gives no memory: ${mode}`, sandboxed(), async (t) => {
    node().restore();
    chmodSync(node().path, 0o111);
    const app = await startApp(t, PROGRAM, { ...startOptions(mode), ...(user && { user }) });
    // What has been started stays as it is. This is about the memory, not about the executable.
    chmodSync(node().path, 0o755);
    await assertOutcome(app, /^\/proc\/self\/mem cannot be opened$/);
  });
}
