import { freemem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildGoroutines, DUMPS, Goroutines } from '../neighbours/goroutines.mjs';
import { longestWait } from '../support/longest-wait.mjs';
import { residentMemory, watchPeak } from '../support/peak-memory.mjs';
import { SET_UP, startProgram, WITH_GREEN_THREADS } from '../support/program.mjs';
import { askForReport } from '../support/report.mjs';
import { row } from '../support/row.mjs';
import { median } from '../support/statistics.mjs';

/** Suspended functions and MB of small objects; what is held against a target, in ms and MB; what `--quick` takes. */
const CASES = [
  { functions: 1_000, heap: 20, quick: true },
  { functions: 10_000, heap: 20 },
  { functions: 100_000, heap: 20 },
  { functions: 1_000, heap: 100 },
  { functions: 10_000, heap: 100, quick: true, targets: { wait: 20, total: 400 } },
  { functions: 100_000, heap: 100 },
  { functions: 1_000, heap: 1000 },
  { functions: 10_000, heap: 1000 },
  { functions: 100_000, heap: 1000, maxPause: '0.05', targets: { wait: 50, total: 2500, memory: 150 } },
];

/** A snapshot takes minutes, and gigabytes, of what is larger. */
const SNAPSHOT_MOST = { functions: 10_000, heap: 100 };

/** A case ends with what it has when it took this long; what runs then is still waited for. */
const CASE_MS = 480_000;

/** Free memory that a program needs, as a multiple of its heap: while V8 fills it, twice as much may be in use. */
const ROOM = 3;

/**
 * After a program filled its heap V8 gives memory back for some seconds, which would hide what a report takes. When it has
 * been idle for about ten seconds V8 collects once more, to give back the rest: a collection of 1 GB takes all processors for a second,
 * and whatever is measured then is that. It is at rest when what is resident stays within some MB for longer than this.
 */
const REST = { forMs: 15_000, withinMB: 2, mostMs: 60_000 };

/** The window without a report is as long as the report before it took, within these bounds, ms. */
const WINDOW_MS = { first: 500, least: 100, most: 5000 };

/** What is taken of each process: its first report, and `later` ones. */
const COLLECTORS = {
  memory: {
    name: 'memory',
    processes: 3,
    later: 4,
    patienceMs: 30_000,
    collector: 'memory',
    env: WITH_GREEN_THREADS,
  },
  snapshot: {
    name: 'snapshot',
    processes: 2,
    later: 1,
    patienceMs: 150_000,
    collector: 'snapshot',
    env: { GURU_GREEN_THREADS: 'snapshot' },
  },
  goText: { name: 'Go, text of each', processes: 2, later: 4, debug: DUMPS.text },
  goGrouped: { name: 'Go, grouped', processes: 2, later: 4, debug: DUMPS.grouped },
};

/**
 * Reports with Green Threads of programs with many suspended functions on large heaps: how long the main thread is held
 * up, how long it takes, how much memory; beside it the snapshot collector and Go's dumps of as many goroutines. The
 * collectors take turns.
 */
export async function measureGreenThreads(options) {
  if (process.platform !== 'linux') {
    return [row('green threads from memory', 'ms', [], { note: 'read from /proc, so on Linux only' })];
  }
  const cases = CASES.filter((each) => isWanted(each, options));
  if (cases.length === 0) throw new Error(`BENCH_CASE is none of ${CASES.map(titleOf).join('; ')}`);
  const go = buildGoroutines();
  const rows = [];
  try {
    for (const setting of cases) {
      rows.push(...(await measureCase(options, setting, go)));
    }
  } finally {
    go.remove?.();
  }
  return rows;
}

/** BENCH_CASE names one as the table does. */
function isWanted(setting, options) {
  const only = process.env['BENCH_CASE'];
  return only === undefined ? !options.quick || setting.quick === true : titleOf(setting) === only;
}

function titleOf({ heap, functions }) {
  return `${heap} MB, ${functions / 1000}k`;
}

