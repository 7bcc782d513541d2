import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GuruError } from '#src/report/error.js';
import type { JsonValue } from '#src/report/json.js';
import { parseReport } from '#src/report/parse.js';
import { FORMATS, renderReport } from '#src/views/render.js';
import { Random } from '../support/random.js';
import { sampleReport } from '../support/sample-report.js';

const SEED = 20260102;

/** The saved sample with something else at a path such as `sections.1.model`; `undefined` takes it away. */
function savedWith(path: string, value: JsonValue | undefined): string {
  const report: unknown = JSON.parse(JSON.stringify(sampleReport()));
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let owner = report as Record<string, unknown>;
  for (const key of keys) owner = owner[key] as Record<string, unknown>;
  owner[last] = value;
  return JSON.stringify(report);
}

function refuses(text: string, message: string): void {
  assert.throws(
    () => parseReport(text),
    (error) => {
      assert.ok(error instanceof GuruError);
      assert.equal(error.code, 'ERR_GURU_REPORT');
      assert.doesNotMatch(error.message, /\n/);
      assert.ok(error.message.length < 300);
      assert.ok(error.message.includes(message), error.message);
      return true;
    },
  );
}

test('a saved report comes back as it was', () => {
  assert.deepEqual(parseReport(JSON.stringify(sampleReport())), sampleReport());
  assert.deepEqual(parseReport(`\ufeff${renderReport(sampleReport(), 'json')}`), sampleReport());
});

test('fields that are not known are kept', () => {
  const report = parseReport(savedWith('process.container', { id: 'c1' }));
  assert.deepEqual((report.process as unknown as Record<string, unknown>)['container'], { id: 'c1' });
  for (const format of FORMATS) renderReport(report, format);
});

test('a section of a kind that is not known becomes a custom one', () => {
  const model = { collector: 'memory', total: 1, groups: [] };
  const section = { title: 'Fibres', kind: 'fibres', status: 'ok', durationMs: 1, model };
  const report = parseReport(savedWith('sections', [section, { ...section, kind: '__proto__' }]));
  assert.deepEqual(report.sections, [
    { ...section, kind: 'custom' },
    { ...section, kind: 'custom' },
  ]);
  assert.match(renderReport(report, 'text'), /^collector: memory$/m);
});

test('what is no report is refused in one line', () => {
  refuses('', 'no valid JSON');
  refuses('{"schemaVersion":1', 'no valid JSON');
  for (const text of ['null', '[]', '"x"', '1', '{}']) refuses(text, 'it has no schemaVersion');
  refuses(savedWith('schemaVersion', 2), 'its schemaVersion is 2, and only 1 can be read');
  refuses(savedWith('schemaVersion', 'x'.repeat(1e6)), 'its schemaVersion is "xxx');
  refuses('{"schemaVersion":1}', 'title is missing');
  refuses('['.repeat(1e5) + ']'.repeat(1e5), 'it has no schemaVersion');
});

test('what a view could trip over is refused, with the place', () => {
  refuses(savedWith('process', null), 'process is not an object');
  refuses(savedWith('process.pid', '1'), 'process.pid is not a number');
  refuses(savedWith('sections', {}), 'sections is not a list');
  refuses(savedWith('sections.0', null), 'sections[0] is not an object');
  refuses(savedWith('sections.0.model', undefined), 'sections[0].model is missing');
  refuses(
    savedWith('sections.0.model.vendor', {}),
    'sections[0].model.vendor is not a string, number or boolean',
  );
  refuses(
    savedWith('sections.1.model.threads.2.frames', undefined),
    'sections[1].model.threads[2].frames is missing',
  );
  refuses(savedWith('sections.1.model.threads.2.frames.0', 1), 'frames[0] is not an object');
  refuses(savedWith('sections.1.model.threads.2.os.cpu', 1), 'os.cpu is not an object');
  refuses(savedWith('sections.2.model.groups.1.awaitedBy.0.frames', 1), 'awaitedBy[0].frames is not a list');
  refuses(savedWith('sections.2.model.groups.0.count', '3'), 'groups[0].count is not a number');
  refuses(savedWith('sections.3.model.children.0.children', null), 'children[0].children is not a list');
  refuses(savedWith('sections.3.model.command', ['a', 1]), 'command[1] is not a string');
  refuses(savedWith('sections.4.model.groups', { 'a\nb': 1 }), 'groups["a\\nb"] is not an object');
  refuses(savedWith('sections.7.views.xml', { name: 'a', children: [1] }), 'children[0] is not an object');
  refuses(
    savedWith('sections.7.views.xml.attributes', { a: null }),
    'attributes.a is not a string, number or boolean',
  );
});

test('nesting has a limit, and what is within it can be rendered', () => {
  const nested = (depth: number): JsonValue => {
    let value: JsonValue = 'x';
    for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value };
    return value;
  };
  refuses(savedWith('sections.5.model', nested(2000)), 'it is nested deeper than 1000 levels');
  const report = parseReport(savedWith('sections.5.model', nested(990)));
  for (const format of FORMATS) renderReport(report, format);
});

test('whatever is accepted can be rendered', (t) => {
  t.diagnostic(`seed ${SEED}`);
  const random = new Random(SEED);
  let accepted = 0;
  for (let i = 0; i < 3000; i++) {
    const text = JSON.stringify(sampleReport(), (key, value: unknown) =>
      key !== '' && key !== 'sections' && random.below(150) === 0 ? random.json(2) : value,
    );
    try {
      const report = parseReport(text);
      accepted++;
      for (const format of FORMATS) renderReport(report, format);
    } catch (error) {
      assert.ok(error instanceof GuruError, `round ${i}: ${String(error)}`);
    }
  }
  assert.ok(accepted > 100);
});
