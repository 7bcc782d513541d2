import { readdirSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { examineBinary, type NodeBinary } from '../../os/linux/node-binary.js';
import { readMaps } from '../../os/linux/memory-map.js';
import { parseCommandLine } from '../../os/linux/processes.js';
import { readProcessStatus } from '../../os/linux/process-status.js';
import { readProcFile } from '../../os/linux/proc-file.js';
import { readStat } from '../../os/linux/stat.js';
import { splitCommandLine } from './command-line.js';

/** A process that runs Node, as `/proc` shows it. */
export interface NodeProcess {
  pid: number;
  ppid: number;
  /** With the id, what tells it from a later process. */
  startTicks: number;
  uid: number;
  /** May be what the program wrote there: see `title`. */
  command: string[];
  /** What the process calls itself (`process.title`), where it does. */
  title: string | null;
  /** The main script as given on the command line; `null` for `--eval`, a REPL, or behind a title. */
  script: string | null;
  /** `null` where the executable may not be looked at: then its name alone says that it is Node. */
  binary: NodeBinary | null;
  /** Where that can be read; `null` as well. */
  binaryPath: string | null;
}

const COMMAND_LIMIT = 16 * 1024;
const NODE_NAME = /^node(?:js)?$/;
/** What the kernel calls the main thread: as the executable, from Node 24 on by its own name (24.21, 26.10). */
const NODE_COMM = /^(?:node(?:js)?|MainThread|node-MainThread)$/;

/** All of the machine that may be seen, by id. */
export function listNodeProcesses(): NodeProcess[] {
  const processes: NodeProcess[] = [];
  for (const pid of allPids()) {
    const found = readNodeProcess(pid);
    if (found !== null) processes.push(found);
  }
  return processes;
}

/** Those among `processes` that are `root` or descend from it, through whatever is between. */
export function atOrBelow(root: number, processes: readonly NodeProcess[]): NodeProcess[] {
  const parents = new Map<number, number>();
  for (const pid of allPids()) {
    const stat = readStat(pid);
    if (stat !== null) parents.set(pid, stat.ppid);
  }
  return processes.filter(({ pid }) => {
    const seen = new Set<number>();
    for (let at: number | undefined = pid; at !== undefined && !seen.has(at); at = parents.get(at)) {
      if (at === root) return true;
      seen.add(at);
    }
    return false;
  });
}

export function allPids(): number[] {
  const names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return names.map(Number).sort((a, b) => a - b);
}

/** `null` if there is no such process, it does not run Node, or it is a zombie. */
export function readNodeProcess(pid: number): NodeProcess | null {
  const stat = readStat(pid);
  if (stat === null || stat.state === 'Z' || stat.state === 'X') return null;
  const executable = linkOf(`/proc/${pid}/exe`);
  const command = readCommand(pid);
  const found = executable === null ? null : nodeBinaryOf(pid, executable);
  if (found === null) {
    // Not permitted, or not Node. A kernel thread has neither an executable nor a command line.
    if (executable !== null || command.length === 0) return null;
    const named = NODE_NAME.test(basename(command[0] ?? '')) || NODE_COMM.test(stat.name);
    if (!named) return null;
  }
  const status = readProcessStatus(pid);
  if (status === null) return null;
  const { ppid, startTicks } = stat;
  const { binary = null, binaryPath = null } = found ?? {};
  return { pid, ppid, startTicks, uid: status.uid, command, binary, binaryPath, ...describeCommand(command) };
}

/** Its own executable, or else a `libnode` that it has mapped. */
function nodeBinaryOf(pid: number, executable: string): { binary: NodeBinary; binaryPath: string } | null {
  const path = `/proc/${pid}/exe`;
  const own = examineBinary(path);
  if (own.isNode) return { binary: own, binaryPath: path };
  const library = /\S*\/libnode[^/\n]*\.so[^/\n]*$/m.exec(readMaps(pid) ?? '')?.[0];
  if (library !== undefined) {
    const binaryPath = `/proc/${pid}/root${library}`;
    return { binary: examineBinary(binaryPath), binaryPath };
  }
  const name = basename(executable.replace(/ \(deleted\)$/, ''));
  return NODE_NAME.test(name) ? { binary: own, binaryPath: path } : null;
}

function readCommand(pid: number): string[] {
  const file = readProcFile(`/proc/${pid}/cmdline`, COMMAND_LIMIT);
  return file.error === undefined ? parseCommandLine(file.text, file.complete) : [];
}

/** One word that is no path to an executable is a title that the program gave itself. */
export function describeCommand(command: readonly string[]): Pick<NodeProcess, 'title' | 'script'> {
  const [first = '', ...args] = command;
  const isTitle = args.length === 0 && !NODE_NAME.test(basename(first));
  return isTitle
    ? { title: first || null, script: null }
    : { title: null, script: splitCommandLine(command).script };
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null; // not permitted, a kernel thread, or it has just ended
  }
}
