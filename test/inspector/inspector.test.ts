import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { captureStack, MAX_FRAMES } from '#src/inspector/capture-stack.js';
import { readStack, readWorkerStacks } from '#src/inspector/capture-threads.js';
import { answerWithin, CdpError, evaluate, NO_ANSWER } from '#src/inspector/cdp.js';
import { openInProcess } from '#src/inspector/in-process.js';

// What is tested keeps no process alive by itself.
const hold = setInterval(() => {}, 1000);
after(() => clearInterval(hold));

test("a thread's own stack, and what it says of itself", async () => {
  const cdp = openInProcess('this-thread');
  try {
    // The session of one's own thread is served at once, on top of the caller's stack.
    const stack = await (function outermost() {
      return captureStack(cdp);
    })();
    assert.equal(stack.problem, null);
    assert.equal(stack.threadId, 0);
    const names = stack.frames.map((frame) => frame.function);
    assert.ok(names.includes('outermost'), names.join());
    assert.ok(!names.includes('describeOwnStack'), names.join());
  } finally {
    cdp.close();
  }
});

test("the application's settings of Error are put back, whatever they are", async () => {
  const cdp = openInProcess('this-thread');
  const prepare = (): string => 'mine';
  const before = Object.getOwnPropertyDescriptors(Error);
  try {
    Object.defineProperty(Error, 'prepareStackTrace', {
      value: prepare,
      configurable: true,
      writable: false,
    });
    Object.defineProperty(Error, 'stackTraceLimit', { get: () => 3, configurable: true });
    const { frames, problem } = await captureStack(cdp);
    assert.equal(problem, null);
    assert.ok(frames.length > 0);
    assert.equal(Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace')?.value, prepare);
    assert.equal(Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit')?.get?.(), 3);
  } finally {
    Object.defineProperty(Error, 'stackTraceLimit', before.stackTraceLimit as PropertyDescriptor);
    Reflect.deleteProperty(Error, 'prepareStackTrace');
    if (before.prepareStackTrace) Object.defineProperty(Error, 'prepareStackTrace', before.prepareStackTrace);
    cdp.close();
  }
});

test('a stack without end is cut', async () => {
  const cdp = openInProcess('this-thread');
  const deep = (depth: number): ReturnType<typeof captureStack> =>
    depth === 0 ? captureStack(cdp) : deep(depth - 1);
  try {
    const { frames, cut } = await deep(1000);
    assert.equal(frames.length, MAX_FRAMES);
    assert.equal(cut, true);
  } finally {
    cdp.close();
  }
});

test('evaluation: a value, an exception, an end by time', async () => {
  const cdp = openInProcess('this-thread');
  try {
    assert.deepEqual(await evaluate(cdp, '({ a: [1] })', 1000), { a: [1] });
    await assert.rejects(evaluate(cdp, 'missing', 1000), {
      name: 'CdpError',
      message: /missing is not defined/,
    });
    await assert.rejects(evaluate(cdp, 'for (;;);', 20), CdpError);
    await assert.rejects(cdp.post('No.such'), CdpError);
  } finally {
    cdp.close();
    cdp.close();
  }
  await assert.rejects(cdp.post('Runtime.evaluate'), /closed/);
});

test('no answer in time', async () => {
  assert.equal(await answerWithin(new Promise(() => {}), 5), NO_ANSWER);
  assert.equal(await answerWithin(Promise.resolve(1), 60_000), 1);
  await assert.rejects(answerWithin(Promise.reject(new Error('refused')), 60_000), /refused/);
});

test('workers: idle, spinning, within a worker', async (t) => {
  const outer = new Worker(
    `const { Worker } = require('node:worker_threads');
     new Worker('setTimeout(function spins() { for (;;); }, 1)', { eval: true, name: 'inner' }).on('online', () =>
       require('node:worker_threads').parentPort.postMessage('up'));`,
    { eval: true, name: 'outer' },
  );
  t.after(() => outer.terminate());
  await once(outer, 'message');
  // The inner one spins soon: look until it does.
  for (;;) {
    const cdp = openInProcess('this-thread');
    const { threads, problem } = await readWorkerStacks(cdp, null);
    cdp.close();
    assert.equal(problem, null);
    const stacks = new Map(
      threads.map(({ name, reading }) => [
        name,
        reading.outcome === 'answered' ? reading.stack.frames : null,
      ]),
    );
    assert.equal(stacks.size, 2);
    assert.ok(stacks.get('outer'));
    if (stacks.get('inner')?.[0]?.function === 'Timeout.spins [as _onTimeout]') break;
  }
});

test('a session that is closed gives a reason, not a rejection', async () => {
  const cdp = openInProcess('this-thread');
  cdp.close();
  const reading = await readStack(cdp);
  assert.deepEqual(reading, { outcome: 'not-asked', reason: 'the inspector session is closed' });
});
