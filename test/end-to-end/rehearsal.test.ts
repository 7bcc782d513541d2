import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type App, sectionOf, startApp } from '../support/app.js';

/** What a thread other than the main one takes that rehearses, and no other thread of this program; ticks of 10 ms. */
const REHEARSING_TICKS = 15;
const REHEARSED_TICKS = 35;
const APP = 'end-to-end/large.mjs';
const OPTIONS = { env: { GURU_GREEN_THREADS: 'memory', GURU_DEADLINE: '60', GURU_MAX_PAUSE: '2' } };

const SKIP = process.platform !== 'linux' || process.arch !== 'x64';

test('a large process rehearses unasked, and then reports as any other', { skip: SKIP }, async (t) => {
  const app = await startApp(t, APP, OPTIONS);
  await app.until('rehearsal', () => busiestThread(app) >= REHEARSED_TICKS);
  assert.equal(app.stderr(), '');
  const report = await app.ask();
  const { status, model } = sectionOf(report, 'greenThreads');
  assert.equal(status, 'ok');
  const functions = model?.groups.map(({ frames }) => frames[0]?.function);
  assert.deepEqual(functions, ['waitsForHangup']);
});

test('a process that exits in the midst of a rehearsal is not held up', { skip: SKIP }, async (t) => {
  const app = await startApp(t, APP, OPTIONS);
  await app.until('rehearsal', () => busiestThread(app) >= REHEARSING_TICKS);
  app.signal('SIGHUP');
  assert.deepEqual(await app.exited, { code: 5, signal: null });
  assert.equal(app.stderr(), '');
});

/** CPU time of the thread that has taken most, the main thread apart; ticks. */
function busiestThread({ pid }: App): number {
  const ticks = readdirSync(`/proc/${pid}/task`)
    .filter((tid) => tid !== String(pid))
    .map((tid) => readTicks(`/proc/${pid}/task/${tid}/stat`));
  return Math.max(0, ...ticks);
}

function readTicks(path: string): number {
  try {
    const stat = readFileSync(path, 'latin1');
    const [user, system] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13);
    return Number(user) + Number(system);
  } catch {
    return 0; // it ended
  }
}
