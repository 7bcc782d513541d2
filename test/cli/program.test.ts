import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Cli } from '#src/cli/cli.js';
import { COMMANDS } from '#src/cli/commands.js';
import { savedReport } from '../support/saved-report.js';
import { GURU, folderOf, guru } from './support.js';

const REPORT = JSON.stringify(savedReport({ threads: [] }));
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

test('--version, --help and help print on stdout and end with 0', async () => {
  assert.deepEqual(await guru(['--version']), {
    code: 0,
    signal: null,
    stdout: `guru ${version}\n`,
    stderr: '',
  });
  const help = await guru(['--help']);
  assert.equal(help.code, 0);
  assert.equal(help.stderr, '');
  assert.deepEqual((await guru(['help'])).stdout, help.stdout);
  for (const { name, summary } of COMMANDS)
    assert.ok(help.stdout.includes(`  ${name.padEnd(16)}${summary}`), name);
  assert.match(help.stdout, /^Examples:\n {2}guru /m);
});

test('every command has help with examples, and the summary of the list', async () => {
  const cli = new Cli(process);
  for (const { name, summary, load } of COMMANDS) {
    const command = (await load())(cli);
    assert.deepEqual([command.name(), command.summary()], [name, summary]);
    const { code, stdout } = await guru([name, '--help']);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^Usage: guru ${name} `));
    assert.match(stdout, /^Examples:\n {2}\S/m);
    for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
    assert.equal((await guru(['help', name])).stdout, stdout);
  }
});

test('called wrongly: code 2 and one line that says what and why', async () => {
  const wrong: [string[], RegExp][] = [
    [['veiw', 'x'], /^guru: unknown command 'veiw' \(Did you mean view\?\)$/],
    [['--fromat'], /^guru: unknown option '--fromat'/],
    [['view'], /^guru: missing required argument 'file'$/],
    [['view', '--fromat', 'x', 'y'], /^guru: unknown option '--fromat' \(Did you mean --format\?\)$/],
    [
      ['view', '--format', 'yaml', 'x'],
      /^guru: option '-f, --format <format>' argument 'yaml' is invalid\. Allowed choices are text, json, xml\.$/,
    ],
    [
      ['view', '--index', '0', 'x'],
      /^guru: option '-n, --index <n>' argument '0' is invalid\. It must be a whole number, and at least 1\.$/,
    ],
    [['stacks', '--limit', '1e3', 'x'], /argument '1e3' is invalid/],
    [['stacks', '--format', 'xml', 'x'], /argument 'xml' is invalid/],
    [['diff'], /^guru: give A and B, or --before and --after$/],
    [['diff', 'a'], /^guru: there is nothing to compare "a" with: give A and B$/],
    [['diff', '--before', 'a'], /^guru: option --after is missing$/],
    [['diff', 'a', 'b', '--after', 'c'], /^guru: give either A and B, or --before and --after$/],
    [['diff', '-', '-'], /^guru: standard input \(-\) can be read only once$/],
    [['diff', 'a', 'b', 'c'], /^guru: too many arguments for 'diff'\. Expected 2 arguments but got 3/],
    [
      ['completion', 'tcsh'],
      /^guru: command-argument value 'tcsh' is invalid for argument 'shell'\. Allowed choices are bash, zsh, fish\.$/,
    ],
  ];
  for (const [args, expected] of wrong) {
    const { code, stdout, stderr } = await guru(args);
    assert.deepEqual([code, stdout], [2, ''], args.join(' '));
    assert.equal(stderr.split('\n').length, 2, stderr);
    assert.match(stderr.trimEnd(), expected);
  }
});

test('without a command: help on stderr, and code 2', async () => {
  const { code, stdout, stderr } = await guru([]);
  assert.deepEqual([code, stdout], [2, '']);
  assert.match(stderr, /^Usage: guru COMMAND/);
});

test('what it says can do nothing to a terminal', async () => {
  const { code, stderr } = await guru(['view', 'a\x1b[31m\nb']);
  assert.equal(code, 2);
  assert.equal(stderr, 'guru: a\\x1b[31m\\nb: cannot be read: no such file or directory (ENOENT)\n');
});

test('a reader that goes away is no error', async (t) => {
  const report = JSON.stringify(savedReport({ settings: { api: { long: 'x'.repeat(1_000_000) } } }));
  const folder = folderOf(t, { 'a.json': report });
  for (const args of [['view', folder], ['view', '-f', 'json', folder], ['stacks', folder], ['--help']]) {
    const child = spawn(process.execPath, [GURU, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdout.destroy();
    const [code] = (await once(child, 'close')) as [number | null];
    assert.deepEqual([code, stderr], [0, ''], args.join(' '));
  }
});

test('output that cannot be written is an error', { skip: process.platform !== 'linux' }, async (t) => {
  const folder = folderOf(t, { 'a.json': REPORT });
  const full = openSync('/dev/full', 'w');
  const child = spawn(process.execPath, [GURU, 'view', folder], { stdio: ['ignore', full, 'pipe'] });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  assert.deepEqual(
    [code, stderr],
    [2, 'guru: standard output cannot be written: no space left on device (ENOSPC)\n'],
  );
});

test('the command works from wherever it is called', async (t) => {
  const folder = folderOf(t, { 'a.json': REPORT });
  assert.equal((await guru(['--version'], { cwd: folder })).code, 0);
  assert.equal((await guru(['view', 'a.json'], { cwd: folder })).code, 0);
  assert.equal((await guru(['view', join(folder, 'a.json')], { cwd: '/' })).code, 0);
});
