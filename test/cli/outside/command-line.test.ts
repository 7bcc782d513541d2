import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspectorFlags, splitCommandLine } from '#src/cli/dump/outside/command-line.js';

const CASES: [command: string, execArgv: string, script: string | null, args: string][] = [
  ['node app.js a b', '', 'app.js', 'a b'],
  ['node', '', null, ''],
  ['node --inspect=0 -r ./hook.js app.js -v', '--inspect=0 -r ./hook.js', 'app.js', '-v'],
  ['node --import tsx --env-file .env src/app.ts', '--import tsx --env-file .env', 'src/app.ts', ''],
  ['node --require=./hook.js app.js', '--require=./hook.js', 'app.js', ''],
  ['node -e 1+1 a', '-e 1+1', null, 'a'],
  ['node --eval=1 a', '--eval=1', null, 'a'],
  ['node --no-warnings -- app.js -x', '--no-warnings --', 'app.js', '-x'],
  ['node - a', '', null, 'a'],
  ['node --stack-trace-limit=50 app.js', '--stack-trace-limit=50', 'app.js', ''],
];

const words = (text: string): string[] => (text === '' ? [] : text.split(' '));

for (const [command, execArgv, script, args] of CASES) {
  test(`command line: ${command}`, () => {
    const split = splitCommandLine(words(command));
    assert.deepEqual(split, { execArgv: words(execArgv), script, args: words(args) });
  });
}

test('where the inspector is, or would be', () => {
  const flags = (text: string): [boolean, number | null] => {
    const { isOpen, port } = inspectorFlags(words(text));
    return [isOpen, port];
  };
  assert.deepEqual(flags(''), [false, 9229]);
  assert.deepEqual(flags('--inspect'), [true, 9229]);
  assert.deepEqual(flags('--inspect=0'), [true, null]);
  assert.deepEqual(flags('--inspect-brk=0.0.0.0:9300'), [true, 9300]);
  assert.deepEqual(flags('--inspect=[::1]:9300'), [true, 9300]);
  assert.deepEqual(flags('--inspect-port=9301'), [false, 9301]);
  assert.deepEqual(flags('--inspect-port 9301'), [false, 9301]);
  assert.deepEqual(flags('--inspect=9300 --debug-port=9301'), [true, 9301]);
  assert.deepEqual(flags('--inspect=localhost'), [true, 9229]);
});
