import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReportExtractor } from '#src/saved/report-extractor.js';
import { Random } from '../support/random.js';
import { sampleReport } from '../support/sample-report.js';
import { savedReport } from '../support/saved-report.js';

const SEED = 20260102;

const report = (pid: number) => savedReport({ pid });
const line = (pid: number): string => JSON.stringify(report(pid));
const pretty = (pid: number): string => JSON.stringify(report(pid), null, 2);

interface Result {
  /** pid@line of each report, and the problems. */
  found: string[];
  skipped: number;
}

function extract(text: string | Buffer, { chunk = 1 << 16, mostBytes = 1e9 } = {}): Result {
  const extractor = new ReportExtractor(mostBytes);
  const bytes = Buffer.from(text);
  const found: string[] = [];
  const take = (
    generator: Iterable<ReturnType<ReportExtractor['push']> extends Generator<infer T> ? T : never>,
  ): void => {
    for (const one of generator) {
      found.push(
        one.kind === 'report' ? `${one.report.process.pid}@${one.line}` : `${one.reason}@${one.line}`,
      );
    }
  };
  for (let at = 0; at < bytes.length; at += chunk) take(extractor.push(bytes.subarray(at, at + chunk)));
  take(extractor.end());
  return { found, skipped: extractor.skippedLines };
}

test('a whole document, in any layout', () => {
  for (const text of [line(1), pretty(1), `${pretty(1)}\n`, JSON.stringify(report(1), null, '\t')]) {
    assert.deepEqual(extract(text), { found: ['1@1'], skipped: 0 });
  }
});

test('what it gives is the report, every field', () => {
  const extractor = new ReportExtractor();
  const found = [...extractor.push(Buffer.from(`${JSON.stringify(sampleReport())}\n`)), ...extractor.end()];
  assert.deepEqual(found, [{ kind: 'report', report: sampleReport(), line: 1 }]);
});

test('text without a report', () => {
  assert.deepEqual(extract(''), { found: [], skipped: 0 });
  assert.deepEqual(extract('\n\n'), { found: [], skipped: 0 });
  assert.deepEqual(extract('one\n\n  two { three\nfour'), { found: [], skipped: 3 });
  assert.deepEqual(extract('{"level":30,"msg":"x"}\n{\n  "a": 1\n}\n'), { found: [], skipped: 4 });
});

test('one report a line, among other lines', () => {
  const text = `started\n${line(1)}\n{"level":30,"msg":"{"}\n${line(2)}\n\n{ not: json }\n${line(3)}`;
  assert.deepEqual(extract(text), { found: ['1@2', '2@4', '3@7'], skipped: 3 });
});

test('indented reports, among other lines', () => {
  const lines = pretty(1).split('\n').length;
  const text = `started\n${pretty(1)}\n${pretty(2)}\nstopped\n`;
  assert.deepEqual(extract(text), { found: ['1@2', `2@${2 + lines}`], skipped: 2 });
});

test('behind a time stamp, and before other text', () => {
  const text = `2026-01-02 [info] {x} report: ${line(1)} (end)\n<14>1 host: ${line(2)}\n`;
  assert.deepEqual(extract(text), { found: ['1@1', '2@2'], skipped: 0 });
  assert.deepEqual(extract(`log: ${pretty(3)}\nmore\n`), { found: ['3@1'], skipped: 1 });
});

test('in a list, and one right after another', () => {
  assert.deepEqual(extract(JSON.stringify([report(1), report(2)])), { found: ['1@1', '2@1'], skipped: 0 });
  assert.equal(extract(JSON.stringify([report(1), report(2)], null, 2)).found.length, 2);
  assert.deepEqual(extract(JSON.stringify([report(1), report(2)], null, 2)).skipped, 0);
  assert.deepEqual(extract(`${line(1)}${line(2)} ${line(3)}`), { found: ['1@1', '2@1', '3@1'], skipped: 0 });
  assert.deepEqual(extract(`\x1e${line(1)}\n\x1e${line(2)}\n`), { found: ['1@1', '2@2'], skipped: 0 });
});

test('in a log record, as an object or as a string', () => {
  const object = JSON.stringify({ level: 30, data: { report: report(1) } });
  const string = JSON.stringify({ log: `${pretty(2)}\n`, stream: 'stderr' });
  assert.deepEqual(extract(`${object}\n${string}\n`), { found: ['1@1', '2@2'], skipped: 0 });
});

test('keys in another order', () => {
  const sorted = Object.fromEntries(Object.entries(report(1)).sort(([a], [b]) => (a < b ? -1 : 1)));
  assert.notEqual(Object.keys(sorted)[0], 'schemaVersion');
  for (const text of [
    JSON.stringify(sorted),
    JSON.stringify([sorted, sorted], null, 2),
    JSON.stringify(sorted, null, 4),
  ]) {
    assert.ok(
      extract(text).found.every((one) => one.startsWith('1@')),
      text,
    );
    assert.equal(extract(text).skipped, 0);
  }
});