async function measureCase(options, setting, go) {
  const title = titleOf(setting);
  if (freemem() < setting.heap * 1e6 * ROOM)
    return [row(title, 'ms', [], { note: 'too little free memory' })];
  const until = performance.now() + CASE_MS;
  const samples = collectorsFor(setting, go).map((how) => newSample(how, options));
  const rounds = Math.max(...samples.map(({ processes }) => processes));
  for (let round = 0; round < rounds; round++) {
    // Each goes first in its turn.
    const order = samples.map((_, index) => samples[(index + round) % samples.length]);
    for (const sample of order) {
      if (round >= sample.processes) continue;
      if (performance.now() > until) sample.isCut = true;
      else await measureProcess(options, setting, sample, { go, until });
    }
  }
  const [ours] = samples;
  const rows = samples.flatMap((sample) => rowsOf(title, sample, sample === ours ? null : ours, setting));
  return go.why === undefined ? rows : [...rows, row(`${title}, Go`, 'ms', [], { note: go.why })];
}

/** The one that others are compared with comes first. */
function collectorsFor({ functions, heap }, go) {
  const { memory, snapshot, goText, goGrouped } = COLLECTORS;
  const isSmall = functions <= SNAPSHOT_MOST.functions && heap <= SNAPSHOT_MOST.heap;
  return [memory, ...(isSmall ? [snapshot] : []), ...(go.why === undefined ? [goText, goGrouped] : [])];
}

function newSample(how, options) {
  const figures = () => ({ wait: [], outsideGc: [], total: [], memory: [] });
  return {
    how,
    // Not a fifth: even with --quick a snapshot takes its time, and a first report needs a later one beside it.
    processes: options.quick ? Math.ceil(how.processes / 2) : how.processes,
    later: options.quick ? Math.ceil(how.later / 2) : how.later,
    quiet: [],
    first: figures(),
    following: figures(),
    said: [],
    section: [],
    about: '',
    before: [],
    kept: [],
    missing: 0,
    faults: new Map(),
    isCut: false,
  };
}

/** One process, and all of its reports. Memory is above what was resident before the first. */
async function measureProcess(options, setting, sample, { go, until }) {
  const env = { BENCH_FUNCTIONS: String(setting.functions), BENCH_HEAP_MB: String(setting.heap) };
  const subject =
    sample.how.debug === undefined
      ? await startOurs(options, setting, sample, env)
      : await startGo(go.path, sample, env);
  const { program } = subject;
  sample.about = /^heap .*$/m.exec(program.stdout)[0];
  const before = await memoryAtRest(program.pid);
  sample.before.push(before);
  let windowMs = WINDOW_MS.first;
  for (let number = 0; number <= sample.later; number++) {
    if (number > 0 && performance.now() > until) {
      sample.isCut = true;
      break;
    }
    if (number > 0) sample.kept.push(residentMemory(program.pid) - before);
    await subject.longestWait();
    await sleep(windowMs);
    sample.quiet.push((await subject.longestWait()).longest);
    const peak = watchPeak(program.pid);
    const ms = await subject.report();
    const memory = peak() - before;
    if (ms === null) {
      sample.missing++;
      // The library says in a line why there is no report, if it can.
      console.error(`${sample.how.name}: no report. ${program.stderr().slice(-1000)}`);
      break;
    }
    const into = number === 0 ? sample.first : sample.following;
    const { longest, outsideGc } = await subject.longestWait();
    into.wait.push(longest);
    if (outsideGc !== undefined) into.outsideGc.push(outsideGc);
    into.total.push(ms);
    into.memory.push(memory);
    windowMs = Math.min(WINDOW_MS.most, Math.max(WINDOW_MS.least, ms));
  }
  await program.end();
}

/** @returns {Promise<number>} what is resident then, MB. */
async function memoryAtRest(pid) {
  const until = performance.now() + REST.mostMs;
  for (let before = residentMemory(pid); ;) {
    await sleep(REST.forMs);
    const now = residentMemory(pid);
    if (Math.abs(now - before) <= REST.withinMB || performance.now() > until) return now;
    before = now;
  }
}

