import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GuruError } from '#src/report/error.js';
import { parseReport } from '#src/report/parse.js';
import { FORMATS, type Format, isFormat, renderReport } from '#src/views/render.js';
import { assertGolden } from '../support/golden.js';
import { sampleReport } from '../support/sample-report.js';

test('text is as in its golden', () => {
  assertGolden('report.txt', renderReport(sampleReport(), 'text'));
});

test('XML is as in its golden', () => {
  assertGolden('report.xml', renderReport(sampleReport(), 'xml'));
});

test('JSON is as in its golden', () => {
  assertGolden('report.json', renderReport(sampleReport(), 'json'));
});

test('JSON is exactly the report', () => {
  assert.deepEqual(JSON.parse(renderReport(sampleReport(), 'json')), sampleReport());
});

test('a report that was saved gives the same in every view', () => {
  const saved = parseReport(renderReport(sampleReport(), 'json'));
  for (const format of FORMATS) {
    assert.equal(renderReport(saved, format), renderReport(sampleReport(), format));
  }
});

test('views leave the report as it is, and end in one line feed', () => {
  const report = sampleReport();
  for (const format of FORMATS) {
    assert.match(renderReport(report, format), /[^\n]\n$/);
  }
  assert.deepEqual(report, sampleReport());
});

test('an unknown format is refused, with the names of those there are', () => {
  for (const format of ['yaml', '', 'toString', '__proto__']) {
    assert.equal(isFormat(format), false);
    assert.throws(
      () => renderReport(sampleReport(), format as Format),
      (error) =>
        error instanceof GuruError &&
        error.code === 'ERR_GURU_FORMAT' &&
        error.message.includes('text, json, xml'),
    );
  }
});
