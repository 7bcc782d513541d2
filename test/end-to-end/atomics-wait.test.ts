import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sectionOf, startApp } from '../support/app.js';

test(
  'a main thread that is in Atomics.wait is held up without harm to that wait',
  { skip: process.platform !== 'linux' && 'memory is read on Linux only' },
  async (t) => {
    // Time enough for the copy on a busy machine.
    const env = { GURU_GREEN_THREADS: 'memory', GURU_MAX_PAUSE: '2' };
    const app = await startApp(t, 'end-to-end/atomics-wait.mjs', { env });
    for (let n = 0; n < 5; n++) {
      const { status, reason, model } = sectionOf(await app.ask(), 'greenThreads');
      assert.equal(status, 'ok', reason);
      assert.equal(model?.groups[0]?.frames[0]?.function, 'waiting');
    }
    assert.ok(app.running, app.stderr());
  },
);
