import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonValue } from '#src/report/json.js';
import type { Frame, Report, Section, Thread } from '#src/report/schema.js';
import { renderText } from '#src/views/text.js';
import { Random } from '../support/random.js';
import { sampleReport } from '../support/sample-report.js';

const SEED = 20260102;
const RULE = '='.repeat(72);
/** What acts on a terminal, or hides: everything of the kind but line feeds and tabs. */
const UNSAFE = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|\p{Surrogate}/u;

function linesOf(...sections: Section[]): string[] {
  return renderText({ ...sampleReport(), sections }).split('\n');
}

/** The lines under the banner of the only section. */
function bodyOf(section: Section): string[] {
  const lines = linesOf(section);
  return lines.slice(lines.lastIndexOf(RULE) + 1, -1);
}

function custom(model: JsonValue, more: Partial<Section> = {}): Section {
  return { title: 'Custom', kind: 'custom', status: 'ok', durationMs: 1, model, ...more } as Section;
}

function threads(...list: Thread[]): Section {
  return { title: 'Threads', kind: 'threads', status: 'ok', durationMs: 1, model: { threads: list } };
}

const MAIN: Thread = { id: 17, threadId: 0, name: 'main', kind: 'main', state: 'running', frames: [] };

test('the title is centred in a banner of three lines, with a line of bars under it', () => {
  const lines = linesOf();
  assert.deepEqual(lines.slice(0, 4), [
    RULE,
    '====                        Guru Meditation                         ====',
    RULE,
    '|'.repeat(72),
  ]);
});

test('every line of the layout has 72 columns', () => {
  const layout = renderText(sampleReport())
    .split('\n')
    .filter((line) => /^(?:====|\|\|\|\||------)/.test(line));
  assert.equal(layout.length, 3 + 1 + 3 * sampleReport().sections.length + 4 + 3);
  for (const line of layout) assert.equal(line.length, 72, line);
});

test('a title that is longer than its place, or that holds lines, stays whole and on one line', () => {
  const lines = linesOf(custom(1, { title: `${'x'.repeat(80)}\n${RULE}` }));
  assert.equal(lines.filter((line) => line === RULE).length, 4);
  assert.ok(lines.includes(`==== ${'x'.repeat(80)}\\n${RULE} ====`));
});

test('a thread is under a banner of 60 columns between six dashes', () => {
  assert.deepEqual(bodyOf(threads(MAIN)), [
    '------                         Thread #17                         ------',
    'name = main',
    'kind = main, thread id 0',
    'state = running',
  ]);
});

test('frames are FILE:LINE in FUNCTION, with the source line in backquotes, and told apart', () => {
  const frame: Frame = { function: 'f', file: '/a.js', line: 3, column: 9 };
  const section = threads({
    ...MAIN,
    frames: [
      { ...frame, sourceLine: '\t return f();  ' },
      { ...frame, async: true },
      { ...frame, file: 'node:fs', internal: true },
      { ...frame, file: '<native>', line: null, column: null, native: true },
      { ...frame, function: 'a\nb', sourceLine: ' ' },
    ],
  });
  assert.deepEqual(bodyOf(section).slice(-6), [
    '/a.js:3 in f',
    '    `return f();`',
    '/a.js:3 in async f',
    '  (node) node:fs:3 in f',
    '  (v8) <native> in f',
    '/a.js:3 in a\\nb',
  ]);
});

test('the main thread comes first, those without frames last, each under its banner', () => {
  const body = bodyOf(
    threads(
      { ...MAIN, id: 1, kind: 'libuv' },
      { ...MAIN, id: 2, kind: 'worker' },
      { ...MAIN, id: null, kind: 'sentinel', note: 'makes the report' },
      { ...MAIN, id: 4 },
    ),
  );
  const order = body.flatMap((line) => /Thread #(\w+)/.exec(line)?.[1] ?? []);
  assert.deepEqual(order, ['4', '2', '1', 'unknown']);
  assert.equal(body.at(-1), 'main [ kind: sentinel, state: running ] makes the report');
});

test('a section that is not complete says why, on one line', () => {
  const failed = custom(null, { status: 'failed', reason: `threw\n${RULE}` });
  assert.deepEqual(bodyOf(failed), [`[failed: threw\\n${RULE}]`]);
  assert.deepEqual(bodyOf(custom(1, { status: 'partial', reason: 'cut' })), ['[partial: cut]', '1']);
  assert.deepEqual(bodyOf(custom(null)), ['null']);
});

test("a section's own text takes the place of the generic view", () => {
  assert.deepEqual(bodyOf(custom({ a: 1 }, { views: { text: 'one\r\n\ttwo\x1b\n' } })), [
    'one',
    '\ttwo\\x1b',
  ]);
});

test('what is unsafe on a terminal is escaped, each in its way', () => {
  assert.deepEqual(bodyOf(custom('a\x1bb\x7fc\x9bd\u202ee\ud800f\u{e0041}g\rh\t😀')), [
    'a\\x1bb\\x7fc\\x9bd\\u202ee\\ud800f\\u{e0041}g\\rh\t😀',
  ]);
});

test('no value of configuration can look like another option', () => {
  const section: Section = {
    title: 'Configuration',
    kind: 'configuration',
    status: 'ok',
    durationMs: 1,
    model: { groups: { default: { 'a\nb': 'x\n  c = d', list: ['1\n2', { k: 'v', l: [] }, ['p', 'q']] } } },
  };
  assert.deepEqual(bodyOf(section), [
    'default:',
    '  a\\nb = x\\n  c = d',
    '  list =',
    '    1\\n2',
    '    - k: v',
    '      l: []',
    '    - - p',
    '      - q',
  ]);
});

test('no content brings a control character into the text, nor a banner', (t) => {
  t.diagnostic(`seed ${SEED}`);
  const random = new Random(SEED);
  for (let i = 0; i < 1000; i++) {
    const report = JSON.parse(
      JSON.stringify(sampleReport(), (key, value: unknown) => {
        if (typeof value !== 'string' || key === 'kind') return value;
        return value + random.text() + random.pick(['', `\n${RULE}\n`]);
      }),
    ) as Report;
    const sections = report.sections.filter(({ kind }) => kind !== 'custom');
    sections.push(custom({ list: [random.json(), RULE] }));
    const text = renderText({ ...report, sections });
    assert.doesNotMatch(text, UNSAFE, `round ${i}`);
    const rules = text.split('\n').filter((line) => line === RULE).length;
    assert.equal(rules, 2 * (sections.length + 1), `round ${i}`);
  }
});
