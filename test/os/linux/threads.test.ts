import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { SystemCall } from '#src/report/schema.js';
import { ownTid } from '#src/os/linux/threads.js';
import { type OsThreadReading, toOsThread } from '#src/os/thread-reading.js';
import { readThreads } from '#src/os/threads.js';
import { eventually, startBlocked } from '../support.js';

const skip = process.platform === 'linux' ? false : 'Linux only';

/** The main thread of a process, once it sleeps in the call that is meant. */
function mainThreadIn(
  pid: number,
  name: RegExp,
  isMeant: (call: SystemCall) => boolean,
): Promise<OsThreadReading> {
  return eventually(() => {
    const { threads, problem } = readThreads(pid);
    assert.equal(problem, null);
    const main = threads.find(({ tid }) => tid === pid);
    const call = main?.systemCall;
    const sleeps = main?.state === 'S'; // it may be on its way into the call, or just have been woken up in it
    return sleeps && call && name.test(call.name ?? '') && isMeant(call) ? main : undefined;
  }, `the main thread is in ${name}`);
}

function makeFifo(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'guru-fifo-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'a fifo');
  execFileSync('mkfifo', [path]);
  return path;
}

test('a thread that opens a FIFO: the path', { skip }, async (t) => {
  const path = makeFifo(t);
  const child = await startBlocked(t, ['open-fifo', path]);
  const main = await mainThreadIn(child.pid, /^openat$/, (call) => call.path === path);
  assert.equal(main.state, 'S');
  assert.equal(main.systemCall?.fd, undefined);
  assert.ok(main.waitChannel, 'the kernel function');
});

test('a thread that reads a FIFO: the descriptor and its path', { skip }, async (t) => {
  const path = makeFifo(t);
  const child = await startBlocked(t, ['read-fifo', path]);
  const main = await mainThreadIn(child.pid, /^read$/, ({ fd }) => fd?.target === path);
  assert.equal(main.state, 'S');
  assert.ok((main.stackPointer ?? 0) > 0);
});

test('a thread that reads a TCP connection: both ends', { skip }, async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const client = connect(port, '127.0.0.1');
  const [peer] = (await once(server, 'connection')) as [ReturnType<typeof connect>];
  t.after(() => {
    peer.destroy();
    client.destroy();
    server.close();
  });
  const child = await startBlocked(t, ['read-stdin'], client);
  const main = await mainThreadIn(child.pid, /^read$/, ({ fd }) => fd?.fd === 0);
  assert.deepEqual(main.systemCall?.fd?.socket, {
    protocol: 'tcp',
    local: `127.0.0.1:${peer.remotePort}`,
    remote: `127.0.0.1:${port}`,
    state: 'ESTABLISHED',
  });
});

test('a thread that waits for a child process', { skip }, async (t) => {
  const child = await startBlocked(t, ['exec-sync']);
  const main = await mainThreadIn(child.pid, /^epoll_p?wait/, ({ fd }) => {
    return fd?.target === 'anon_inode:[eventpoll]';
  });
  assert.equal(main.state, 'S');
});

test('a thread in Atomics.wait, one that runs', { skip }, async (t) => {
  const waiting = await startBlocked(t, ['atomics-wait']);
  await mainThreadIn(waiting.pid, /^futex$/, () => true);

  const spinning = await startBlocked(t, ['spin']);
  const main = await eventually(() => {
    const { threads } = readThreads(spinning.pid);
    return threads.find(({ tid, cpu, state }) => tid === spinning.pid && cpu.userMs > 300 && state === 'R');
  }, 'the main thread runs');
  assert.equal(main.systemCall, undefined);
});

test('the threads of this process', { skip }, () => {
  const { threads, problem } = readThreads('self');
  assert.equal(problem, null);
  const tids = threads.map(({ tid }) => tid);
  assert.deepEqual(
    tids,
    tids.toSorted((a, b) => a - b),
  );
  assert.ok(threads.length >= 3);
  const main = threads.find(({ tid }) => tid === process.pid);
  // Its own call would be the reading.
  assert.equal(ownTid(), process.pid);
  assert.equal(main?.systemCall, undefined);
  assert.equal(main?.state, 'R');
  assert.ok(main.cpu.userMs > 0);
  assert.ok(main.name.length > 0);
  for (const reading of threads) {
    const { tid, state, cpu, ...rest } = toOsThread(reading);
    assert.ok(Object.keys(rest).every((key) => key === 'waitChannel' || key === 'systemCall'));
    assert.ok(tid > 0 && /^[A-Za-z]$/.test(state) && cpu.systemMs >= 0);
    if ('waitChannel' in rest) assert.match(rest.waitChannel ?? '', /^\w{2}/);
  }
});

test('a process that is not there is a problem in words', { skip }, () => {
  assert.deepEqual(readThreads(2 ** 30), {
    threads: [],
    problem: `/proc/${2 ** 30}/task cannot be read: no such file or directory (ENOENT)`,
  });
});
