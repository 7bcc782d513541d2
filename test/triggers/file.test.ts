import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { isLocalFilesystem } from '#src/triggers/local-filesystem.js';
import { watchFile, type WatchFileOptions } from '#src/triggers/file.js';
import { temporaryDirectory, until } from '../sinks/writer-app.js';

const posixOnly = process.platform === 'win32' ? { skip: 'Windows has no such files' } : {};

interface Watch {
  path: string;
  lines: string[];
  touches: number;
  dispose: () => void;
  /** Waits for as many touches and lines in all, and for no more. */
  becomes(touches: number, lines: RegExp[]): Promise<void>;
}

function watch(t: TestContext, path: string, changes: Partial<WatchFileOptions> = {}): Watch {
  const self: Watch = {
    path,
    lines: [],
    touches: 0,
    dispose: () => undefined,
    async becomes(touches, lines) {
      await until(
        `${touches} touches, ${lines.length} lines`,
        () => self.touches >= touches && self.lines.length >= lines.length,
      );
      assert.equal(self.touches, touches);
      assert.equal(self.lines.length, lines.length, self.lines.join('\n'));
      for (const [index, line] of lines.entries()) {
        assert.match(self.lines[index] ?? '', line);
        assert.ok(self.lines[index]?.includes(dirname(path)));
      }
    },
  };
  self.dispose = watchFile({
    path,
    interval: 0.01,
    onTouch: () => self.touches++,
    onProblem: (line) => self.lines.push(line),
    ...changes,
  });
  t.after(self.dispose);
  return self;
}

/** A file as `touch` makes it, or with its time so many seconds from now. */
function touch(path: string, seconds = 0): void {
  fs.closeSync(fs.openSync(path, 'a', 0o644));
  const time = Date.now() / 1_000 + seconds;
  fs.utimesSync(path, time, time);
}

/** Several looks of every watch with the interval of these tests: a watch of its own sees three touches. */
async function someLooks(t: TestContext): Promise<void> {
  const path = join(temporaryDirectory(t), 'clock');
  touch(path, -100);
  const clock = watch(t, path);
  for (let n = 1; n <= 3; n++) {
    touch(path, -100 + n);
    await until('a look', () => {
      if (clock.touches < n) touch(path, -100 + n + Math.random() / 2);
      return clock.touches >= n;
    });
  }
  clock.dispose();
}

test('a touch makes one call, what is there at the start none', async (t) => {
  const path = join(temporaryDirectory(t), 'trigger');
  touch(path, -10);
  const seen = watch(t, path);
  await someLooks(t);
  await seen.becomes(0, []);
  touch(path, -5);
  await seen.becomes(1, []);
  touch(path);
  await seen.becomes(2, []);
  await someLooks(t);
  await seen.becomes(2, []);
});

test('the touch program is understood', posixOnly, async (t) => {
  const path = join(temporaryDirectory(t), 'trigger');
  touch(path, -10);
  const seen = watch(t, path);
  await someLooks(t);
  assert.equal(spawnSync('touch', [path]).status, 0);
  await seen.becomes(1, []);
});

test('a touch between set-up and the first look counts', async (t) => {
  const path = join(temporaryDirectory(t), 'trigger');
  touch(path, -10);
  await watch(t, path, { since: Date.now() - 11_000 }).becomes(1, []);
  const late = watch(t, path, { since: Date.now() - 9_000 });
  await someLooks(t);
  await late.becomes(0, []);
});

test('a missing file is spoken of once; creating it is a touch, so is creating it again', async (t) => {
  const path = join(temporaryDirectory(t), 'trigger');
  const seen = watch(t, path);
  const lines = [/does not exist/];
  await seen.becomes(0, lines);
  await someLooks(t);
  await seen.becomes(0, lines);
  touch(path);
  await seen.becomes(1, lines);
  fs.unlinkSync(path);
  lines.push(/was removed/);
  await seen.becomes(1, lines);
  await someLooks(t);
  touch(path);
  await seen.becomes(2, lines);
  touch(path, 1);
  await seen.becomes(3, lines);
});

