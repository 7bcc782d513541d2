import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { call, CallError } from '#src/meeting/call.js';
import { FrameReader, toFrame } from '#src/meeting/frames.js';
import { meetingDirectories, socketName, whyNotPrivate } from '#src/meeting/place.js';
import { BadRequest, REQUEST_LIMIT } from '#src/meeting/protocol.js';
import { openMeetingPoint, type Serve } from '#src/meeting/serve.js';
import { removeStale } from '#src/meeting/stale.js';
import { folderOf } from '../cli/support.js';
import { readdirSync } from 'node:fs';
import { spawnSync } from 'node:child_process';

const POSIX = { skip: process.platform === 'win32' };
const uid = process.geteuid?.() ?? 0;

async function open(t: TestContext, serve: Serve): Promise<string> {
  const point = await openMeetingPoint({
    env: { TMPDIR: folderOf(t, {}) },
    uid,
    pid: 7,
    startTicks: 3,
    serve,
  });
  t.after(() => point.close());
  return point.path;
}

/** Everything that comes until the server closes the connection. */
async function exchange(path: string, text: string): Promise<string[]> {
  const socket = connect(path);
  const frames: string[] = [];
  const reader = new FrameReader(1e6);
  socket.on('data', (chunk) => frames.push(...reader.push(chunk)));
  socket.write(text);
  await new Promise((resolve) => socket.on('close', resolve));
  return frames;
}

test('frames come out as they went in, however they are cut', () => {
  const texts = ['', '{}', JSON.stringify('ü'.repeat(1000))];
  const bytes = Buffer.concat(texts.map(toFrame));
  for (const step of [1, 2, 3, 5, 1000, bytes.length]) {
    const reader = new FrameReader(10_000);
    const out: string[] = [];
    for (let at = 0; at < bytes.length; at += step) out.push(...reader.push(bytes.subarray(at, at + step)));
    assert.deepEqual(out, texts);
  }
  assert.throws(() => new FrameReader(10).push(toFrame('x'.repeat(11))), RangeError);
});

test('a request is answered; what is wrong with it is too', POSIX, async (t) => {
  const path = await open(t, async (request, answer) => {
    if (request.command === 'status') throw new BadRequest('not today');
    if (request.command === 'trigger') throw new Error('it broke');
    answer({ type: 'accepted', withinMs: 1 });
    await Promise.resolve();
  });
  const answers: string[] = [];
  const dump = { command: 'dump', sections: null, greenThreads: null, maxPause: null } as const;
  await call(path, dump, { firstMs: 60_000, onAnswer: ({ type }) => (answers.push(type), null) });
  assert.deepEqual(answers, ['accepted']);
  const onAnswer = () => null;
  await assert.rejects(call(path, { command: 'status' }, { firstMs: 60_000, onAnswer }), BadRequest);
  await assert.rejects(call(path, { command: 'trigger' }, { firstMs: 60_000, onAnswer }), {
    name: 'CallError',
    message: 'it broke',
  });
  for (const [text, code] of [
    ['nonsense\n', 'request'],
    ['null\n', 'request'],
    ['{"version":2}\n', 'version'],
    ['x'.repeat(REQUEST_LIMIT), 'request'],
  ] as const) {
    const [frame = ''] = await exchange(path, text);
    assert.equal((JSON.parse(frame) as { code: string }).code, code);
  }
  // A client that says nothing is dropped.
  assert.deepEqual(await exchange(path, ''), []);
});

test('calls come to an end', POSIX, async (t) => {
  const path = await open(t, () => new Promise(() => {}));
  const onAnswer = () => null;
  await assert.rejects(call(path, { command: 'status' }, { firstMs: 50, onAnswer }), CallError);
  await assert.rejects(call(`${path}x`, { command: 'status' }, { firstMs: 50, onAnswer }), {
    message: 'no such file or directory (ENOENT)',
  });
});

test('only a directory of ours that is closed to others is used', POSIX, async (t) => {
  const folder = folderOf(t, {});
  const [bad, open, good] = ['bad', 'open', 'good'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  mkdirSync(good, { mode: 0o700 });
  symlinkSync(good, bad);
  mkdirSync(open);
  chmodSync(open, 0o750);
  assert.match(whyNotPrivate(bad, uid) ?? '', /is not a directory/);
  assert.match(whyNotPrivate(open, uid) ?? '', /is open to others \(mode 750\)/);
  assert.match(whyNotPrivate(good, uid + 1) ?? '', /belongs to user/);
  assert.equal(whyNotPrivate(good, uid), null);

  // Somebody was there first: the next place is taken.
  const env = { XDG_RUNTIME_DIR: join(folder, 'a'), TMPDIR: join(folder, 'b') };
  mkdirSync(env.XDG_RUNTIME_DIR);
  mkdirSync(env.TMPDIR);
  const [first = '', second = ''] = meetingDirectories(uid, env);
  symlinkSync(good, first);
  const serve: Serve = async () => {};
  const point = await openMeetingPoint({ env, uid, pid: 7, startTicks: 3, serve });
  assert.equal(point.path, join(second, socketName(7, 3)));
  point.close();
  assert.deepEqual([readdirSync(second), readdirSync(good)], [[], []]);
});

test('paths that are too long for a socket are passed over', POSIX, async (t) => {
  const deep = join(folderOf(t, {}), 'x'.repeat(90));
  mkdirSync(deep);
  const good = folderOf(t, {});
  const env = { XDG_RUNTIME_DIR: deep, TMPDIR: good };
  const point = await openMeetingPoint({ env, uid, pid: 7, startTicks: 3, serve: async () => {} });
  assert.ok(point.path.startsWith(good));
  point.close();
});

test('sockets of processes that were killed are removed, those of others stay', POSIX, async (t) => {
  const path = await open(t, async () => {});
  const directory = join(path, '..');
  // Left by a process that was killed: no process has this id and start.
  const left = join(directory, socketName(2 ** 22 + 1, 5));
  const program = `require('net').createServer().listen(${JSON.stringify(left)}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', program]);
  writeFileSync(join(directory, 'other'), '');
  assert.equal(readdirSync(directory).length, 3);
  await removeStale(directory);
  // Ours has a name that no process of this machine has, but somebody listens.
  assert.deepEqual(readdirSync(directory).sort(), [socketName(7, 3), 'other'].sort());
  await removeStale(join(directory, 'nowhere'));
});
