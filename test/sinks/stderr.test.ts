import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { control, openPipe, startWriter, temporaryDirectory, until, type Mode } from './writer-app.js';

const SIZE = 3_000_000;
const limit = { timeout: 60_000 };
const linuxOnly = process.platform === 'linux' ? {} : { skip: 'needs /proc' };
const rootOnly = process.getuid?.() === 0 ? {} : { skip: 'needs root' };

function assertWhole(text: string, size = SIZE): void {
  assert.equal(text.length, size);
  assert.ok(text.endsWith('END\n'));
  assert.equal(text.replaceAll('0123456789abcdef\n', '').length < 40, true, 'nothing is doubled or left out');
}

for (const mode of ['main', 'worker'] satisfies Mode[]) {
  describe(`stderr, written by the ${mode} thread`, limit, () => {
    test('a pipe that nobody reads for a while gets the whole text', linuxOnly, async (t) => {
      const pipe = openPipe(t);
      const app = await startWriter(t, mode, pipe.writer);
      pipe.closeWriter();
      app.tell({ do: 'write', size: SIZE });
      await app.expect('started');
      app.tell({ do: 'ping' });
      await app.expect('pong');
      app.tell({ do: 'flags' });
      assert.equal(
        (await app.expect('flags')).nonBlocking,
        false,
        "the application's descriptor stays blocking",
      );
      assertWhole(await pipe.readUntil('END\n'));
      assert.equal((await app.expect('outcome')).outcome, 'written');
      app.tell({ do: 'exit' });
      assert.deepEqual(await app.exit, { code: 0, signal: null });
    });

    test('the process exits while the writer waits for a reader', linuxOnly, async (t) => {
      const pipe = openPipe(t);
      const app = await startWriter(t, mode, pipe.writer);
      app.tell({ do: 'write', size: SIZE });
      await app.expect('started');
      app.tell({ do: 'exit' });
      await app.expect('exiting');
      // Nobody reads: an exit that waited for the write would not come.
      assert.deepEqual(await app.exit, { code: 0, signal: null });
    });

    test('the process ends by itself while the writer waits for a reader', linuxOnly, async (t) => {
      const pipe = openPipe(t);
      const app = await startWriter(t, mode, pipe.writer);
      app.tell({ do: 'write', size: SIZE });
      await app.expect('started');
      app.tell({ do: 'end' });
      assert.deepEqual(await app.exit, { code: 0, signal: null });
    });

    test('a pipe whose reader goes away ends the write, not the process', async (t) => {
      const pipe = openPipe(t);
      const app = await startWriter(t, mode, pipe.writer);
      app.tell({ do: 'write', size: SIZE });
      await app.expect('started');
      pipe.closeReader();
      assert.equal((await app.expect('outcome')).outcome, 'closed');
      app.tell({ do: 'problems', count: 3 });
      await app.expect('problems');
      app.tell({ do: 'write', size: 10 });
      await app.expect('started');
      assert.equal((await app.expect('outcome')).outcome, 'closed');
      app.tell({ do: 'exit' });
      assert.equal((await app.exit).code, 0);
    });

    test('closing the sink gives up what waits', async (t) => {
      const pipe = openPipe(t);
      const app = await startWriter(t, mode, pipe.writer);
      app.tell({ do: 'write', size: SIZE });
      await app.expect('started');
      app.tell({ do: 'close' });
      assert.equal((await app.expect('outcome')).outcome, 'closed');
    });

    test('a socket that nobody reads for a while gets the whole text', linuxOnly, async (t) => {
      const app = await startWriter(t, mode, 'pipe');
      app.tell({ do: 'write', size: SIZE });
      await app.expect('started');
      app.tell({ do: 'ping' });
      await app.expect('pong');
      let text = '';
      app.child.stderr?.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
      assert.equal((await app.expect('outcome')).outcome, 'written');
      app.tell({ do: 'console', text: 'the application goes on' });
      await until('the last line', () => text.endsWith('the application goes on\n'));
      assertWhole(text.replace('the application goes on\n', ''));
    });

    test('the process exits while the writer waits for the reader of a socket', linuxOnly, async (t) => {
      const app = await startWriter(t, mode, 'pipe');
      app.tell({ do: 'write', size: SIZE });
      await app.expect('started');
      app.tell({ do: 'exit' });
      await app.expect('exiting');
      assert.deepEqual(await app.exit, { code: 0, signal: null });
    });

    test("another user's pipe, which cannot be opened again", { ...linuxOnly, ...rootOnly }, async (t) => {
      const pipe = openPipe(t);
      const app = await startWriter(t, mode, pipe.writer, { uid: 65_534, gid: 65_534 });
      app.tell({ do: 'write', size: SIZE });
      await app.expect('started');
      app.tell({ do: 'ping' });
      await app.expect('pong');
      assertWhole(await pipe.readUntil('END\n'));
      assert.equal((await app.expect('outcome')).outcome, 'written');
    });

    test('a file that was not opened for appending has everything in order', async (t) => {
      const path = join(temporaryDirectory(t), 'err.log');
      const file = fs.openSync(path, 'w');
      const app = await startWriter(t, mode, file);
      fs.closeSync(file);
      for (const text of ['one', 'two', 'three']) {
        app.tell({ do: 'line', text });
        await app.expect('line');
        app.tell({ do: 'write', size: SIZE });
        await app.expect('started');
        assert.equal((await app.expect('outcome')).outcome, 'written');
      }
      const text = fs.readFileSync(path, 'latin1');
      const parts = text.split(/^(?:one|two|three)\n/m);
      assert.equal(parts.shift(), '');
      assert.equal(parts.length, 3);
      for (const part of parts) assertWhole(part);
    });

    test('an anonymous pipe of a shell', async (t) => {
      const file = join(temporaryDirectory(t), 'out');
      const child = spawn(
        'sh',
        [
          '-c',
          '{ "$0" "$1" "$2" 2>&1 >&3 3>&- | cat >"$3" 3>&-; } 3>&1',
          process.execPath,
          'test/apps/sinks/stderr-writer.mjs',
          mode,
          file,
        ],
        { stdio: ['pipe', 'pipe', 'inherit'] },
      );
      const app = await control(t, child);
      app.tell({ do: 'write', size: SIZE });
      await app.expect('started');
      assert.equal((await app.expect('outcome')).outcome, 'written');
      app.tell({ do: 'exit' });
      await app.expect('exiting');
      await app.exit;
      assertWhole(fs.readFileSync(file, 'latin1'));
    });

    for (const [device, outcome] of [
      ['/dev/full', 'failed'],
      ['/dev/null', 'written'],
    ] as const) {
      test(`${device}: ${outcome}`, linuxOnly, async (t) => {
        const fd = fs.openSync(device, 'w');
        const app = await startWriter(t, mode, fd);
        fs.closeSync(fd);
        app.tell({ do: 'write', size: SIZE });
        await app.expect('started');
        assert.equal((await app.expect('outcome')).outcome, outcome);
        app.tell({ do: 'exit' });
        assert.equal((await app.exit).code, 0);
      });
    }

    test('a stderr that the application closes, and opens for something else', async (t) => {
      const path = join(temporaryDirectory(t), 'other.log');
      const app = await startWriter(t, mode, 'pipe');
      app.tell({ do: 'close-stderr' });
      await app.expect('closed');
      app.tell({ do: 'write', size: 100 });
      await app.expect('started');
      assert.equal((await app.expect('outcome')).outcome, 'closed');
      app.tell({ do: 'open-as-stderr', path });
      assert.equal((await app.expect('opened')).fd, 2);
      app.tell({ do: 'write', size: SIZE });
      await app.expect('started');
      assert.equal((await app.expect('outcome')).outcome, 'written');
      assertWhole(fs.readFileSync(path, 'latin1'));
    });

    test(
      'problems that wait behind a text are bounded, and none comes in its midst',
      linuxOnly,
      async (t) => {
        const pipe = openPipe(t);
        const app = await startWriter(t, mode, pipe.writer);
        pipe.closeWriter();
        app.tell({ do: 'write', size: SIZE });
        await app.expect('started');
        app.tell({ do: 'problems', count: 50 });
        await app.expect('problems');
        const text = await pipe.readUntil('nobody read stderr\n');
        assertWhole(text.slice(0, SIZE));
        const lines = text.slice(SIZE).split('\n');
        assert.equal(lines.length, 22);
        assert.equal(lines[0], 'guru-meditation: problem 1');
        assert.equal(lines[19], 'guru-meditation: problem 20');
        assert.equal(lines[20], 'guru-meditation: 30 more problems were left out while nobody read stderr');
      },
    );
  });
}

test('lines that are written just before the process exits get out, escaped', limit, async (t) => {
  const app = await startWriter(t, 'main', 'pipe');
  let text = '';
  app.child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const closed = new Promise((resolve) => app.child.stderr?.once('close', resolve));
  app.tell({ do: 'problem-lines-and-exit' });
  assert.equal((await app.exit).code, 0);
  await closed;
  assert.equal(text, 'guru-meditation: first\\nline\nguru-meditation: second \\u{1b}[31mline\n');
});

test('a program that does nothing but open the sink ends', limit, () => {
  const source = "import { openStderr } from '#src/sinks/stderr.js'; openStderr();";
  const result = spawnSync(process.execPath, ['--input-type=module', '-e', source], { encoding: 'utf8' });
  assert.deepEqual([result.status, result.stdout, result.stderr], [0, '', '']);
});
