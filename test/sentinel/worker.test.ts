import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { resolveSettings } from '#src/config/settings.js';
import { readProcessFacts } from '#src/main-thread/autorun.js';
import type { FromSentinel, SentinelData, ToSentinel } from '#src/sentinel/protocol.js';
import { createSlots, SLOT } from '#src/sentinel/slots.js';
import type { Report } from '#src/report/schema.js';

test('where the internal signal wrap is missing, the main thread passes signals on and the report says so', async (t) => {
  const logDir = mkdtempSync(join(tmpdir(), 'guru-sentinel-'));
  t.after(() => rmSync(logDir, { recursive: true }));
  const slots = createSlots();
  const workerData: SentinelData = {
    slots,
    settings: { ...resolveSettings({}, {}).settings, logDir, format: 'json', minInterval: 0 },
    facts: readProcessFacts(),
    sections: [],
    since: Date.now(),
    lastConfiguration: null,
  };
  // As the main thread starts it, but for the flag that lets it reach Node's internals.
  const worker = new Worker(new URL(import.meta.resolve('#src/sentinel/worker.js')), {
    workerData,
    execArgv: [],
  });
  t.after(() => worker.terminate());
  const received: FromSentinel[] = [];
  worker.on('message', (message: FromSentinel) => received.push(message));
  await once(worker, 'message');
  const [ready] = received;
  assert.equal(ready?.type, 'ready');
  assert.match(
    ready?.type === 'ready' ? (ready.signalProblem ?? '') : '',
    /^the sentinel cannot receive signals on this Node: /,
  );

  const post = (message: ToSentinel): void => worker.postMessage(message);
  post({ type: 'signals-seen', count: 2 });
  const delivered = (): boolean =>
    received.some((message) => message.type === 'due' && message.trigger === null);
  while (!delivered()) await once(worker, 'message');
  assert.equal(Atomics.load(slots, SLOT.SIGNALS_TAKEN), 2);
  const [file] = readdirSync(logDir);
  const report = JSON.parse(readFileSync(join(logDir, file ?? ''), 'utf8')) as Report;
  assert.equal(report.trigger.receivedBy, 'main');
  assert.match(report.trigger.reason ?? '', /cannot receive signals/);
  // What the main thread has seen and the sentinel has taken up already makes no second report.
  post({ type: 'signals-seen', count: 2 });
  post({ type: 'generate', requestId: 1 });
  while (!received.some(({ type }) => type === 'generated')) await once(worker, 'message');
  assert.equal(readdirSync(logDir).length, 1);
});
