import { setTimeout as sleep } from 'node:timers/promises';
import { longestWait } from '../support/longest-wait.mjs';
import { SET_UP, startProgram, WITH_GREEN_THREADS } from '../support/program.mjs';
import { askForReport } from '../support/report.mjs';
import { row } from '../support/row.mjs';

const PROCESSES = 5;
const REPORTS = 8;

/**
 * How long a report holds the main thread of an idle service up: the longest that a timer of 1 ms had to wait in a
 * window with a report, beside a window of the same length without one just before.
 */
export async function measurePause(options) {
  const plain = await sample(options, {});
  const green = await sample(options, WITH_GREEN_THREADS);
  return [
    row('longest wait of a 1 ms timer, no report', 'ms', plain.quiet),
    row("the same during a process's first report", 'ms', plain.first),
    row('the same during its later reports', 'ms', plain.later),
    row('mainThreadPauseMs as the reports say', 'ms', plain.said),
    row('with Green Threads: longest wait', 'ms', [...green.first, ...green.later]),
    row('with Green Threads: mainThreadPauseMs', 'ms', green.said),
  ];
}

async function sample(options, env) {
  const found = { quiet: [], first: [], later: [], said: [] };
  for (let index = 0; index < options.samples(PROCESSES); index++) {
    const program = startProgram(options, SET_UP, 'ticker.mjs', { env, ipc: true });
    await program.says('ready');
    await sleep(1000);
    let windowMs = 100;
    for (let number = 0; number < REPORTS; number++) {
      await longestWait(program);
      await sleep(windowMs);
      found.quiet.push((await longestWait(program)).longest);
      const answer = await askForReport(program);
      if (answer === null) throw new Error('no report');
      (number === 0 ? found.first : found.later).push((await longestWait(program)).longest);
      windowMs = answer.ms;
      found.said.push(answer.report.timings.mainThreadPauseMs);
    }
    await program.end();
  }
  return found;
}
