import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { readStack, readWorkerStacks } from '#src/inspector/capture-threads.js';
import { CdpError, evaluate } from '#src/inspector/cdp.js';
import { connectWebSocket } from '#src/inspector/websocket.js';

const PROGRAM = `
  const { Worker } = require('node:worker_threads');
  new Worker('setInterval(() => {}, 1e6)', { eval: true, name: 'one' }).once('online', () => {
    console.log(require('node:inspector').url());
    (function spins() { for (;;); })();
  });`;

/** Starts a process that spins; the address of its inspector. */
async function startSpinning(t: TestContext): Promise<{ url: string; kill: () => void }> {
  const child = spawn(process.execPath, ['--inspect=0', '-e', PROGRAM], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  t.after(() => child.kill('SIGKILL'));
  const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  return { url: line.trim(), kill: () => child.kill('SIGKILL') };
}

test("another process's threads, busy and idle", async (t) => {
  const { url } = await startSpinning(t);
  const cdp = await connectWebSocket(url, 10_000);
  const reading = await readStack(cdp, 10_000);
  assert.equal(reading.outcome === 'answered' && reading.stack.frames[0]?.function, 'spins');
  const { threads, problem } = await readWorkerStacks(cdp, null, 10_000);
  assert.equal(problem, null);
  assert.deepEqual(
    threads.map((thread) => [thread.kind, thread.threadId, thread.name, thread.reading.outcome]),
    [['worker', 1, 'one', 'answered']],
  );
  await assert.rejects(cdp.post('No.such'), CdpError);
  await assert.rejects(evaluate(cdp, 'missing', 1000), {
    name: 'CdpError',
    message: /missing is not defined/,
  });
  cdp.close();
  cdp.close();
  await cdp.closed;
  await assert.rejects(cdp.post('Runtime.enable'), /closed/);
});

test('requests end with the process, and with the connection', async (t) => {
  const { url, kill } = await startSpinning(t);
  const [one, other] = [await connectWebSocket(url, 10_000), await connectWebSocket(url, 10_000)];
  const pending = evaluate(one, 'for (;;);', 1e6);
  const refused = assert.rejects(pending, CdpError);
  one.close();
  await refused;
  const lost = assert.rejects(evaluate(other, 'for (;;);', 1e6), CdpError);
  kill();
  await lost;
  await other.closed;
});

test('nobody there', async () => {
  await assert.rejects(connectWebSocket('ws://127.0.0.1:1/none', 1000), {
    name: 'CdpError',
    message: /no connection to the inspector/,
  });
});
