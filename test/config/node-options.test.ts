import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { splitNodeOptions } from '#src/config/node-options.js';

test('NODE_OPTIONS is split as Node does', () => {
  assert.deepEqual(splitNodeOptions(''), []);
  assert.deepEqual(splitNodeOptions('  --a   --b=1 '), ['--a', '--b=1']);
  assert.deepEqual(splitNodeOptions(String.raw`--require "./a b.js" --title="x \"y\" \\z"`), [
    '--require',
    './a b.js',
    String.raw`--title=x "y" \z`,
  ]);
  assert.deepEqual(splitNodeOptions(String.raw`--title=a\b`), [String.raw`--title=a\b`]);
});

test('and Node agrees', () => {
  const text = String.raw`--title="a \"b\" \\c" --no-warnings`;
  const title = execFileSync(process.execPath, ['-p', 'process.title'], {
    env: { ...process.env, NODE_OPTIONS: text },
    encoding: 'utf8',
  });
  assert.equal(`--title=${title.trimEnd()}`, splitNodeOptions(text)[0]);
});