test('line ends of Windows, a byte order mark, and the zeros of a log that was cut', () => {
  const text = `\ufeff${pretty(1).replaceAll('\n', '\r\n')}\r\n${line(2)}\r\n`;
  assert.equal(extract(text).found.length, 2);
  assert.equal(extract(text).skipped, 0);
  assert.deepEqual(extract(Buffer.concat([Buffer.alloc(5000), Buffer.from(line(3))])), {
    found: ['3@1'],
    skipped: 0,
  });
});

test('other formats have a schemaVersion too', () => {
  assert.deepEqual(extract('{"schemaVersion":2,"mediaType":"x"}\n'), { found: [], skipped: 1 });
});

test('what looks like a report and is none is told, with its line', () => {
  const later = JSON.stringify({ ...report(1), schemaVersion: 2 });
  const broken = JSON.stringify({ ...report(1), sections: 3 });
  assert.deepEqual(extract(`x\n${later}\n${broken}\n${line(1)}\n`), {
    found: [
      'not a report of guru-meditation: its schemaVersion is 2, and only 1 can be read@2',
      'not a report of guru-meditation: sections is not a list@3',
      '1@4',
    ],
    skipped: 3,
  });
});

test('a report that was cut off is told, and costs none of those after it', () => {
  for (const text of [line(1), pretty(1)]) {
    for (let length = 40; length < text.length - 1; length += 7) {
      const cut = text.slice(0, length);
      for (const next of [line(2), pretty(2)]) {
        const { found } = extract(`${cut}\n${next}\n`);
        assert.equal(found.length, 2, `${cut}\n${found.join()}`);
        assert.match(found[0] ?? '', /^not a report: .*@1$/);
        assert.match(found[1] ?? '', /^2@\d+$/);
      }
      assert.match(extract(cut).found.join(), /^not a report: it is (?:cut off|no valid JSON)@1$/, cut);
    }
  }
});

test('a report whose lines have lost their indentation', () => {
  const text = pretty(1).replaceAll(/^ +/gm, '');
  assert.deepEqual(extract(text), { found: ['1@1'], skipped: 0 });
});

test('one that is too long is told, and is not kept', () => {
  const long = JSON.stringify({ ...report(1), title: 'x'.repeat(10_000) });
  const result = extract(`${long}\n${line(2)}\n`, { mostBytes: 5_000, chunk: 1000 });
  assert.deepEqual(result.found, ['not a report: it is longer than 5000 bytes@1', '2@2']);
});

test('objects that never end, and nest without end', () => {
  assert.equal(extract(`${'{"a":'.repeat(50_000)}\n${line(1)}\n`).found.join(), '1@2');
  assert.equal(extract(`${'{"a":\n'.repeat(20_000)}\n${line(1)}\n`).found.length, 1);
  assert.equal(extract(`${'{"schemaVersion":'.repeat(5_000)}\n${line(1)}\n`).found.at(-1), '1@2');
});

test('however the bytes come, the result is the same', () => {
  const random = new Random(SEED);
  const noise = [
    'plain text',
    '',
    '{ broken',
    '{"a":[1,2,{"b":"}{"}],"c":-1.5e3,"d":[],"e":{}}',
    '{\n  "a": true,\n  "b": [\n    null\n  ]\n}',
    '2026 {"x":"\\"schemaVersion\\"',
    'ümläut 漢字 {"ü":"\\u0000"}',
    '\\"schemaVersion\\" {"schemaVersion"',
  ];
  for (let run = 0; run < 40; run++) {
    const pieces: string[] = [];
    const pids: number[] = [];
    for (let i = 0; i < 12; i++) {
      if (random.below(2) === 0) pieces.push(random.pick(noise));
      else {
        pids.push(i);
        const forms = [line(i), pretty(i), `at ${line(i)}`, JSON.stringify({ log: line(i) }), `[${line(i)}`];
        pieces.push(random.pick(forms));
      }
    }
    const text = pieces.join('\n');
    const whole = extract(text);
    const found = whole.found.filter((one) => /^\d+@/.test(one)).map((one) => Number(one.split('@')[0]));
    assert.deepEqual(found, pids, text);
    for (const chunk of [1, 2, 3, 7, 64, 1000])
      assert.deepEqual(extract(text, { chunk }), whole, `chunk ${chunk}`);
  }
});

test('it can be used for another source', () => {
  const extractor = new ReportExtractor();
  assert.equal([...extractor.push(Buffer.from(`x\n${line(1).slice(0, 50)}`))].length, 0);
  assert.equal([...extractor.end()].length, 1);
  extractor.reset();
  assert.deepEqual(
    [...extractor.push(Buffer.from(line(2)))],
    [{ kind: 'report', report: report(2), line: 1 }],
  );
  assert.equal(extractor.skippedLines, 0);
});
