import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createSourceMapper, findMapUrl } from '#src/source/source-map.js';
import { createSourceReader } from '#src/source/source-reader.js';

// `a;` at 1:1 of the script comes from 3:5 of the source.
const MAP = { version: 3, sources: ['original.ts'], names: [], mappings: 'AAEI' };
const NEVER = Number.POSITIVE_INFINITY;

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'guru-map-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function lookUp(path: string, line: number, column: number, since = NEVER): unknown {
  return createSourceMapper(createSourceReader(since)).original(path, line, column);
}

test('a map beside the script, with the source beside it', (t) => {
  const dir = folder(t);
  const script = join(dir, 'script.js');
  writeFileSync(script, 'a;\n//# sourceMappingURL=script.js.map\n');
  writeFileSync(`${script}.map`, JSON.stringify(MAP));
  writeFileSync(join(dir, 'original.ts'), 'one\ntwo\n    three()\n');
  assert.deepEqual(lookUp(script, 1, 1), {
    file: join(dir, 'original.ts'),
    line: 3,
    column: 5,
    sourceLine: '    three()',
  });
  assert.equal(lookUp(script, 9, 1), null);
});

test('a map inside of the script, with the source inside of the map', (t) => {
  const script = join(folder(t), 'script.js');
  const inline = { ...MAP, sourcesContent: ['1\n2\n  3\n'] };
  const url = `data:application/json;charset=utf-8;base64,${Buffer.from(JSON.stringify(inline)).toString('base64')}`;
  writeFileSync(script, `a;\n//# sourceMappingURL=${url}\n`);
  assert.equal((lookUp(script, 1, 1) as { sourceLine: string }).sourceLine, '  3');
});

test('no map, a broken one, one on a network: the script has the last word', (t) => {
  const script = join(folder(t), 'script.js');
  for (const comment of [
    '',
    '//# sourceMappingURL=missing.map',
    '//# sourceMappingURL=https://example.org/a.map',
  ]) {
    writeFileSync(script, `a;\n${comment}\n`);
    assert.equal(lookUp(script, 1, 1), null);
  }
  writeFileSync(script, 'a;\n//# sourceMappingURL=data:application/json,{"version":3,"mappings":"????"\n');
  assert.equal(lookUp(script, 1, 1), null);
});

test('only a comment at the end of the script counts', () => {
  assert.equal(findMapUrl('a;\n//# sourceMappingURL=a.map'), 'a.map');
  assert.equal(findMapUrl('a;\n//@ sourceMappingURL=old.map\n'), 'old.map');
  assert.equal(findMapUrl(`//# sourceMappingURL=text.map\n${'x'.repeat(10_000)}`), null);
  assert.equal(findMapUrl('a;'), null);
});

test('files that changed after the process started are not trusted', (t) => {
  const file = join(folder(t), 'source.js');
  writeFileSync(file, 'first\nsecond\r\nthird');
  const now = Date.now();
  assert.equal(createSourceReader(now + 60_000).line(file, 2), 'second');
  assert.equal(createSourceReader(now + 60_000).line(file, 3), 'third');
  assert.equal(createSourceReader(now + 60_000).line(file, 4), null);
  assert.equal(createSourceReader(now - 60_000).line(file, 2), null);
  // A deployment that keeps old times of modification: the file itself is new all the same.
  utimesSync(file, 1, 1);
  assert.equal(createSourceReader(now - 60_000).line(file, 2), null);
});

test('what is no file is not read', (t) => {
  const dir = folder(t);
  for (const path of [dir, '/dev/zero', join(dir, 'missing'), 'node:fs', '']) {
    assert.equal(createSourceReader(NEVER).read(path), null);
  }
});
