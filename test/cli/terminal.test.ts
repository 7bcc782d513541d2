import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { hasColor, paint } from '#src/cli/paint.js';
import { Progress } from '#src/cli/progress.js';
import { renderText } from '#src/views/text.js';
import { sampleReport } from '../support/sample-report.js';
import { GURU, folderOf, runProgram } from './support.js';

/** `script` of util-linux gives a program a terminal. */
const SCRIPT = spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0;

/** The command's output on a terminal. */
async function onTerminal(args: string, env: Record<string, string>): Promise<string> {
  const { stdout } = await runProgram(
    'script',
    ['-qec', `${process.execPath} ${GURU} ${args}`, '/dev/null'],
    {
      env: { TERM: 'xterm', ...env },
    },
  );
  return stdout.replaceAll('\r\n', '\n');
}

function saved(t: TestContext): string {
  return join(folderOf(t, { 'a.json': JSON.stringify(sampleReport()) }), 'a.json');
}

test('colour is for terminals, and for people who want it', () => {
  const [terminal, pipe] = [{ isTTY: true }, { isTTY: false }];
  assert.equal(hasColor(terminal, {}), true);
  assert.equal(hasColor(terminal, { TERM: 'xterm' }), true);
  assert.equal(hasColor(terminal, { NO_COLOR: '1' }), false);
  assert.equal(hasColor(terminal, { NO_COLOR: '' }), true);
  assert.equal(hasColor(terminal, { TERM: 'dumb' }), false);
  assert.equal(hasColor(pipe, { FORCE_COLOR: '1' }), false);
});

test('paint changes nothing but colours', () => {
  const text = renderText(sampleReport());
  const painted = paint(text);
  assert.notEqual(painted, text);
  assert.equal(painted.replaceAll(/\x1b\[\d+m/g, ''), text);
});

test(
  'on a terminal the text view is in colour, but not with NO_COLOR; JSON never is',
  { skip: !SCRIPT },
  async (t) => {
    const file = saved(t);
    const text = renderText(sampleReport());
    assert.equal(await onTerminal(`view ${file}`, {}), paint(text));
    assert.equal(await onTerminal(`view ${file}`, { NO_COLOR: '1' }), text);
    assert.ok(!(await onTerminal(`view -f json ${file}`, {})).includes('\x1b'));
    assert.ok(!(await onTerminal('--help', {})).includes('\x1b'));
  },
);

test('progress is one line, within the terminal, and is taken away', async () => {
  const written: string[] = [];
  const terminal = {
    columns: 12,
    write: (text: string) => written.push(text),
  } as unknown as NodeJS.WriteStream;
  const progress = new Progress(terminal);
  for (const end = performance.now() + 60_000; written.length < 2 && performance.now() < end;) {
    progress.update(() => 'a line that is too long');
    await new Promise((done) => setImmediate(done));
  }
  progress.clear();
  progress.clear();
  assert.deepEqual(written, ['\r\x1b[Ka line that', '\r\x1b[Ka line that', '\r\x1b[K']);
  new Progress(null).update(() => assert.fail('nobody sees it'));
});