test('an old file that is moved into place is no touch until it is touched', async (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'trigger');
  touch(join(directory, 'old'), -60);
  const seen = watch(t, path);
  await seen.becomes(0, [/does not exist/]);
  fs.renameSync(join(directory, 'old'), path);
  const lines = [/does not exist/, /is there/];
  await seen.becomes(0, lines);
  touch(path);
  await seen.becomes(1, lines);
});

test('a file that is moved away and back as it was is no touch', async (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'trigger');
  touch(path, -60);
  const seen = watch(t, path);
  await someLooks(t);
  fs.renameSync(path, join(directory, 'away'));
  await seen.becomes(0, [/was removed/]);
  fs.renameSync(join(directory, 'away'), path);
  await seen.becomes(0, [/was removed/, /is there/]);
});

test('a newer file in the place of the old is a touch, an older one is not; it is said each time', async (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'trigger');
  touch(path, -60);
  const seen = watch(t, path);
  await someLooks(t);
  touch(join(directory, 'newer'), -30);
  fs.renameSync(join(directory, 'newer'), path);
  await seen.becomes(1, [/was replaced/]);
  touch(join(directory, 'older'), -90);
  fs.renameSync(join(directory, 'older'), path);
  await seen.becomes(1, [/was replaced/, /was replaced/]);
  touch(path, -89);
  await seen.becomes(2, [/was replaced/, /was replaced/]);
});

test('a time in the past is a new state of rest, without a word', async (t) => {
  const path = join(temporaryDirectory(t), 'trigger');
  touch(path, -60);
  const seen = watch(t, path);
  await someLooks(t);
  touch(path, -600);
  await someLooks(t);
  await seen.becomes(0, []);
  touch(path, -500); // Older than the first time, newer than the second.
  await seen.becomes(1, []);
});

test('a touch counts although the file had a time in the future', async (t) => {
  const path = join(temporaryDirectory(t), 'trigger');
  touch(path, 3_600);
  const seen = watch(t, path);
  await someLooks(t);
  touch(path);
  await seen.becomes(1, []);
});

test(
  'what is not a regular file is spoken of once, and given up when a file takes its place',
  posixOnly,
  async (t) => {
    const path = join(temporaryDirectory(t), 'trigger');
    fs.mkdirSync(path);
    const seen = watch(t, path);
    const lines = [/is a directory/];
    await seen.becomes(0, lines);
    await someLooks(t);
    fs.rmdirSync(path);
    lines.push(/does not exist/);
    await seen.becomes(0, lines);
    spawnSync('mkfifo', [path]);
    lines.push(/is not a regular file/);
    await seen.becomes(0, lines);
    fs.unlinkSync(path);
    touch(path);
    await until('the touch', () => seen.touches === 1);
  },
);

test('a path that cannot be examined is spoken of with its reason', posixOnly, async (t) => {
  const directory = temporaryDirectory(t);
  fs.writeFileSync(join(directory, 'file'), '');
  fs.symlinkSync('loop', join(directory, 'loop'));
  const below = watch(t, join(directory, 'file', 'trigger'));
  const loop = watch(t, join(directory, 'loop'));
  await below.becomes(0, [/cannot be examined: not a directory \(ENOTDIR\)/]);
  await loop.becomes(0, [/cannot be examined: too many symbolic links.*\(ELOOP\)/]);
  fs.unlinkSync(join(directory, 'loop'));
  await loop.becomes(0, [/ELOOP/, /does not exist/]);
  touch(loop.path);
  await loop.becomes(1, [/ELOOP/, /does not exist/]);
});

test('a touch while the file could not be examined counts afterwards', posixOnly, async (t) => {
  const directory = temporaryDirectory(t);
  const real = join(directory, 'real');
  const link = join(directory, 'link');
  fs.mkdirSync(real);
  touch(join(real, 'trigger'), -60);
  fs.symlinkSync(real, link);
  const seen = watch(t, join(link, 'trigger'));
  await someLooks(t);
  fs.unlinkSync(link);
  fs.symlinkSync(link, link);
  await seen.becomes(0, [/ELOOP/]);
  touch(join(real, 'trigger'), -30);
  await someLooks(t);
  fs.symlinkSync(real, join(directory, 'next'));
  fs.renameSync(join(directory, 'next'), link); // In one step, so that the file is never absent.
  await seen.becomes(1, [/ELOOP/]);
});

