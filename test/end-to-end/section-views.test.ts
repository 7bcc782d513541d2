import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { customSection } from '../support/app.js';
import { elementsOf, type ParsedElement, parseXml, textOf } from '../support/parse-xml.js';
import { assertGoesOn, assertSection, MODEL, start, temporaryDirectory } from '../support/sections.js';

const VIEWS = [
  'textView',
  'xmlView',
  'bothViews',
  'viewTells',
  'viewThrows',
  'viewGivesOther',
  'viewOfBadNames',
];

/** The report as an operator gets it, from the log directory, where a file is complete once it is there. */
async function written(t: TestContext, format: string, names: string[], then = 'idle'): Promise<string> {
  const directory = temporaryDirectory(t);
  const app = await start(t, names, then, { GURU_FORMAT: format, GURU_LOG_DIR: directory });
  app.signal();
  const file = await app.until('the report', () =>
    readdirSync(directory).find((name) => name.includes('_gurumeditation_') && !name.startsWith('.')),
  );
  return readFileSync(join(directory, file), 'utf8');
}

/** The lines under a section's banner. */
function linesUnder(text: string, title: string): string[] {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => line.startsWith('====') && line.includes(` ${title} `));
  assert.notEqual(at, -1, `no section ${title}`);
  const rest = lines.slice(at + 2);
  const end = rest.findIndex((line) => /^={72}$/.test(line));
  return (end === -1 ? rest : rest.slice(0, end)).filter((line) => line !== '');
}

const NOT_USED = (view: string, why: string): string => `its own ${view} view was not used: ${why}`;

test('own views: text', async (t) => {
  const text = await written(t, 'text', VIEWS);
  const generic = ['answer: 42', 'list:', '  - a', '  - b'];
  assert.deepEqual(linesUnder(text, 'textView'), ['the answer is', '42']);
  assert.deepEqual(linesUnder(text, 'xmlView'), generic);
  // A view gets the masked model, and what it prints is masked, too.
  assert.deepEqual(linesUnder(text, 'bothViews'), ['mogan:***']);
  assert.deepEqual(linesUnder(text, 'viewTells'), ['password=***']);
  const threw = 'threw Error: the view threw';
  assert.deepEqual(linesUnder(text, 'viewThrows'), [
    `[partial: ${NOT_USED('text', threw)}; ${NOT_USED('xml', threw)}]`,
    ...generic,
  ]);
  assert.deepEqual(linesUnder(text, 'viewGivesOther'), [
    `[partial: ${NOT_USED('text', 'it returned no text')}; ${NOT_USED('xml', 'it returned no element')}]`,
    ...generic,
  ]);
  assert.ok(!text.includes('hunter2'));
});

test('own views: xml', async (t) => {
  const document = await written(t, 'xml', VIEWS);
  const sections = elementsOf(parseXml(document)).filter(({ name }) => name === 'section');
  const contentOf = (title: string): ParsedElement => {
    const section = sections.find(({ attributes }) => attributes['title'] === title);
    assert.ok(section, title);
    const [content] = elementsOf(section);
    assert.ok(content, title);
    return content;
  };
  const viewOf = (title: string): ParsedElement | undefined => {
    const content = contentOf(title);
    return content.name === 'view' ? elementsOf(content)[0] : undefined;
  };
  assert.deepEqual(viewOf('xmlView'), {
    name: 'answer',
    attributes: { of: 'life & all' },
    children: ['<42>'],
  });
  assert.deepEqual(viewOf('bothViews'), {
    name: 'login',
    attributes: { user: 'mogan', password: '***' },
    children: [],
  });
  assert.equal(textOf(viewOf('viewTells') ?? parseXml('<none/>')), '***');
  for (const title of ['textView', 'viewThrows', 'viewGivesOther']) assert.equal(viewOf(title), undefined);
  assert.match(textOf(contentOf('viewThrows')), /42/);
  assert.match(viewOf('viewOfBadNames')?.name ?? '', /^\w+$/);
  assert.ok(!document.includes('hunter2'));
});

test('own views that loop are ended, also while the event loop is blocked', async (t) => {
  const release = join(temporaryDirectory(t), 'release');
  for (const then of ['idle', `spin:${release}`]) {
    const app = await start(t, ['viewLoops', 'textView'], then);
    const report = await app.ask();
    const looping = customSection(report, 'viewLoops');
    const reason = new RegExp(`^${NOT_USED('text', 'ran longer than 500 ms and was ended')}$`);
    assertSection(looping, { status: 'partial', reason, model: MODEL });
    assert.equal(looping.views, undefined);
    const section = customSection(report, 'textView');
    assert.deepEqual([section.status, section.views], ['ok', { text: 'the answer is\n42' }]);
    writeFileSync(release, '');
    await assertGoesOn(app);
  }
});

for (const format of ['text', 'xml']) {
  test(`titles and models of every kind in ${format}`, async (t) => {
    const names = ['controls', 'long', 'text', 'nothing', 'number', 'special', 'nestedProxy', 'throws'];
    const document = await written(t, format, names);
    if (format === 'xml') {
      const titles = elementsOf(parseXml(document)).flatMap(({ attributes }) => attributes['title'] ?? []);
      assert.equal(titles.length, 4 + names.length);
      assert.match(titles[4] ?? '', /name\nof <two> lines & "more"$/);
    } else {
      assert.ok(!document.includes('\u001b') && !document.includes('\u0000'));
      assert.deepEqual(linesUnder(document, 'number'), ['7']);
      assert.deepEqual(linesUnder(document, 'throws'), ['[failed: threw Error: it threw]']);
    }
  });
}
