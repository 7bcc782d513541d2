import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appPath, EMPTY_WORKER, ENVIRONMENT, SET_UP } from '../support/program.mjs';
import { added, differenceRows, row } from '../support/row.mjs';

const OCCASIONS = 40;

const FLAGS = { without: [], worker: EMPTY_WORKER, with: SET_UP };

/**
 * What being set up adds to the start of a program and to its end: tiny programs that are started again and again, with
 * and without, the order turned each time.
 */
export async function measureStartUp(options) {
  const start = await measure(options, 'first-line.cjs', OCCASIONS);
  const empty = await measure(options, 'empty.cjs', OCCASIONS);
  const end = await measure(options, 'exit-later.cjs', OCCASIONS / 2);
  const cpu = start.cpu.every((taken) => Number.isFinite(taken.with)) ? start.cpu : [];
  return [
    ...differenceRows('process start to first line', 'ms', start.toLine, { target: { most: 25 } }),
    row('CPU time of the main thread until then, added', 'ms', added(cpu, 'with')),
    row('CPU time of the main thread, added by an empty worker', 'ms', added(cpu, 'worker')),
    ...differenceRows('an empty program from start to end', 'ms', empty.toEnd),
    ...differenceRows('end of a program that ran 300 ms', 'ms', end.afterLine),
  ];
}

/** Lists of `{ without, worker, with }`: ms to the line that the program prints, of CPU time, to its end, and from line to end. */
async function measure(options, app, count) {
  const lists = { toLine: [], cpu: [], toEnd: [], afterLine: [] };
  for (let occasion = 0; occasion < options.samples(count); occasion++) {
    const order = Object.keys(FLAGS);
    if (occasion % 2 === 1) order.reverse();
    const taken = Object.fromEntries(Object.keys(lists).map((what) => [what, {}]));
    for (const which of order) {
      const figures = await run(options, FLAGS[which], app);
      for (const [what, value] of Object.entries(figures)) taken[what][which] = value;
    }
    for (const [what, list] of Object.entries(lists)) list.push(taken[what]);
  }
  return lists;
}

async function run({ node }, flags, app) {
  const started = now();
  const child = spawn(node, [...flags, appPath(app)], {
    env: ENVIRONMENT,
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 30_000,
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  const closed = once(child, 'close');
  const [code] = await once(child, 'exit');
  const ended = now();
  await closed;
  if (code !== 0) throw new Error(`${app} ended with ${code}`);
  const line = stdout === '' ? { now: Number.NaN, cpu: null } : JSON.parse(stdout);
  const printed = line.now / 1e6;
  return {
    toLine: printed - started,
    cpu: line.cpu === null ? Number.NaN : line.cpu / 1e6,
    toEnd: ended - started,
    afterLine: ended - printed,
  };
}

/** The monotonic clock, which all processes share, ms. */
function now() {
  return Number(process.hrtime.bigint()) / 1e6;
}
