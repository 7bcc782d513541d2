import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCoalescer, type Coalescer } from '#src/generation/coalesce.js';

interface Run {
  trigger: string;
  coalesced: number;
  startedAt: number;
  endedAt: number;
  end(): void;
  fail(error: Error): void;
}

/** A coalescer whose runs end when they are told to. */
function build(
  t: TestContext,
  minIntervalMs: number,
): { coalescer: Coalescer<string>; runs: Run[]; errors: unknown[] } {
  const runs: Run[] = [];
  const errors: unknown[] = [];
  const coalescer = createCoalescer<string>({
    minIntervalMs,
    onError: (error) => errors.push(error),
    run: (trigger, coalesced) =>
      new Promise((resolve, reject) => {
        const run: Run = {
          trigger,
          coalesced,
          startedAt: performance.now(),
          endedAt: Number.NaN,
          end() {
            run.endedAt = performance.now();
            resolve();
          },
          fail(error) {
            run.endedAt = performance.now();
            reject(error);
          },
        };
        runs.push(run);
      }),
  });
  // The coalescer's own timers do not keep the process alive.
  const alive = setInterval(() => undefined, 1_000);
  t.after(() => {
    clearInterval(alive);
    coalescer.dispose();
  });
  return { coalescer, runs, errors };
}

async function started(runs: Run[], count: number): Promise<Run> {
  for (let n = 0; n < 1_000 && runs.length < count; n++) await sleep(5);
  assert.equal(runs.length, count);
  const run = runs[count - 1];
  assert.ok(run);
  return run;
}

test('the first request runs at once', (t) => {
  const { coalescer, runs } = build(t, 1_000);
  coalescer.request('a');
  assert.deepEqual(
    runs.map((run) => [run.trigger, run.coalesced]),
    [['a', 0]],
  );
});

test('requests during a run make one more, for the latest of them', async (t) => {
  const { coalescer, runs } = build(t, 0);
  coalescer.request('a');
  for (const trigger of ['b', 'c', 'd']) coalescer.request(trigger);
  assert.equal(runs.length, 1);
  runs[0]?.end();
  const second = await started(runs, 2);
  assert.deepEqual([second.trigger, second.coalesced], ['d', 2]);
  second.end();
  await coalescer.idle();
  assert.equal(runs.length, 2);
});

test('the minimum interval lies between the end of a run and the start of the next', async (t) => {
  const { coalescer, runs } = build(t, 80);
  coalescer.request('a');
  await sleep(40);
  coalescer.request('b');
  runs[0]?.end();
  const second = await started(runs, 2);
  assert.ok(second.startedAt - (runs[0]?.endedAt ?? Number.NaN) >= 79);
  second.end();
  // Idle now, but the interval is not over.
  await sleep(1);
  coalescer.request('c');
  coalescer.request('d');
  assert.equal(runs.length, 2);
  const third = await started(runs, 3);
  assert.deepEqual([third.trigger, third.coalesced], ['d', 1]);
  assert.ok(third.startedAt - second.endedAt >= 79);
  third.end();
  await coalescer.idle();
  assert.equal(runs.length, 3);
});

test('a run that rejects or throws is told of and does not stop the next', async (t) => {
  const { coalescer, runs, errors } = build(t, 0);
  coalescer.request('a');
  coalescer.request('b');
  runs[0]?.fail(new Error('rejected'));
  const second = await started(runs, 2);
  second.end();
  await coalescer.idle();
  assert.deepEqual(errors, [new Error('rejected')]);

  const thrown: unknown[] = [];
  let count = 0;
  const throwing = createCoalescer<string>({
    minIntervalMs: 0,
    onError: (error) => thrown.push(error),
    run() {
      count++;
      throw new Error('thrown');
    },
  });
  for (const expected of [1, 2]) {
    throwing.request('a');
    await throwing.idle();
    assert.equal(count, expected);
  }
  assert.deepEqual(thrown, [new Error('thrown'), new Error('thrown')]);
});

test('a request from within a run is answered after it', async (t) => {
  const seen: string[] = [];
  const coalescer: Coalescer<string> = createCoalescer<string>({
    minIntervalMs: 0,
    onError: (error) => assert.fail(String(error)),
    run(trigger) {
      seen.push(trigger);
      if (trigger === 'outer') coalescer.request('inner');
      return Promise.resolve();
    },
  });
  t.after(() => coalescer.dispose());
  coalescer.request('outer');
  assert.deepEqual(seen, ['outer']);
  await coalescer.idle();
  assert.deepEqual(seen, ['outer', 'inner']);
});

test('idle resolves at once where there is nothing to wait for', async (t) => {
  await build(t, 1_000).coalescer.idle();
});

test('after disposal what is due is forgotten, and a run under way ends', async (t) => {
  const { coalescer, runs } = build(t, 10);
  coalescer.request('a');
  coalescer.request('b');
  coalescer.dispose();
  coalescer.dispose();
  coalescer.request('c');
  let idle = false;
  const settled = coalescer.idle().then(() => (idle = true));
  await sleep(0);
  assert.equal(idle, false);
  runs[0]?.end();
  await settled;
  assert.equal(runs.length, 1);

  const waiting = build(t, 60_000);
  waiting.coalescer.request('a');
  waiting.runs[0]?.end();
  await waiting.coalescer.idle();
  waiting.coalescer.request('b');
  const over = waiting.coalescer.idle();
  waiting.coalescer.dispose();
  await over;
  assert.equal(waiting.runs.length, 1);
});

test('a clock that is behind the timer holds the run back until the interval is over', async (t) => {
  let clock = 0;
  const starts: number[] = [];
  const coalescer = createCoalescer<string>({
    minIntervalMs: 10,
    now: () => clock,
    onError: (error) => assert.fail(String(error)),
    run() {
      starts.push(clock);
      return Promise.resolve();
    },
  });
  t.after(() => coalescer.dispose());
  coalescer.request('a');
  await coalescer.idle();
  coalescer.request('b');
  for (let n = 0; n < 1_000 && starts.length < 2; n++) {
    await sleep(5);
    clock++;
  }
  assert.equal(starts.length, 2);
  assert.ok((starts[1] ?? 0) >= 10);
});
