// Makes lib/ from src/. Run in this folder: node make.mjs
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const options = [
  '--ignoreConfig', '--target', 'es2022', '--module', 'nodenext', '--types', 'node', '--rootDir', 'src',
];
const compile = (sources, outDir, flags) =>
  execFileSync('npx', ['tsc', ...sources.map((name) => `src/${name}.ts`), ...options, '--outDir', outDir, ...flags], {
    stdio: 'inherit',
  });

rmSync('lib', { recursive: true, force: true });
compile(['inline'], 'lib', ['--inlineSourceMap', '--inlineSources']);
compile(['external', 'suspended'], 'lib', ['--sourceMap']);

// A bundle, as concatenating bundlers make it: the parts as they are, and a map with a section for each.
const parts = mkdtempSync(join(tmpdir(), 'guru-mapped-'));
compile(['first', 'second'], parts, ['--sourceMap']);
const lines = [];
const sections = ['first', 'second'].map((name) => {
  const code = readFileSync(join(parts, `${name}.js`), 'utf8').replace(/^\/\/# sourceMappingURL=.*\n?/m, '');
  const map = JSON.parse(readFileSync(join(parts, `${name}.js.map`), 'utf8'));
  map.sources = [`../src/${name}.ts`];
  if (name === 'first') map.sourcesContent = [readFileSync('src/first.ts', 'utf8')];
  const section = { offset: { line: lines.length, column: 0 }, map };
  lines.push(...code.trimEnd().split('\n'));
  return section;
});
rmSync(parts, { recursive: true });
lines.push('setImmediate(() => first(() => second({ count: 0 })));', '//# sourceMappingURL=indexed.js.map', '');
writeFileSync('lib/indexed.js', lines.join('\n'));
writeFileSync('lib/indexed.js.map', `${JSON.stringify({ version: 3, file: 'indexed.js', sections })}\n`);
