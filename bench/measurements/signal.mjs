import { measureNativeStacks } from '../neighbours/native-stacktrace.mjs';
import { REPORT_ON_SIGNAL } from '../neighbours/report-on-signal.mjs';
import { SET_UP, startProgram, WITH_GREEN_THREADS } from '../support/program.mjs';
import { askForReport } from '../support/report.mjs';
import { row } from '../support/row.mjs';

const PROCESSES = 12;

/** Reports of one process after its first. */
const LATER = 2;

/** As many as bench/apps/workers.mjs starts. */
const WORKERS = 10;

/** How long the neighbour that needs the event loop is waited for while the loop is blocked, ms. */
const BLOCKED_PATIENCE_MS = 5000;

/**
 * From a signal to the last byte of the report in the file that stderr is, JSON, of a service with ten idle workers;
 * idle itself, and with its main thread in `for(;;){}`. Beside it what else gives stacks of a running process.
 */
export async function measureSignal(options) {
  const ours = await sample(options, SET_UP, { isComplete });
  const green = await sample(options, SET_UP, { processes: 4, env: WITH_GREEN_THREADS, isComplete });
  const node = await sample(options, REPORT_ON_SIGNAL, { blockedPatienceMs: BLOCKED_PATIENCE_MS });
  const most300 = { target: { most: 300 }, by: 'max' };
  const most500 = { target: { most: 500 }, by: 'max' };
  return [
    row("idle, a process's first report", 'ms', ours.first, { ...most300, note: ours.note }),
    row('idle, its later reports', 'ms', ours.later, most300),
    row('blocked in for(;;){}, first report', 'ms', ours.blocked, { ...most500, note: ours.blockedNote }),
    row('blocked in for(;;){}, later reports', 'ms', ours.blockedLater, most500),
    row('size of the report', 'KB', ours.size),
    row('with Green Threads, idle', 'ms', [...green.first, ...green.later], { note: green.note }),
    row('with Green Threads, blocked', 'ms', [...green.blocked, ...green.blockedLater], {
      note: green.blockedNote,
    }),
    row('--report-on-signal, idle, first', 'ms', node.first),
    row('--report-on-signal, idle, later', 'ms', node.later),
    row('--report-on-signal, blocked', 'ms', node.blocked, { note: node.blockedNote }),
    row('--report-on-signal, size', 'KB', node.size),
    ...(await measureNativeStacks(options)),
  ];
}

/** `isComplete` says whether a report holds what it should; the notes count those that do not, and those that never came. */
async function sample(
  options,
  flags,
  { processes = PROCESSES, env, isComplete = () => true, blockedPatienceMs = 20_000 },
) {
  const found = { first: [], later: [], blocked: [], blockedLater: [], size: [] };
  const incomplete = { idle: 0, blocked: 0 };
  let missing = 0;
  const count = options.samples(processes);
  for (let index = 0; index < count; index++) {
    const program = await start(options, flags, env);
    for (let number = 0; number <= LATER; number++) {
      const answer = await askForReport(program);
      if (answer === null) throw new Error('no report of an idle service');
      (number === 0 ? found.first : found.later).push(answer.ms);
      if (!isComplete(answer.report)) incomplete.idle++;
      if (number === 0) found.size.push(JSON.stringify(answer.report).length / 1024);
    }
    await program.end();
  }
  for (let index = 0; index < count; index++) {
    const program = await start(options, flags, env);
    program.child.stdin.write('x');
    await program.says('spinning');
    for (let number = 0; number <= LATER; number++) {
      const answer = await askForReport(program, { patienceMs: blockedPatienceMs });
      if (answer === null) {
        missing++;
        break;
      }
      (number === 0 ? found.blocked : found.blockedLater).push(answer.ms);
      if (!isComplete(answer.report)) incomplete.blocked++;
    }
    await program.end();
  }
  const none = `none within ${blockedPatienceMs / 1000} s: ${missing} of ${count}`;
  const describe = (number) => (number > 0 ? `INCOMPLETE: ${number}` : '');
  return {
    ...found,
    note: describe(incomplete.idle),
    blockedNote: missing > 0 ? none : describe(incomplete.blocked),
  };
}

/** All threads of the program are there, with the stack of each that can have one. */
function isComplete(report) {
  const { status, model } = report.sections.find(({ kind }) => kind === 'threads');
  const ofKind = (kind) => model.threads.filter((thread) => thread.kind === kind);
  return status === 'ok' && ofKind('main').length === 1 && ofKind('worker').length === WORKERS;
}

async function start(options, flags, env) {
  const program = startProgram(options, flags, 'workers.mjs', { env });
  await program.says('ready');
  await program.settled();
  return program;
}