test('a file that anyone may write is warned of once, and again after it was safe', posixOnly, async (t) => {
  const path = join(temporaryDirectory(t), 'trigger');
  touch(path, -10);
  fs.chmodSync(path, 0o666);
  const seen = watch(t, path);
  const lines = [/anyone may ask for a report: .* \(mode 0666\)/];
  await seen.becomes(0, lines);
  touch(path);
  await seen.becomes(1, lines);
  fs.chmodSync(path, 0o644);
  await someLooks(t);
  fs.chmodSync(path, 0o602);
  lines.push(/\(mode 0602\)/);
  await seen.becomes(1, lines);
});

test(
  'a directory in which anyone may replace the file is warned of, one like /tmp is not',
  posixOnly,
  async (t) => {
    const open = temporaryDirectory(t);
    const sticky = temporaryDirectory(t);
    fs.chmodSync(open, 0o777);
    fs.chmodSync(sticky, 0o1777);
    for (const directory of [open, sticky]) touch(join(directory, 'trigger'), -10);
    const warned = watch(t, join(open, 'trigger'));
    const silent = watch(t, join(sticky, 'trigger'));
    await warned.becomes(0, [/anyone may ask for a report: the directory .* \(mode 0777\)/]);
    touch(join(open, 'next'), -5);
    fs.renameSync(join(open, 'next'), warned.path);
    await warned.becomes(1, [/the directory/, /was replaced/]);
    await someLooks(t);
    await warned.becomes(1, [/the directory/, /was replaced/]);
    await silent.becomes(0, []);
  },
);

test('nothing is called after disposal, which may be repeated', async (t) => {
  const path = join(temporaryDirectory(t), 'trigger');
  touch(path, -10);
  const seen = watch(t, path);
  await someLooks(t);
  seen.dispose();
  seen.dispose();
  touch(path);
  fs.unlinkSync(path);
  await someLooks(t);
  await seen.becomes(0, []);
});

test('while a look is under way there is no second', async (t) => {
  const path = join(temporaryDirectory(t), 'trigger');
  let asked = 0;
  const hanging = (): void => void asked++;
  const seen = watch(t, path, { calls: { stat: hanging, statfs: fs.statfs } });
  await someLooks(t);
  assert.equal(asked, 1);
  await seen.becomes(0, []);
});

test('a program that only watches ends', () => {
  const source = `import { watchFile } from '#src/triggers/file.js';
    watchFile({ path: '/missing', interval: 0.01, onTouch() {}, onProblem() {} });`;
  const result = spawnSync(process.execPath, ['--input-type=module', '-e', source], { timeout: 30_000 });
  assert.equal(result.status, 0);
});

test('a touch is seen while all threads of the pool are taken', async (t) => {
  if (!isLocalFilesystem(fs.statfsSync(tmpdir()).type))
    return t.skip('the temporary directory is not known for local');
  const directory = temporaryDirectory(t);
  const path = join(directory, 'trigger');
  const fifo = join(directory, 'fifo');
  assert.equal(spawnSync('mkfifo', [fifo]).status, 0);
  const child = spawn(process.execPath, ['test/apps/triggers/watch-with-full-pool.mjs', path, fifo], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = new Promise((resolve) => child.once('exit', resolve));
  t.after(async () => {
    child.kill('SIGKILL');
    // A process with a thread in open(2) dies of it as well.
    await exit;
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await until('the watch', () => text.includes('does not exist'));
  touch(path);
  await until('a full pool', () => text.includes('full'));
  touch(path, 1);
  await until('the touch', () => text.includes('touched'));
  assert.equal(text.includes('the pool is free'), false);
});
