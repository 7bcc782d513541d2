import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitCommandLine } from '#src/cli/target/command-line.js';

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
