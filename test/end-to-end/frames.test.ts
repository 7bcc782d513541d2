import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Frame } from 'guru-meditation';
import { mainThreadOf, sectionOf, startApp } from '../support/app.js';
import { applicationFrames, framesOf, nativeFrame } from '../support/place.js';

const FRAMES = resolve('test/apps/end-to-end/frames.cjs');
const at = framesOf(FRAMES);
const spin = at('spin', '@spin', 'for');

/** Node 20 names getters twice. */
const getter = process.versions.node.startsWith('20.') ? 'get heat [as heat]' : 'get heat';

function temporaryDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'guru-frames-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

const inEval = `eval at eval (${FRAMES}:${at('', '@eval', 'eval').line}:${at('', '@eval', 'eval').column})`;
const inFunction = `eval at function (${FRAMES}:${at('', '@function', 'new').line}:${at('', '@function', 'new').column})`;

/** The frames above Node's own, innermost first. */
const stacks: Record<string, Frame[]> = {
  class: [
    at('Reactor.vent', '@static', 'spin'),
    at('Reactor.cool', '@method', 'vent'),
    at(getter, '@getter', 'cool'),
    at('new Reactor', '@constructor', 'heat'),
    at('Timeout.class [as _onTimeout]', '@class', 'new'),
  ],
  vm: [
    { function: 'inContext', file: 'package.json', line: 2, column: 27 },
    { function: '<anonymous>', file: 'package.json', line: 2, column: 37 },
  ],
  eval: [
    { function: 'inEval', file: inEval, line: 1, column: 22 },
    { function: 'eval', file: inEval, line: 1, column: 32 },
    at('Timeout.eval [as _onTimeout]', '@eval', 'eval'),
  ],
  function: [
    { function: 'eval', file: inFunction, line: 3, column: 8 },
    at('Timeout.function [as _onTimeout]', '@function', '(spin)'),
  ],
  native: [
    at('<anonymous>', '@native', 'spin'),
    nativeFrame('Array.map'),
    at('Timeout.native [as _onTimeout]', '@native', 'map'),
  ],
  generator: [
    at('produce', '@produce', 'spin'),
    { ...at('Timeout.generator [as _onTimeout]', '@consume', '_ of'), async: true },
  ],
  async: [
    at('inner', '@inner', 'spin'),
    { ...at('middle', '@middle', 'await'), async: true },
    { ...at('outer', '@outer', 'await'), async: true },
    { ...at('Timeout.async [as _onTimeout]', '@async', 'await'), async: true },
  ],
  all: [
    at('inner', '@inner', 'spin'),
    { ...nativeFrame('Promise.all (index 1)'), async: true },
    { ...at('Timeout.all [as _onTimeout]', '@all', 'await'), async: true },
  ],
};

for (const [how, expected] of Object.entries(stacks)) {
  test(`frames: ${how}`, async (t) => {
    const app = await startApp(t, FRAMES, { args: [how] });
    const report = await app.askUntil('the spinning thread', (report) => {
      const [top] = mainThreadOf(report).frames;
      return top?.function === 'spin' && top.line === spin.line;
    });
    assert.deepEqual(applicationFrames(mainThreadOf(report).frames), [spin, ...expected]);
  });
}

test('a deep recursion is cut, and the report says so', async (t) => {
  const app = await startApp(t, FRAMES, { args: ['recursion'] });
  const report = await app.askUntil('the spinning thread', (report) => {
    const [top] = mainThreadOf(report).frames;
    return top?.function === 'spin' && top.line === spin.line;
  });
  const { frames, note } = mainThreadOf(report);
  assert.equal(note, 'only the innermost 200 frames are shown');
  assert.deepEqual(frames.slice(0, 3), [
    spin,
    at('descend', '@descend', 'spin()'),
    at('descend', '@descend', 'descend(depth - 1)'),
  ]);
  assert.equal(frames.length, 200);
  assert.ok(frames.slice(1).every((frame) => frame.function === 'descend'));
});

test('the files of ES modules are paths, whatever is in their names', async (t) => {
  const directory = join(temporaryDirectory(t), 'a b%20c#d', 'größe');
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'spin.mjs');
  copyFileSync('test/apps/end-to-end/esm-spin.mjs', file);
  const app = await startApp(t, file);
  const report = await app.askUntil(
    'the spinning thread',
    (report) => mainThreadOf(report).frames.length > 0,
  );
  const place = framesOf(file);
  assert.deepEqual(applicationFrames(mainThreadOf(report).frames), [
    place('spin', '@spin', 'for'),
    place('Immediate.tick [as _onImmediate]', '@tick', 'spin'),
  ]);
});

test('a source file that changed after the start is not quoted', async (t) => {
  const file = join(temporaryDirectory(t), 'spin.mjs');
  copyFileSync('test/apps/end-to-end/esm-spin.mjs', file);
  const app = await startApp(t, file);
  const place = framesOf(file);
  const { sourceLine: _, ...expected } = place('spin', '@spin', 'for');
  writeFileSync(file, `// one more line\n${readFileSync(file, 'utf8')}`);
  const report = await app.askUntil(
    'the spinning thread',
    (report) => mainThreadOf(report).frames.length > 0,
  );
  assert.deepEqual(mainThreadOf(report).frames[0], expected);
});

for (const how of ['function', 'wrapper', 'throws', 'accessor', 'absent']) {
  test(`what the application changed of Error is left as it was: ${how}`, async (t) => {
    const file = resolve('test/apps/end-to-end/error-hooks.cjs');
    const release = join(temporaryDirectory(t), 'release');
    const app = await startApp(t, file, { args: [how, release] });
    const report = await app.askUntil('the spinning thread', (report) =>
      mainThreadOf(report).frames.some((frame) => frame.function === 'spin'),
    );
    const [top, next] = mainThreadOf(report).frames.filter(({ native }) => !native);
    const place = framesOf(file);
    const { line, sourceLine } = place('spin', '@spin', 'while');
    assert.deepEqual([top?.line, top?.sourceLine], [line, sourceLine]);
    assert.deepEqual(next, place('Timeout.work [as _onTimeout]', '@work', 'spin'));
    writeFileSync(release, '');
    const answer = await app.until('what it sees', () => /^\{.*\}$/m.exec(app.stdout)?.[0]);
    const seen = JSON.parse(answer) as { intact: boolean; calls: number; stackBefore: string; stack: string };
    assert.equal(seen.intact, true);
    assert.equal(seen.stack, seen.stackBefore);
    assert.equal(seen.calls, 0);
  });
}

test('where Error is frozen, the report says why there are no frames', async (t) => {
  const release = join(temporaryDirectory(t), 'release');
  const app = await startApp(t, 'end-to-end/error-hooks.cjs', { args: ['frozen', release] });
  const report = await app.askUntil('a report', () => true);
  const { state, frames, note } = mainThreadOf(report);
  assert.deepEqual([state, frames], ['running', []]);
  assert.match(note ?? '', /^Error's stack trace settings cannot be changed: TypeError: /);
  const { status, reason } = sectionOf(report, 'threads');
  assert.equal(status, 'partial');
  assert.match(reason ?? '', /^1 of \d JavaScript threads gave no stack$/);
});
