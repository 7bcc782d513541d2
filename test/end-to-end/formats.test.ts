import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parseReport, renderReport, type Report, type Thread } from 'guru-meditation';
import { mainThreadOf, startApp, type StartOptions } from '../support/app.js';
import { elementsOf, parseXml } from '../support/parse-xml.js';

const SCHEMA = JSON.parse(readFileSync('schema/report.schema.json', 'utf8')) as object;
const validate = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true }).compile(SCHEMA);

function assertValid(report: Report): void {
  assert.ok(validate(report), JSON.stringify(validate.errors, null, 2));
}

const isInJavaScript = ({ frames }: Thread): boolean => frames.length > 0;
const isSilent = ({ note }: Thread): boolean => note !== undefined;

/** Programs whose reports differ as much as they can. */
const programs: {
  what: string;
  app: string;
  options: (t: TestContext) => StartOptions;
  fits?: (main: Thread) => boolean;
}[] = [
  { what: 'an idle service', app: 'end-to-end/idle.mjs', options: () => ({}) },
  { what: 'workers', app: 'end-to-end/workers.mjs', options: () => ({ args: ['3'] }) },
  {
    what: 'a busy main thread',
    app: 'end-to-end/blocked.cjs',
    options: () => ({ args: ['regex', 'main'] }),
    fits: isInJavaScript,
  },
  {
    what: 'a main thread in native code, and children',
    app: 'end-to-end/blocked.cjs',
    options: () => ({ args: ['exec', 'main'], ownGroup: true }),
    fits: isSilent,
  },
  {
    what: 'a main thread that waits for a FIFO',
    app: 'end-to-end/blocked.cjs',
    options(t) {
      const directory = mkdtempSync(join(tmpdir(), 'guru-formats-'));
      t.after(() => rmSync(directory, { recursive: true, force: true }));
      execFileSync('mkfifo', [join(directory, 'fifo')]);
      return { args: ['fifoOpen', 'main', join(directory, 'fifo')] };
    },
    fits: isSilent,
  },
  {
    what: 'async frames',
    app: 'end-to-end/frames.cjs',
    options: () => ({ args: ['all'] }),
    fits: ({ frames }) => frames.some((frame) => frame.async),
  },
  {
    what: 'source-mapped frames',
    app: 'end-to-end/mapped/lib/external.js',
    options: () => ({}),
    fits: ({ frames }) => frames.some((frame) => frame.generated),
  },
  {
    what: 'sections of all kinds',
    app: 'end-to-end/sections.mjs',
    options: () => ({
      args: [
        'sync',
        'text',
        'nothing',
        'number',
        'special',
        'deep',
        'controls',
        'long',
        'throws',
        'bothViews',
        'idle',
      ],
    }),
  },
];

for (const { what, app: name, options, fits = () => true } of programs) {
  test(`a report is valid by the schema and goes into every format: ${what}`, async (t) => {
    const app = await startApp(t, name, options(t));
    const report = await app.askUntil('a report', (report) => fits(mainThreadOf(report)));
    assertValid(report);
    assert.equal(mainThreadOf(report).id, app.pid);
    assert.deepEqual(parseReport(renderReport(report, 'json')), report);
    parseXml(renderReport(report, 'xml'));
    assert.ok(renderReport(report, 'text').endsWith('\n'));
  });
}

test('a report without a sentinel is valid, too', async (t) => {
  const app = await startApp(t, 'end-to-end/generate.mjs', { nodeArgs: [] });
  const report = JSON.parse(/^\{.*\}$/m.exec(app.stdout)?.[0] ?? '') as Report;
  assertValid(report);
  assert.deepEqual(report.trigger, {
    kind: 'api',
    receivedBy: 'main',
    reason: 'setupAutorun was not called',
  });
});

/** The report as an operator gets it, from the log directory, where a file is complete once it is there. */
async function written(t: TestContext, format: string): Promise<{ name: string; text: string; pid: number }> {
  const directory = mkdtempSync(join(tmpdir(), 'guru-formats-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const app = await startApp(t, 'end-to-end/sections.mjs', {
    args: ['sync', 'text', 'throws', 'idle'],
    env: { GURU_FORMAT: format, GURU_LOG_DIR: directory, GURU_SERVICE_NAME: 'formats' },
  });
  app.signal();
  const name = await app.until('the report', () =>
    readdirSync(directory).find((file) => file.startsWith('formats_gurumeditation_')),
  );
  return { name, text: readFileSync(join(directory, name), 'utf8'), pid: app.pid };
}

