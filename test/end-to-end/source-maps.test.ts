import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Frame } from 'guru-meditation';
import { type App, mainThreadOf, startApp } from '../support/app.js';
import { applicationFrames, type FrameAt, framesOf } from '../support/place.js';

const MAPPED = resolve('test/apps/end-to-end/mapped');

function temporaryDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'guru-maps-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Frames as they are in the TypeScript, with the place in the JavaScript as `generated`. */
function mappedFrames(source: string, script: string): FrameAt {
  const original = framesOf(source);
  const running = framesOf(script);
  return (name, marker, text) => {
    const { file, line, column } = running(name, marker, text);
    return {
      ...original(name, marker, text),
      generated: { file, line: line ?? 0, column: column ?? 0 },
    };
  };
}

/** The application's frames once it spins in function `name`. */
async function framesIn(app: App, name: string): Promise<Frame[]> {
  const report = await app.askUntil(`the thread in ${name}`, (report) => {
    const [top] = mainThreadOf(report).frames;
    return top?.function === name;
  });
  return applicationFrames(mainThreadOf(report).frames);
}

test('a map within the script, with the text of the source', async (t) => {
  // The script alone: no source stands where the map says.
  const directory = temporaryDirectory(t);
  mkdirSync(join(directory, 'lib'));
  const script = join(directory, 'lib', 'inline.mjs');
  cpSync(join(MAPPED, 'lib', 'inline.js'), script);
  const app = await startApp(t, script);
  const source = mappedFrames(join(MAPPED, 'src', 'inline.ts'), script);
  const at: FrameAt = (...place) => ({ ...source(...place), file: join(directory, 'src', 'inline.ts') });
  assert.deepEqual(await framesIn(app, 'spin'), [
    at('spin', '@spin', 'for'),
    at('Service.run', '@run', 'spin'),
    at('Immediate._onImmediate', '@start', 'run'),
  ]);
});

test('a map in a file of its own, the source beside it', async (t) => {
  const script = join(MAPPED, 'lib', 'external.js');
  const at = mappedFrames(join(MAPPED, 'src', 'external.ts'), script);
  const app = await startApp(t, script);
  assert.deepEqual(await framesIn(app, 'spin'), [
    at('spin', '@spin', 'for'),
    { ...at('run', '@run', 'await'), async: true },
  ]);
});

test('an indexed map', async (t) => {
  const script = join(MAPPED, 'lib', 'indexed.js');
  const first = mappedFrames(join(MAPPED, 'src', 'first.ts'), script);
  const second = mappedFrames(join(MAPPED, 'src', 'second.ts'), script);
  const glue = framesOf(script);
  const app = await startApp(t, script);
  assert.deepEqual(await framesIn(app, 'second'), [
    second('second', '@second', 'for'),
    glue('<anonymous>', 'count: 0 })));', 'second('),
    first('first', '@first', 'next'),
    glue('Immediate._onImmediate', 'count: 0 })));', 'first('),
  ]);
});

test('a map that changed after the start is not trusted', async (t) => {
  const directory = temporaryDirectory(t);
  cpSync(MAPPED, directory, { recursive: true });
  const script = join(directory, 'lib', 'external.mjs');
  cpSync(join(directory, 'lib', 'external.js'), script);
  const at = framesOf(script);
  const app = await startApp(t, script);
  const map = `${script.slice(0, -'.mjs'.length)}.js.map`;
  writeFileSync(map, '{"version":3,"sources":["other.ts"],"names":[],"mappings":"AAAA"}');
  assert.deepEqual(await framesIn(app, 'spin'), [
    at('spin', '@spin', 'for'),
    { ...at('run', '@run', 'await'), async: true },
  ]);
});

/** `sourceMappingURL`s that lead nowhere; `{dir}` is where the scripts are. */
const broken: Record<string, string> = {
  missing: 'missing.js.map',
  garbage: 'garbage.js.map',
  'not a map': 'number.js.map',
  'other version': 'version.js.map',
  'bad mappings': 'mappings.js.map',
  'no sources': 'sources.js.map',
  'bad sections': 'sections.js.map',
  'a FIFO': 'fifo.js.map',
  'a directory': '.',
  network: 'http://127.0.0.1:9/x.js.map',
  base64: 'data:application/json;base64,!!!!',
  percent: 'data:application/json,%7B%',
  'bad escape': '%E0%A4%A.map',
  'outside of every mapping': 'elsewhere.js.map',
};

test('broken maps: the positions are those of the running scripts', async (t) => {
  const directory = temporaryDirectory(t);
  const write = (name: string, text: string): void => writeFileSync(join(directory, name), text);
  write('garbage.js.map', '{"version":3,');
  write('number.js.map', '3');
  write('version.js.map', '{"version":2,"sources":["a.ts"],"names":[],"mappings":"AAAA"}');
  write('mappings.js.map', '{"version":3,"sources":["a.ts"],"names":[],"mappings":"!!!!"}');
  write('sources.js.map', '{"version":3,"names":[],"mappings":"AAAA"}');
  write('sections.js.map', '{"version":3,"sections":[{"offset":null,"map":{}}, 7]}');
  write('elsewhere.js.map', '{"version":3,"sources":["a.ts"],"names":[],"mappings":";;;;;;;;AAAA"}');
  execFileSync('mkfifo', [join(directory, 'fifo.js.map')]);
  const names = Object.keys(broken);
  for (const [i, name] of names.entries()) {
    write(
      `m${i}.mjs`,
      `export function call${i}(next) {\n  next();\n}\n//# sourceMappingURL=${broken[name]}\n`,
    );
  }
  const imports = names.map((_, i) => `import { call${i} } from './m${i}.mjs';\n`).join('');
  const calls = names.reduceRight((inner, _, i) => `() => call${i}(${inner})`, 'spin');
  write(
    'main.mjs',
    `${imports}import { writeSync } from 'node:fs';
const spin = () => {
  writeSync(1, 'ready\\n');
  for (;;); // @spin
};
setImmediate(${calls});
`,
  );
  const app = await startApp(t, join(directory, 'main.mjs'));
  const frames = (await framesIn(app, 'spin')).filter(({ function: name }) => name.startsWith('call'));
  assert.deepEqual(
    frames,
    names
      .map((_, i) => ({
        function: `call${i}`,
        file: join(directory, `m${i}.mjs`),
        line: 2,
        column: 3,
        sourceLine: 'next();',
      }))
      .reverse(),
  );
});