async function startOurs(options, setting, sample, env) {
  const { how } = sample;
  const pause = setting.maxPause === undefined ? {} : { GURU_MAX_PAUSE: setting.maxPause };
  const flags = ['--expose-gc', `--max-old-space-size=${setting.heap * 2 + 1000}`, ...SET_UP];
  const program = startProgram(options, flags, 'suspended.mjs', {
    env: { ...env, ...how.env, ...pause },
    ipc: true,
  });
  await program.says('ready');
  return {
    program,
    longestWait: () => longestWait(program),
    async report() {
      const answer = await askForReport(program, { patienceMs: how.patienceMs });
      if (answer === null) return null;
      const section = answer.report.sections.find(({ kind }) => kind === 'greenThreads');
      sample.said.push(answer.report.timings.mainThreadPauseMs);
      sample.section.push(section.durationMs);
      const fault = faultOf(section, how.collector, setting.functions);
      if (fault !== null) sample.faults.set(fault, (sample.faults.get(fault) ?? 0) + 1);
      return answer.ms;
    },
  };
}

async function startGo(path, { how }, env) {
  const goroutines = await Goroutines.start(path, env);
  return {
    program: goroutines.program,
    longestWait: async () => ({ longest: await goroutines.longestWait() }),
    report: () => goroutines.dump(how.debug),
  };
}

/** Why a section is not all that it should be: a fast report that lacks something proves nothing. */
function faultOf({ status, reason, model }, collector, functions) {
  if (status !== 'ok') return `${status}: ${reason.replaceAll(/\d+/g, 'n')}`;
  if (model.collector !== collector) return `by ${model.collector}: ${model.fallback}`;
  return model.total < functions ? `only ${model.total} functions` : null;
}

/** @param base what it is compared with, or `null` for that itself, which has the targets. */
function rowsOf(title, sample, base, { targets }) {
  const what = (text) => `${title}, ${sample.how.name}: ${text}`;
  const against = (target) =>
    base === null && target !== undefined ? { target: { most: target }, by: 'max' } : {};
  const figures = (text, unit, which, kind, target) =>
    row(what(text), unit, sample[which][kind], {
      ...against(target),
      note: base === null ? '' : ratio(sample[which][kind], base[which][kind]),
    });
  const isOurs = sample.how.debug === undefined;
  const note = [sample.about, ...residentBefore(sample), ...failings(sample)].join('; ');
  return [
    row(what('longest wait of a 1 ms timer, no report'), 'ms', sample.quiet, { note }),
    figures('longest wait, first report', 'ms', 'first', 'wait'),
    figures('longest wait, later reports', 'ms', 'following', 'wait'),
    // V8 collects the application's garbage when it sees fit, with a report or without, and stops the application for it.
    ...(isOurs
      ? [
          figures("the same apart from V8's collections, first", 'ms', 'first', 'outsideGc', targets?.wait),
          figures(
            "the same apart from V8's collections, later",
            'ms',
            'following',
            'outsideGc',
            targets?.wait,
          ),
          row(what('mainThreadPauseMs as the reports say'), 'ms', sample.said),
        ]
      : []),
    figures('until complete, first report', 'ms', 'first', 'total', targets?.total),
    figures('until complete, later reports', 'ms', 'following', 'total', targets?.total),
    ...(isOurs ? [row(what('durationMs of the section'), 'ms', sample.section)] : []),
    figures('peak memory added, first report', 'MB', 'first', 'memory', targets?.memory),
    figures('peak memory added, later reports', 'MB', 'following', 'memory', targets?.memory),
    row(what('memory added, between reports'), 'MB', sample.kept),
  ];
}

function residentBefore({ before }) {
  return before.length === 0 ? [] : [`${Math.round(median(before))} MB resident before`];
}

function failings({ faults, missing, isCut, how }) {
  return [
    ...[...faults].map(([fault, count]) => `INCOMPLETE, ${count} times: ${fault}`),
    ...(missing > 0 ? [`none within ${how.patienceMs / 1000} s: ${missing}`] : []),
    ...(isCut ? [`cut short after ${CASE_MS / 1000} s`] : []),
  ];
}

function ratio(samples, base) {
  if (samples.length === 0 || base.length === 0) return '';
  return `${Number((median(samples) / median(base)).toPrecision(2))} times memory's`;
}
