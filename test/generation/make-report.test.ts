import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Settings } from '#src/config/options.js';
import type { MainThreadAccess, TaskOutcome } from '#src/generation/main-thread-access.js';
import { makeReport, type ReportInput } from '#src/generation/make-report.js';
import type { Report } from '#src/report/schema.js';

const SETTINGS: Settings = {
  package: { vendor: 'ACME', product: 'Billing', version: '1' },
  serviceName: 'billing',
  signal: 'SIGUSR2',
  logDir: null,
  fileEventHandler: null,
  fileEventHandlerInterval: 1,
  format: 'text',
  configFile: null,
  minInterval: 1,
  deadline: 1,
  greenThreads: 'off',
  greenThreadsMaxHeap: 32,
  maxPause: 0.02,
  rehearsal: true,
  socket: true,
  mask: { names: [], patterns: [] },
  environment: [],
};

const ANSWERING: MainThreadAccess = {
  captureThreads: () => Promise.resolve({ threads: [], problem: null }),
  runTasks: (tasks) => Promise.resolve(tasks.map(() => ({ status: 'ok', value: { groups: {} }, heldMs: 1 }))),
  collectStacks: () => Promise.resolve({ threads: [], fallback: null }),
  openMachineStacks: () => Promise.resolve(null),
  close: () => {},
};

function make(mainThread: MainThreadAccess, input: Partial<ReportInput> = {}): Promise<Report> {
  return makeReport(
    { kind: 'api', receivedBy: 'sentinel' },
    {
      settings: SETTINGS,
      facts: {
        hostname: 'host',
        mainScript: null,
        argv: [],
        execArgv: [],
        environment: {},
        inspectorProblem: null,
        startedAt: 0,
      },
      sections: [],
      mainThread,
      lastConfiguration: null,
      ownKind: 'sentinel',
      ownTid: null,
      ...input,
    },
  );
}

const statuses = (report: Report): string[] =>
  report.sections.map(({ title, status }) => `${title} ${status}`);

test('all sections stand in their order, whoever was ready first', async () => {
  const sections = [
    { id: 7, title: 'Zebras', views: [] },
    { id: 8, title: 'Apples', views: [] },
  ];
  const report = await make(ANSWERING, { sections });
  assert.deepEqual(statuses(report), [
    'Package ok',
    'Threads ok',
    'Processes ok',
    'Configuration ok',
    'Zebras ok',
    'Apples ok',
  ]);
  assert.equal(report.timings.mainThreadPauseMs, 3);
});

test('a main thread that never answers costs its sections, not the report', async (t) => {
  const hold = setInterval(() => {}, 1000); // the report's own timers do not keep a process alive
  t.after(() => clearInterval(hold));
  const never: MainThreadAccess = {
    captureThreads: () => new Promise(() => {}),
    runTasks: () => new Promise(() => {}),
    collectStacks: () => Promise.resolve({ threads: [], fallback: null }),
    openMachineStacks: () => Promise.resolve(null),
    close: () => {},
  };
  const report = await make(never, { sections: [{ id: 1, title: 'Mine', views: ['text'] }] });
  assert.deepEqual(statuses(report), [
    'Package ok',
    'Threads timeout',
    'Processes ok',
    'Configuration timeout',
    'Mine timeout',
  ]);
  assert.equal(report.sections[1]?.reason, 'not ready within the deadline of 1 s');
});

test('without an answer the configuration is that of earlier, and says so', async () => {
  const silent: MainThreadAccess = {
    ...ANSWERING,
    runTasks: (tasks) =>
      Promise.resolve(tasks.map(() => ({ status: 'skipped', reason: 'it sleeps', value: null, heldMs: 0 }))),
  };
  const lastConfiguration: TaskOutcome = {
    status: 'ok',
    value: { groups: { default: { a: 1 } } },
    heldMs: 0,
  };
  const [, , , earlier] = (await make(silent, { lastConfiguration })).sections;
  assert.deepEqual(
    [earlier?.status, earlier?.reason, earlier?.model],
    ['partial', 'it sleeps; these are the values as they were earlier', { groups: { default: { a: 1 } } }],
  );
  const [, , , none] = (await make(silent)).sections;
  assert.deepEqual([none?.status, none?.reason, none?.model], ['skipped', 'it sleeps', null]);
});

test('what the views of a section print is masked too', async () => {
  const secret = 'ghp_0123456789abcdefghijABCDEFGHIJ012345';
  const leaking: MainThreadAccess = {
    ...ANSWERING,
    runTasks: (tasks) =>
      Promise.resolve(
        tasks.map((task) => ({
          status: 'ok',
          heldMs: 0,
          value: task.kind === 'view' ? `my token is ${secret}` : { groups: {} },
        })),
      ),
  };
  const report = await make(leaking, { sections: [{ id: 1, title: 'Leak', views: ['text'] }] });
  const views = report.sections.at(-1)?.views;
  assert.ok(views?.text?.startsWith('my token is '));
  assert.ok(!JSON.stringify(report).includes(secret));
});
