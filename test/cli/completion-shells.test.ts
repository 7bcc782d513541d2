import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { COMMANDS } from '#src/cli/commands.js';
import { folderOf, guru, runProgram } from './support.js';

const COMMAND_NAMES = [...COMMANDS.map(({ name }) => name), 'help'];
const FILES = ['diff', 'one.json', 'other', 'two words.json'];
const FORMATS = ['json', 'text', 'xml'];
const OPTIONS_OF_VIEW = ['--format', '--help', '--index', '--section', '-f', '-h', '-n', '-s'];

/** Beside files called `diff`, `one.json` and `two words.json`, and a directory `other`. */
const CASES: [line: string, offered: string[]][] = [
  ['guru ', COMMAND_NAMES],
  ['guru st', ['stacks']],
  ['guru -', ['--help', '--version', '-V', '-h']],
  ['guru -h ', COMMAND_NAMES],
  ['guru view ', FILES],
  ['guru view tw', ['two words.json']],
  ['guru view one.json o', ['one.json', 'other']],
  ['guru view -', OPTIONS_OF_VIEW],
  ['guru view diff -', OPTIONS_OF_VIEW],
  ['guru view --f', ['--format']],
  ['guru view --format ', FORMATS],
  ['guru view --format=', FORMATS],
  ['guru view --format x', ['xml']],
  ['guru view -f j', ['json']],
  ['guru view -fj', ['json']],
  ['guru view --index ', []],
  ['guru view --section a --se', ['--section']],
  ['guru view --format json o', ['one.json', 'other']],
  ['guru watch -s threads --sec', ['--section']],
  ['guru watch -s ', ['green-threads', 'threads']],
  ['guru diff --before o', ['one.json', 'other']],
  ['guru diff --before=t', ['two words.json']],
  ['guru diff --before one.json o', ['one.json', 'other']],
  ['guru completion ', ['bash', 'fish', 'zsh']],
  ['guru help d', ['diff', 'dump']],
  ['guru help dump --', []],
  ['guru dump ', []],
  ['guru dump 8675 --f', ['--format']],
  ['guru nothing ', []],
];

interface Shell {
  name: string;
  cases: readonly (readonly [line: string, offered: string[]])[];
  /** What it offers, in its own way of writing. `script` is `_guru` in a folder of its own. */
  offer: (script: string, line: string, cwd: string) => Promise<string[]>;
}

async function linesOf(program: string, args: string[], cwd: string): Promise<string[]> {
  const env = { HOME: dirname(cwd), TERM: 'xterm' };
  const { code, stdout, stderr } = await runProgram(program, args, { cwd, env });
  assert.deepEqual([code, stderr], [0, '']);
  return stdout.split('\n').filter((line) => line !== '');
}

async function zshOffers(script: string, way: string, line: string, cwd: string): Promise<string[]> {
  const lines = await linesOf('zsh', ['-f', resolve('test/apps/cli/complete.zsh'), script, way, line], cwd);
  return lines.map((match) => match.replaceAll('\\', ''));
}

const SHELLS: readonly Shell[] = [
  { name: 'zsh', cases: CASES, offer: (script, line, cwd) => zshOffers(script, 'source', line, cwd) },
  {
    name: 'zsh, by its fpath',
    cases: CASES.slice(0, 6),
    offer: (script, line, cwd) => zshOffers(script, 'fpath', line, cwd),
  },
  {
    name: 'fish',
    cases: CASES,
    async offer(script, line, cwd) {
      const program = 'source $argv[1]; complete -C $argv[2]';
      const lines = await linesOf('fish', ['--no-config', '-c', program, script, line], cwd);
      // The whole word, with a slash behind directories, and what it is about.
      return lines.map((match) => match.replace(/\t.*|\/$/g, '').replace(/^(?:--\w+=|-f(?=\w))/, ''));
    },
  },
];

for (const { name, cases, offer } of SHELLS) {
  const shell = name.split(',')[0] ?? '';
  const skip = spawnSync(shell, ['-c', 'exit 0']).status !== 0 && `there is no ${shell} here`;
  test(`${name} completes commands, options, values and files`, { skip }, async (t) => {
    const { stdout } = await guru(['completion', shell]);
    const files = Object.fromEntries(
      ['diff', 'one.json', 'two words.json', 'other/x'].map((file) => [`w/${file}`, '']),
    );
    const folder = folderOf(t, { _guru: stdout, ...files });
    for (const [line, offered] of cases) {
      const found = await offer(join(folder, '_guru'), line, join(folder, 'w'));
      assert.deepEqual([...new Set(found)].sort(), [...offered].sort(), line);
    }
  });
}
