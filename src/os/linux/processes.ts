import { readdirSync, readlinkSync } from 'node:fs';
import type { ProcessNode } from '../../report/schema.js';
import type { Pid } from '../pid.js';
import { buildProcessTree, stateWithWord, type ProcessTree } from '../process-tree.js';
import { describeSystemError } from '../system-error.js';
import { readProcFile } from './proc-file.js';
import { readStat, TICKS_PER_SECOND, type Stat } from './stat.js';
import { readUserNames } from './users.js';

/** Reading a process's `stat` takes some 15 µs: 0.3 s at the most. */
const MAX_SCANNED = 20_000;
/** Command lines can be megabytes long; what identifies a process stands at the beginning. */
const COMMAND_LIMIT = 16 * 1024;

export function readLinuxProcessTree(pid: Pid): ProcessTree {
  let pids: number[];
  let root: number;
  try {
    // By `/proc` itself, which may be that of another pid namespace than `process.pid` is of.
    root = pid === 'self' ? Number(readlinkSync('/proc/self')) : pid;
    pids = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch (error) {
    return { tree: null, problem: `/proc cannot be read: ${describeSystemError(error)}` };
  }
  const stats = new Map<number, Stat>();
  for (const candidate of [root, ...pids.slice(0, MAX_SCANNED)]) {
    const stat = readStat(candidate);
    if (stat !== null) stats.set(candidate, stat);
  }
  const parents = new Map([...stats].map(([id, { ppid }]) => [id, ppid]));
  const users = readUserNames();
  const bootedAt = readBootTime();
  const { tree, problem } = buildProcessTree(root, parents, (id) => {
    const stat = stats.get(id);
    return stat === undefined ? null : describeProcess(stat, users, bootedAt);
  });
  if (problem === null && pids.length > MAX_SCANNED) {
    return { tree, problem: `${pids.length} processes on this machine: only ${MAX_SCANNED} were looked at` };
  }
  return { tree, problem };
}

/** `null` for a process that ended meanwhile. */
function describeProcess(
  stat: Stat,
  users: ReadonlyMap<number, string>,
  bootedAt: number | null,
): ProcessNode | null {
  const status = readProcFile(`/proc/${stat.id}/status`);
  if (status.error !== undefined) return null;
  const uid = parseEffectiveUid(status.text);
  return {
    pid: stat.id,
    ppid: stat.ppid,
    user: uid === null ? null : (users.get(uid) ?? null),
    uid,
    state: stateWithWord(stat.state),
    command: readCommand(stat),
    ...(bootedAt === null ? {} : { startedAt: startTime(stat, bootedAt) }),
    children: [],
  };
}

/** The effective id: what the process may do now, and what `ps` shows as its user. */
export function parseEffectiveUid(status: string): number | null {
  // Uid: real, effective, saved, file system
  const uid = /^Uid:\t\d+\t(\d+)\t/m.exec(status)?.[1];
  return uid === undefined ? null : Number(uid);
}

function readCommand(stat: Stat): string[] {
  const file = readProcFile(`/proc/${stat.id}/cmdline`, COMMAND_LIMIT);
  const command = file.error === undefined ? parseCommandLine(file.text, file.complete) : [];
  // Kernel threads and zombies have none.
  return command.length === 0 ? [`[${stat.name}]`] : command;
}

/**
 * The arguments, each ended by NUL. A process may write anything there (`process.title` of Node does: one text, and
 * NULs up to the old length). One that was cut ends in `…`.
 */
export function parseCommandLine(text: string, complete: boolean): string[] {
  if (!complete) return `${text}…`.split('\0');
  const command = text.replace(/\0+$/, '').split('\0');
  return command.length === 1 && command[0] === '' ? [] : command;
}

/** When the machine was booted, in ms since 1970; `null` where it cannot be read. */
function readBootTime(): number | null {
  // The line stands after a very long one on machines with many interrupts.
  const file = readProcFile('/proc/stat', 1024 * 1024);
  const seconds = file.error === undefined ? /^btime (\d+)$/m.exec(file.text)?.[1] : undefined;
  return seconds === undefined ? null : Number(seconds) * 1000;
}

/** Off by up to a second, as the time of booting is; right to 10 ms between the processes of a tree. */
function startTime(stat: Stat, bootedAt: number): string {
  return new Date(bootedAt + (stat.startTicks * 1000) / TICKS_PER_SECOND).toISOString();
}
