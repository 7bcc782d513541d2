import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { COMMANDS } from '#src/cli/commands.js';
import { folderOf, guru, runProgram } from './support.js';

const COMMAND_NAMES = [...COMMANDS.map(({ name }) => name), 'help'];

function has(shell: string): boolean {
  return spawnSync(shell, ['-c', 'exit 0']).status === 0;
}

/** What bash offers for the last of these words, as it would split them itself. */
async function completions(script: string, words: readonly string[], cwd: string): Promise<string[]> {
  const list = words.map((word) => `'${word}'`).join(' ');
  const { stdout, stderr, code } = await runProgram(
    'bash',
    [
      '--norc',
      '-c',
      `source '${script}'\nCOMP_WORDS=(${list})\nCOMP_CWORD=${words.length - 1}\n_guru\nprintf '%s\\n' "\${COMPREPLY[@]}"`,
    ],
    { cwd },
  );
  assert.deepEqual([code, stderr], [0, '']);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .sort();
}

test('bash completes commands, options, values and files', { skip: !has('bash') }, async (t) => {
  const { stdout, code } = await guru(['completion', 'bash']);
  assert.equal(code, 0);
  const folder = folderOf(t, { guru: stdout, 'w/one.json': '', 'w/two words.json': '', 'w/other/x': '' });
  const complete = (...words: string[]) =>
    completions(join(folder, 'guru'), ['guru', ...words], join(folder, 'w'));
  const files = ['one.json', 'other', 'two words.json'];

  assert.deepEqual(await complete(''), ['--help', '--version', '-V', '-h', ...COMMAND_NAMES].sort());
  assert.deepEqual(await complete('st'), ['stacks']);
  assert.deepEqual(await complete('--v'), ['--version']);
  assert.deepEqual(await complete('view', ''), files);
  assert.deepEqual(await complete('view', 'tw'), ['two words.json']);
  assert.deepEqual(await complete('view', 'one.json', 'o'), ['one.json', 'other']);
  assert.deepEqual(await complete('view', '--f'), ['--format']);
  assert.deepEqual(await complete('view', '--format', ''), ['json', 'text', 'xml']);
  assert.deepEqual(await complete('view', '-f', 'j'), ['json']);
  assert.deepEqual(await complete('view', '--format', '='), ['json', 'text', 'xml']);
  assert.deepEqual(await complete('view', '--format', '=', 'x'), ['xml']);
  assert.deepEqual(await complete('view', '--format', '=', 'json', 'o'), ['one.json', 'other']);
  assert.deepEqual(await complete('view', '--index', ''), []);
  assert.deepEqual(await complete('stacks', '--format', ''), ['json', 'text']);
  assert.deepEqual(await complete('stacks', '--'), [
    '--format',
    '--green-threads',
    '--help',
    '--internal',
    '--limit',
    '--min-count',
    '--threads',
  ]);
  assert.deepEqual(await complete('diff', '--before', 'one.json', ''), files);
  assert.deepEqual(await complete('diff', '--before', 't'), ['two words.json']);
  assert.deepEqual(await complete('completion', ''), ['bash', 'fish', 'zsh']);
  assert.deepEqual(await complete('help', 'd'), ['diff', 'dump']);
  assert.deepEqual(await complete('nothing', ''), []);
});

for (const shell of ['bash', 'zsh', 'fish']) {
  test(`${shell} takes its script`, { skip: !has(shell) && `no ${shell} here` }, async (t) => {
    const { stdout } = await guru(['completion', shell]);
    const folder = folderOf(t, { guru: stdout });
    const { code, stderr } = await runProgram(shell, ['-n', join(folder, 'guru')]);
    assert.deepEqual([code, stderr], [0, '']);
  });

  test(`the script for ${shell} knows all commands, options and choices`, async () => {
    const { stdout } = await guru(['completion', shell]);
    for (const word of [
      ...COMMAND_NAMES,
      'min-count',
      'before',
      'section',
      'text json xml',
      'bash zsh fish',
    ]) {
      assert.ok(stdout.includes(word), word);
    }
  });
}
