import type { ConfiguredTrigger } from '../../meeting/protocol.js';
import { readProcessStatus } from '../../os/linux/process-status.js';
import { readProcFile } from '../../os/linux/proc-file.js';
import { readStat, TICKS_PER_SECOND } from '../../os/linux/stat.js';
import { readUserNames } from '../../os/linux/users.js';
import { askStatus, type SetUp } from '../target/ask-status.js';
import { Listeners } from '../target/listeners.js';
import type { NodeProcess } from '../target/node-process.js';
import { namesOf } from '../target/resolve.js';
import { cpuShare, type LoopState, LoopWatch } from './loop-state.js';

/** One line of `guru ps`. */
export interface ProcessRow {
  pid: number;
  ppid: number;
  uid: number;
  user: string | null;
  uptimeSeconds: number;
  /** Of one CPU, while the process was watched: 1.5 is one and a half. */
  cpu: number;
  residentBytes: number;
  /** `null` where it cannot be told. */
  nodeVersion: string | null;
  /** The service's name if it is set up, else that of its script, or its title. */
  service: string | null;
  /** `null`: not known. */
  setUp: boolean | null;
  trigger: ConfiguredTrigger | null;
  loop: LoopState;
  /** `null` where it is not permitted to know. */
  listensOn: string[] | null;
  command: string[];
}

/** How long processes are watched, ms: clock ticks are 10 ms, so CPU is right to 2 %. */
const WATCH_MS = 500;
const LOOKS = 10;

/** Reads rows of processes, all at the same time. Those that end meanwhile are left out. */
export async function readRows(processes: readonly NodeProcess[]): Promise<ProcessRow[]> {
  const boot = readUptime();
  const watched = processes.map((process) => ({
    process,
    watch: new LoopWatch(process, boot - process.startTicks / TICKS_PER_SECOND),
    before: ticksOf(process.pid),
  }));
  const started = performance.now();
  const asked = Promise.all(processes.map(({ pid }) => askStatus(pid)));
  for (let at = 0; at < LOOKS; at++) {
    for (const { watch } of watched) watch.look();
    await new Promise((resolve) => setTimeout(resolve, WATCH_MS / LOOKS));
  }
  // A last one, so that what is said holds now.
  for (const { watch } of watched) watch.look();
  const ms = performance.now() - started;
  const listeners = new Listeners();
  const users = readUserNames();
  const answers = await asked;
  const rows = watched.map(({ process, watch, before }, at) => {
    const after = ticksOf(process.pid);
    const loop = watch.end(cpuShare(before.main, after.main, ms));
    const status = readProcessStatus(process.pid);
    if (status === null || readStat(process.pid)?.startTicks !== process.startTicks) return null;
    const answer = answers[at] as SetUp;
    const said = answer.kind === 'set-up' ? answer.status : null;
    return {
      pid: process.pid,
      ppid: process.ppid,
      uid: process.uid,
      user: users.get(process.uid) ?? null,
      uptimeSeconds: round(boot - process.startTicks / TICKS_PER_SECOND),
      cpu: round(cpuShare(before.all, after.all, ms)),
      residentBytes: status.residentBytes,
      nodeVersion: said?.nodeVersion ?? process.binary?.version() ?? null,
      service: said?.serviceName ?? namesOf(process).at(-2) ?? null,
      setUp: said !== null ? true : answer.kind === 'absent' ? false : null,
      trigger: said?.trigger ?? null,
      loop,
      listensOn: listeners.addressesOf(process.pid),
      command: process.command,
    } satisfies ProcessRow;
  });
  return rows.filter((row) => row !== null);
}

/** Of the main thread, and of all of the process. */
function ticksOf(pid: number): { main: number; all: number } {
  const all = readStat(pid);
  const main = readStat(`${pid}/task/${pid}`);
  return {
    main: main ? main.userTicks + main.systemTicks : 0,
    all: all ? all.userTicks + all.systemTicks : 0,
  };
}

function readUptime(): number {
  const file = readProcFile('/proc/uptime');
  return file.error === undefined ? Number.parseFloat(file.text) : 0;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
