import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { type TestContext, describe, test } from 'node:test';
import type { App } from '../../support/app.js';
import { startApp } from '../../support/app.js';
import { isListening, nodes, startBlocked, until, UNTOUCHED } from '../outside/support.js';
import { isUnreachable, startSetUp } from '../processes-support.js';
import { GURU, guru } from '../support.js';

const LINUX = { skip: process.platform !== 'linux' };
/** `script` of util-linux gives a program a terminal. */
const TERMINAL = {
  skip: LINUX.skip || spawnSync('script', ['-qec', 'true', '/dev/null']).status !== 0,
};

interface Watching {
  child: ChildProcess;
  stdout: string;
  stderr: string;
  exited: Promise<number | null>;
}

interface JsonTurn {
  turn: number;
  process: { pid: number };
  threads: string[];
  notes: string[];
  groups: {
    kind: string;
    change: string | null;
    count: number;
    before: number | null;
    frames: { function: string }[];
  }[];
}

function start(t: TestContext, program: string, args: string[], env: Record<string, string> = {}): Watching {
  const child = spawn(program, args, {
    stdio: 'pipe',
    env: { PATH: process.env['PATH'], TERM: 'xterm', ...env },
  });
  const exited = once(child, 'close').then(([code]) => code as number | null);
  const watching: Watching = { child, stdout: '', stderr: '', exited };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (watching.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (watching.stderr += text));
  t.after(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  return watching;
}

function watch(t: TestContext, ...args: string[]): Watching {
  return start(t, process.execPath, [GURU, 'watch', '-i', '0.2', ...args]);
}

/** In a window of 12 lines with 70 columns. */
function onTerminal(
  t: TestContext,
  pid: number,
  env: Record<string, string> = {},
  ...args: string[]
): Watching {
  const command = [process.execPath, GURU, 'watch', String(pid), '-i', '0.2', ...args].join(' ');
  return start(t, 'script', ['-qec', `stty rows 12 cols 70; exec ${command}`, '/dev/null'], env);
}

function turnsOf({ stdout }: Watching): JsonTurn[] {
  const lines = stdout.slice(0, stdout.lastIndexOf('\n') + 1).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as JsonTurn);
}

async function untilTurn(watching: Watching, fits: (turn: JsonTurn) => boolean): Promise<JsonTurn> {
  return until(
    `such a turn in ${watching.stdout} ${watching.stderr}`,
    () => turnsOf(watching).find(fits),
    () => watching.child.exitCode === null,
  );
}

/** Of stacks of the program, by their outermost function: what changed. */
function changesOf({ groups }: JsonTurn): Record<string, readonly [string | null, number | null, number]> {
  const own = groups.map(({ change, before, count, frames }) => {
    const name = frames.find(({ function: name }) => /(?:stays|goes|comes)$/.test(name))?.function ?? '';
    return [name.replace(/.*[. ]/, ''), [change, before, count]] as const;
  });
  return Object.fromEntries(own.filter(([name]) => name !== ''));
}

async function startWatched(t: TestContext, isSetUp: boolean, execPath = process.execPath): Promise<App> {
  return isSetUp
    ? startSetUp(t, 'cli/watched.mjs', { execPath, env: { GURU_MAX_PAUSE: '0.2' } })
    : startApp(t, 'cli/watched.mjs', { execPath, nodeArgs: ['--inspect-port=0'] });
}

for (const { major, path } of nodes()) {
  for (const isSetUp of [true, false]) {
    describe(`Node ${major}, ${isSetUp ? 'set up' : 'not set up'}`, LINUX, () => {
      test('what is there, and what changes, until it is interrupted', async (t) => {
        const app = await startWatched(t, isSetUp, path);
        const watching = watch(t, String(app.pid), '-f', 'json');
        const first = await untilTurn(watching, (turn) => turn.groups.length > 0);
        assert.deepEqual(changesOf(first), { stays: [null, null, 20], goes: [null, null, 4] });
        assert.equal(first.process.pid, app.pid);
        assert.ok(first.threads.includes('main: idle'), first.threads.join());
        app.signal('SIGHUP');
        const changed = await untilTurn(watching, (turn) => 'comes' in changesOf(turn));
        assert.deepEqual(changesOf(changed), {
          stays: ['grew', 20, 23],
          goes: ['went', 4, 0],
          comes: ['appeared', 0, 7],
        });
        const after = await untilTurn(watching, ({ turn }) => turn > changed.turn);
        assert.deepEqual(changesOf(after), { stays: ['same', 23, 23], comes: ['same', 7, 7] });
        watching.child.kill('SIGINT');
        assert.deepEqual([await watching.exited, watching.stderr], [0, '']);
        // Nothing was injected, or left.
        assert.ok(!isListening(app));
        assert.ok(app.running);
        assert.equal(app.stderr(), '');
      });
    });
  }
}

test('in a pipe: a block a turn, no escape sequences, so many turns', LINUX, async (t) => {
  const app = await startWatched(t, true);
  const { code, stdout, stderr } = await guru(['watch', String(app.pid), '-n', '2', '-i', '0.1']);
  assert.deepEqual([code, stderr], [0, '']);
  assert.ok(!stdout.includes('\x1b'));
  assert.equal(stdout.match(/^turn \d+, every 0\.1 s = .*Z$/gm)?.length, 2);
  assert.match(stdout, /^ {3}20 {11}Green Thread/m);
  assert.match(stdout, /; no change$/m);
});