const SECTIONS = ['Package', 'Threads', 'Processes', 'Configuration', 'sync', 'text', 'throws'];

test('json', async (t) => {
  const { name, text, pid } = await written(t, 'json');
  assert.match(name, new RegExp(`^formats_gurumeditation_\\d{14}_${pid}\\.json$`));
  const report = parseReport(text);
  assertValid(report);
  assert.deepEqual(
    report.sections.map(({ title }) => title),
    SECTIONS,
  );
  assert.equal(renderReport(report, 'json'), text);
});

test('xml', async (t) => {
  const { name, text, pid } = await written(t, 'xml');
  assert.match(name, new RegExp(`^formats_gurumeditation_\\d{14}_${pid}\\.xml$`));
  assert.ok(text.startsWith('<?xml version="1.0" encoding="UTF-8"?>\n<report '));
  const root = parseXml(text);
  const sections = elementsOf(root).filter((element) => element.name === 'section');
  assert.deepEqual(
    sections.map(({ attributes }) => attributes['title']),
    SECTIONS,
  );
  assert.deepEqual(
    sections.map((section) => elementsOf(section)[0]?.name),
    ['package', 'threads', 'process', 'configuration', 'model', 'model', undefined],
  );
});

test('text', async (t) => {
  const { name, text, pid } = await written(t, 'text');
  assert.match(name, new RegExp(`^formats_gurumeditation_\\d{14}_${pid}$`));
  const lines = text.split('\n');
  const rule = '='.repeat(72);
  assert.deepEqual(lines.slice(0, 4), [
    rule,
    `====${' '.repeat(24)}Guru Meditation${' '.repeat(25)}====`,
    rule,
    '|'.repeat(72),
  ]);
  // Every banner: three lines of 72 columns, the name centred.
  const banners = lines.flatMap((line, i) =>
    line === rule && lines[i + 2] === rule ? [lines[i + 1] ?? ''] : [],
  );
  assert.deepEqual(
    banners.map((line) => line.slice(4, -4).trim()),
    ['Guru Meditation', ...SECTIONS],
  );
  for (const line of banners) {
    assert.equal(line.length, 72);
    const [, left = '', right = ''] = /^====( +)\S.*?( +)====$/.exec(line) ?? [];
    assert.ok(right.length - left.length === 0 || right.length - left.length === 1, line);
  }
  // Threads: a line of 60 columns between six dashes.
  const threads = lines.filter((line) => line.startsWith('------'));
  assert.ok(threads.length >= 2);
  for (const line of threads) assert.match(line, /^-{6} +Thread #\d+ +-{6}$/);
  assert.ok(threads.every((line) => line.length === 72));
  assert.ok(lines.some((line) => line.startsWith(`Process ${pid} (under ${process.pid}) [ run by: `)));
  assert.ok(lines.includes('guru_meditation:'));
  assert.ok(lines.includes('  serviceName = formats'));
  assert.ok(lines.includes(`nodeVersion = ${process.version}`));
  assert.ok(lines.includes('[failed: threw Error: it threw]'));
  assert.ok(text.endsWith('\n') && !text.endsWith('\n\n'));
});

test('text: frames', async (t) => {
  const app = await startApp(t, 'end-to-end/frames.cjs', { args: ['async'], env: { GURU_FORMAT: 'json' } });
  const report = await app.askUntil('the thread in spin', (report) => mainThreadOf(report).frames.length > 3);
  const lines = renderReport(report, 'text').split('\n');
  for (const { file, line, function: name, async, sourceLine } of mainThreadOf(report).frames) {
    const at = lines.indexOf(`${file}:${line} in ${async ? 'async ' : ''}${name}`);
    assert.notEqual(at, -1, name);
    assert.equal(lines[at + 1], `    \`${sourceLine}\``);
  }
});
