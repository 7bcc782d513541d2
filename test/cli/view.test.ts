import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { FORMATS, renderReport } from '#src/views/render.js';
import { sampleReport } from '../support/sample-report.js';
import { savedReport, thread } from '../support/saved-report.js';
import { folderOf, guru } from './support.js';

const SAMPLE = JSON.stringify(sampleReport(), null, 2);
const reports = [1, 2, 3].map((pid) => savedReport({ pid, threads: [thread('f')], settings: {} }));
const LOG = ['started', ...reports.map((report) => JSON.stringify(report)), 'stopped'].join('\n');

function rendered(numbers: readonly number[], format: (typeof FORMATS)[number]): string {
  const texts = numbers.map((number) => renderReport(reports[number] ?? sampleReport(), format));
  return texts.join(format === 'text' ? '\n' : '');
}

test('a saved report in every view, from a file and from standard input', async (t) => {
  const folder = folderOf(t, { 'report.json': SAMPLE });
  for (const format of FORMATS) {
    const expected = { code: 0, signal: null, stdout: renderReport(sampleReport(), format), stderr: '' };
    assert.deepEqual(await guru(['view', '--format', format, join(folder, 'report.json')]), expected);
    assert.deepEqual(await guru(['view', `--format=${format}`, '-'], { stdin: SAMPLE }), expected);
  }
});

test('all reports of a log, one after the other, or one of them', async (t) => {
  const folder = folderOf(t, { log: LOG });
  const log = join(folder, 'log');
  assert.equal((await guru(['view', log])).stdout, rendered([0, 1, 2], 'text'));
  assert.equal((await guru(['view', log, '-f', 'json'])).stdout, rendered([0, 1, 2], 'json'));
  assert.equal((await guru(['view', log, '--index', '2'])).stdout, rendered([1], 'text'));
  assert.equal((await guru(['view', folder, log, '--index', '4'])).stdout, rendered([0], 'text'));
});

test('JSON goes through unchanged', async () => {
  const { stdout } = await guru(['view', '-f', 'json', '-'], { stdin: LOG });
  const again = await guru(['view', '-f', 'json', '-'], { stdin: stdout });
  assert.equal(again.stdout, stdout);
});

test('sections by title or kind', async () => {
  const sectionsOf = async (...names: string[]): Promise<string[]> => {
    const args = names.flatMap((name) => ['--section', name]);
    const { stdout } = await guru(['view', '-f', 'json', ...args, '-'], { stdin: SAMPLE });
    return (JSON.parse(stdout) as { sections: { title: string }[] }).sections.map(({ title }) => title);
  };
  assert.deepEqual(await sectionsOf('Threads'), ['Threads']);
  assert.deepEqual(await sectionsOf('green-threads', 'package'), ['Package', 'Green Threads']);
  assert.deepEqual(await sectionsOf('GREEN THREADS'), ['Green Threads']);
  assert.deepEqual(await sectionsOf('builds in progress', 'processes'), [
    'Processes',
    'Builds in progress',
    'Late',
  ]);
});

test('a section, a report that is not there', async () => {
  const section = await guru(['view', '-s', 'threads', '-s', 'Theads', '-'], { stdin: LOG });
  assert.equal(section.code, 2);
  assert.equal(
    section.stderr,
    'guru: option --section: there is no section "Theads"; there is Threads, Configuration\n',
  );
  const index = await guru(['view', '-n', '7', '-'], { stdin: LOG });
  assert.deepEqual([index.code, index.stdout], [2, '']);
  assert.equal(index.stderr, 'guru: option --index: there is no report 7: there are 3 reports\n');
});

test('no report, no file', async (t) => {
  const folder = folderOf(t, { 'notes.txt': 'one\ntwo\n', 'good.json': SAMPLE, 'empty/.hidden': '' });
  const notes = join(folder, 'notes.txt');
  const missing = join(folder, 'missing');
  assert.deepEqual(await guru(['view', notes]), {
    code: 2,
    signal: null,
    stdout: '',
    stderr: `guru: ${notes}: no report in it (2 lines)\n`,
  });
  const partly = await guru(['view', missing, join(folder, 'good.json')]);
  assert.deepEqual([partly.code, partly.stdout], [2, renderReport(sampleReport(), 'text')]);
  assert.equal(partly.stderr, `guru: ${missing}: cannot be read: no such file or directory (ENOENT)\n`);
  const empty = await guru(['view', join(folder, 'empty')]);
  assert.deepEqual(
    [empty.code, empty.stderr],
    [2, `guru: ${join(folder, 'empty')}: there is no file in it\n`],
  );
});