test('only the stacks that are asked for', LINUX, async (t) => {
  const app = await startSetUp(t, 'end-to-end/spin.mjs');
  const kinds = async (...args: string[]): Promise<string[]> => {
    const { code, stdout, stderr } = await guru(['watch', String(app.pid), '-n', '1', '-f', 'json', ...args]);
    assert.deepEqual([code, stderr], [0, '']);
    return (JSON.parse(stdout) as JsonTurn).groups.map(({ kind }) => kind);
  };
  assert.deepEqual(await kinds('-s', 'Threads'), ['thread']);
  assert.deepEqual(await kinds('-g', 'off'), ['thread']);
  assert.ok(!(await kinds('-s', 'green threads')).includes('thread'));
});

for (const isSetUp of [true, false]) {
  test(`the target ends: ${isSetUp ? 'set up' : 'not set up'}`, LINUX, async (t) => {
    const app = await startWatched(t, isSetUp);
    const watching = watch(t, String(app.pid), '-f', 'json');
    await untilTurn(watching, () => true);
    app.child.kill('SIGKILL');
    await app.exited;
    assert.equal(await watching.exited, 0);
    assert.equal(watching.stderr, `guru: process ${app.pid} has ended\n`);
  });
}

test('a target that is not there: exit code 3; usage: 2', LINUX, async (t) => {
  assert.ok(isUnreachable(await guru(['watch', 'pid:4000000'])));
  const app = await startSetUp(t, 'end-to-end/idle.mjs');
  for (const args of [
    ['-i', '0'],
    ['-n', '0'],
    ['-s', 'package'],
    ['-g', 'snapshot'],
    ['-g', 'off', '-s', 'green-threads'],
  ]) {
    const { code, stdout, stderr } = await guru(['watch', String(app.pid), ...args]);
    assert.deepEqual([code, stdout, stderr.split('\n').length], [2, '', 2], stderr);
  }
  assert.equal((await guru(['watch'])).code, 2);
});

test('interrupted while a report is made: at once, and with 0', LINUX, async (t) => {
  const app = await startSetUp(t, 'end-to-end/idle.mjs');
  app.signal('SIGSTOP');
  const watching = watch(t, String(app.pid));
  // It asks the sentinel, which has no time for an answer now.
  await until('a connection', () => watching.child.exitCode === null && isConnected(watching.child.pid));
  watching.child.kill('SIGTERM');
  assert.equal(await watching.exited, 0);
  app.signal('SIGCONT');
});

test('with the inspector: it is closed again, also when it is interrupted', LINUX, async (t) => {
  const app = await startBlocked(t, 'idle');
  const watching = watch(t, String(app.pid), '-f', 'json', '--inspector');
  await untilTurn(watching, ({ turn }) => turn === 2);
  const opened = app.stderr.split('Debugger listening').length;
  await app.until('inspector', () => app.stderr.split('Debugger listening').length > opened);
  watching.child.kill('SIGINT');
  assert.equal(await watching.exited, 0, watching.stderr);
  await until('closed inspector', () => !isListening(app));
  assert.deepEqual(await app.settledState(), UNTOUCHED);
});

test('on a terminal: in place, within the window, and the cursor comes back', TERMINAL, async (t) => {
  const app = await startWatched(t, true);
  const watching = onTerminal(t, app.pid);
  await until(`the first turn in ${watching.stdout}`, () => watching.stdout.includes('stays'));
  app.signal('SIGHUP');
  // Up to the end of that drawing: its text may come in pieces.
  await until('change', () => /\+7 new[^]*\x1b\[J/.test(watching.stdout));
  const drawn = watching.stdout;
  watching.child.stdin?.write('\x03');
  assert.equal(await watching.exited, 0);
  assert.match(drawn, /\x1b\[31m +0 -4 gone /);
  assert.match(drawn, /\x1b\[32m +23 \+3 /);
  for (const one of drawn.split('\x1b[H').slice(1, -1)) {
    const lines = one.split('\x1b[J')[0]?.split('\r\n') ?? [];
    assert.ok(lines.length <= 12, one);
    for (const line of lines) assert.ok(line.replaceAll(/\x1b\[\d*[a-zA-Z]/g, '').length <= 70, line);
  }
  const hidden = watching.stdout.lastIndexOf('\x1b[?25l');
  assert.ok(hidden !== -1 && watching.stdout.lastIndexOf('\x1b[?25h') > hidden);
  assert.ok(watching.stdout.lastIndexOf('\x1b[?7h') > watching.stdout.lastIndexOf('\x1b[?7l'));
});

test('on a terminal without colour, or one that cannot be drawn on', TERMINAL, async (t) => {
  const app = await startWatched(t, true);
  const plain = onTerminal(t, app.pid, { NO_COLOR: '1' }, '-n', '2');
  assert.equal(await plain.exited, 0);
  assert.doesNotMatch(plain.stdout, /\x1b\[\d+m/);
  assert.match(plain.stdout, /\x1b\[H/);
  const dumb = onTerminal(t, app.pid, { TERM: 'dumb' }, '-n', '2');
  assert.equal(await dumb.exited, 0);
  assert.match(dumb.stdout, /^turn 2, /m);
  assert.doesNotMatch(dumb.stdout, /\x1b\[[H2?]/);
});

/** Whether the process has a connected Unix socket besides its pipes: the one to the sentinel. */
function isConnected(pid: number | undefined): boolean {
  return readdirSync(`/proc/${pid}/fd`).some((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith('socket:') && Number(fd) > 2;
    } catch {
      return false; // closed meanwhile
    }
  });
}
