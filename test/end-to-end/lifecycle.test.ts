import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type App, mainThreadOf, startApp, type StartOptions } from '../support/app.js';

const inCode = (what: string, ...args: string[]): StartOptions => ({ nodeArgs: [], args: [what, ...args] });
/** Asks until the sentinel receives the signal itself: right after its start the main thread still does. */
async function untilSentinelServes(app: App): Promise<void> {
  while ((await app.ask()).trigger.receivedBy !== 'sentinel');
}

/**
 * One signal after the other, but no storm of them: on 24 V8 measures the processor's frequency once when threads first want the same lock,
 * in short sleeps, and hundreds of thousands of signals a second make that last for seconds.
 */
const SIGNALS_MS = 1;
const withoutReports = (stderr: string): string => stderr.replace(/\{\n {2}"schemaVersion"[^]*?\n\}\n/g, '');

const APP = 'end-to-end/lifecycle.mjs';

test('a process that is set up ends when it has nothing more to do, and prints nothing', async (t) => {
  const app = await startApp(t, APP, inCode('end'));
  assert.deepEqual(await app.exited, { code: 0, signal: null });
  assert.equal(app.stderr(), '');
});

test('a signal before the sentinel is ready neither kills nor is lost', async (t) => {
  const app = await startApp(t, APP, inCode('signal at once'));
  const report = await app.report();
  assert.equal(report.trigger.receivedBy, 'main');
  assert.equal(report.trigger.reason, 'it came before the sentinel was ready');
  assert.equal((await app.ask()).trigger.receivedBy, 'sentinel');
  assert.equal(app.reports().length, 2);
});

test("the application's own listener for the signal still runs", async (t) => {
  const app = await startApp(t, APP, inCode('own listener'));
  await app.ask();
  await app.until('the listener', () => app.stdout.includes('the application saw it'));
});

test('the sentinel serves even if the application removes all listeners for the signal', async (t) => {
  const app = await startApp(t, APP, inCode('remove all listeners'));
  assert.equal((await app.ask()).trigger.receivedBy, 'sentinel');
});

test('when the sentinel dies the main thread serves until there is a new one, and for good in the end', async (t) => {
  const app = await startApp(t, APP, inCode('kill sentinel'));
  await untilSentinelServes(app);
  for (let life = 1; life <= 4; life++) {
    app.signal('SIGHUP');
    await app.until('the death', () => app.stdout.includes(`terminated ${life}`));
    const meanwhile = await app.ask();
    assert.equal(meanwhile.trigger.receivedBy, 'main');
    assert.match(meanwhile.trigger.reason ?? '', /^the sentinel died: /);
    assert.equal(meanwhile.sections.length, 4);
    if (life === 4) break;
    await untilSentinelServes(app);
  }
  await app.until('the line', () => app.stderr().includes('the main thread serves from here on'));
  assert.equal((await app.ask()).trigger.receivedBy, 'main');
  assert.equal(mainThreadOf(await app.ask()).state, 'running');
});

test('exit in the middle of a report is prompt and silent', async (t) => {
  const app = await startApp(t, APP, inCode('exit in report'));
  app.signal();
  assert.deepEqual(await app.exited, { code: 5, signal: null });
  assert.equal(app.stderr(), '');
});

test('exit at any moment of a report never waits for the inspector', async (t) => {
  for (let ms = 0; ms <= 120; ms += 8) {
    const app = await startApp(t, APP, inCode('spin and exit', String(ms)));
    while (app.running) {
      app.signal();
      await sleep(SIGNALS_MS);
    }
    assert.deepEqual(await app.exited, { code: 5, signal: null });
    assert.equal(withoutReports(app.stderr()), '', `exit after ${ms} ms`);
  }
});

test('a report that is asked for while the process exits does not hold it up', async (t) => {
  const app = await startApp(t, APP, inCode('exit slowly'));
  while (app.running) {
    if (app.stdout.includes('exiting')) app.signal();
    await sleep(SIGNALS_MS);
  }
  assert.deepEqual(await app.exited, { code: 5, signal: null });
  assert.equal(withoutReports(app.stderr()), '');
});

test('a second set-up takes over from the first, and dispose gives everything back', async (t) => {
  const app = await startApp(t, APP, inCode('reconfigure'));
  app.signal('SIGHUP');
  const report = await app.report();
  assert.equal(report.trigger.detail, 'SIGHUP');
  assert.equal(report.process.serviceName, 'second');
  app.signal('SIGUSR2');
  await app.until('the application', () => app.stdout.includes("SIGUSR2 is the application's again"));
  app.signal('SIGTERM');
  await app.until('disposal', () => app.stdout.includes('disposed'));
  app.signal('SIGHUP');
  assert.deepEqual(await app.exited, { code: null, signal: 'SIGHUP' });
  assert.equal(app.reports().length, 1);
});

test('reports that are asked for too fast are made together, and none is forgotten', async (t) => {
  const app = await startApp(t, 'end-to-end/idle.mjs', { env: { GURU_MIN_INTERVAL: '0.2' } });
  await app.ask();
  for (let i = 0; i < 20; i++) {
    app.signal();
    await new Promise(setImmediate);
  }
  const second = await app.report(2);
  assert.ok(second.trigger.coalesced === undefined || second.trigger.coalesced > 0);
  const [first] = app.reports();
  const gap = Date.parse(second.generatedAt) - Date.parse(first?.generatedAt ?? '');
  assert.ok(gap >= 200, `the reports are ${gap} ms apart`);
});

test('a signal that comes while the sentinel loads finds the sections that were registered before it', async (t) => {
  const app = await startApp(t, 'end-to-end/early-section.mjs', { nodeArgs: [] });
  const report = await app.report();
  assert.equal(report.sections.at(-1)?.title, 'Early');
});
