import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TaskOutcome } from '#src/generation/main-thread-access.js';
import { runBounded } from '#src/main-thread/run-bounded.js';
import { describeThrown, runTask } from '#src/main-thread/run-task.js';
import type { SectionGenerator, SectionViews } from '#src/main-thread/section-registry.js';

const run = async (generator: SectionGenerator, budgetMs = 60_000): Promise<Omit<TaskOutcome, 'heldMs'>> => {
  const { heldMs, ...rest } = await runTask(
    { kind: 'model', sectionId: 1 },
    { generator, views: {} },
    runBounded,
    budgetMs,
  );
  assert.ok(heldMs >= 0);
  return rest;
};

test('a model, at once or later', async () => {
  assert.deepEqual(await run(() => ({ a: 1 })), { status: 'ok', value: { a: 1 } });
  assert.deepEqual(await run(async () => 'text'), { status: 'ok', value: 'text' });
  assert.deepEqual(await run(() => undefined), { status: 'ok', value: null });
});

test('whatever a generator does, there is an outcome', async () => {
  const thenable = {
    // oxlint-disable-next-line unicorn/no-thenable -- a hostile value
    get then(): never {
      throw new Error('no then');
    },
  };
  const cases: [SectionGenerator, RegExp][] = [
    [() => assert.fail('boo'), /^threw AssertionError: boo$/],
    [() => Promise.reject(new TypeError('later')), /^rejected with TypeError: later$/],
    [() => Promise.reject(null), /^rejected with object null$/],
    [() => thenable, /^threw Error: no then$/],
  ];
  for (const [generator, reason] of cases) {
    const outcome = await run(generator);
    assert.equal(outcome.status, 'failed');
    assert.match(outcome.reason ?? '', reason);
    assert.equal(outcome.value, null);
  }
});

test('one that loops, or makes a model that does, is ended', async () => {
  const loops = (): never => {
    for (;;);
  };
  for (const generator of [
    loops,
    () => ({
      get x() {
        return loops();
      },
    }),
    async () => ({
      get x() {
        return loops();
      },
    }),
  ]) {
    const outcome = await run(generator);
    assert.deepEqual([outcome.status, outcome.reason], ['timeout', 'ran longer than 500 ms and was ended']);
  }
});

test('one that never settles is given up, and told so', async (t) => {
  const hold = setInterval(() => {}, 1000); // the time limit alone does not keep a process alive
  t.after(() => clearInterval(hold));
  let aborted = false;
  const outcome = await run(({ signal }) => {
    signal.addEventListener('abort', () => (aborted = true));
    return new Promise(() => {});
  }, 30);
  assert.deepEqual([outcome.status, outcome.reason], ['timeout', 'did not settle within 30 ms']);
  assert.equal(aborted, true);
});

test('views', async () => {
  const views: SectionViews = {
    text: (model) => `model ${JSON.stringify(model)}`,
    xml: () => assert.fail('no view'),
  };
  const view = (which: 'text' | 'xml'): TaskOutcome | Promise<TaskOutcome> =>
    runTask(
      { kind: 'view', sectionId: 1, view: which, model: [1] },
      { generator: () => 0, views },
      runBounded,
      1000,
    );
  assert.equal((await view('text')).value, 'model [1]');
  assert.deepEqual(
    [(await view('xml')).status, (await view('xml')).reason],
    ['failed', 'threw AssertionError: no view'],
  );
});

test('anything thrown can be described in a line', () => {
  const hostile = new Proxy({}, { get: () => assert.fail(), getPrototypeOf: () => assert.fail() });
  assert.equal(describeThrown(hostile), 'something that cannot be described');
  assert.equal(describeThrown(new Error('two\nlines')), 'Error: two lines');
  assert.equal(describeThrown(Symbol('s')), 'symbol Symbol(s)');
});
