import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { startProgram, waitFor } from '../support/program.mjs';
import { row } from '../support/row.mjs';

const PACKAGE = '@sentry-internal/node-native-stacktrace';
const PROCESSES = 5;

/** What is measured: how many workers register themselves besides the main thread, and what the main thread does. */
const CASES = [
  { what: 'idle, 10 idle workers', workers: 10, blocked: false },
  { what: 'blocked, 10 idle workers', workers: 10, blocked: true },
  { what: 'blocked, the main thread alone', workers: 0, blocked: true },
];

/**
 * That package gives the stacks of the threads that registered themselves, to any thread that asks; it has no trigger
 * and no report of its own. So a worker that listens on a socket asks it, and the time is that from the request on that
 * socket to the last byte of the stacks.
 */
export async function measureNativeStacks(options) {
  const directory = process.env['BENCH_SENTRY_DIR'];
  if (directory === undefined || !existsSync(join(directory, 'node_modules', PACKAGE))) {
    return [row(PACKAGE, 'ms', [], { note: 'not installed; see BENCH_SENTRY_DIR' })];
  }
  const rows = [];
  for (const { what, workers, blocked } of CASES) {
    const answers = [];
    for (let index = 0; index < options.samples(PROCESSES); index++) {
      const env = { BENCH_SENTRY_DIR: directory, BENCH_WORKERS: String(workers) };
      const program = startProgram(options, [], 'native-stacktrace.mjs', { env });
      await program.says('ready');
      await program.settled();
      if (blocked) {
        program.child.stdin.write('x');
        await program.says('spinning');
      }
      answers.push(await ask(Number(/ready (\d+)/.exec(program.stdout)[1])));
      await program.end();
    }
    const stacks = Object.values(answers[0].stacks);
    const withFrames = stacks.filter(({ frames }) => frames.length > 0).length;
    rows.push(
      row(
        `${PACKAGE}, ${what}`,
        'ms',
        answers.map(({ ms }) => ms),
        {
          note: `stacks only: ${withFrames} of ${stacks.length} threads have frames`,
        },
      ),
    );
  }
  return rows;
}

async function ask(port) {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const started = performance.now();
  let text = '';
  socket.setEncoding('utf8').on('data', (piece) => (text += piece));
  socket.setTimeout(20_000, () => socket.destroy(new Error('no stacks within 20 s')));
  socket.write('x');
  await once(socket, 'end');
  const ms = performance.now() - started;
  await waitFor('the end of the connection', () => socket.destroyed);
  return { ms, stacks: JSON.parse(text) };
}
