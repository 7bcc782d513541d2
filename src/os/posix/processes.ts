import { spawnSync } from 'node:child_process';
import type { ProcessNode } from '../../report/schema.js';
import type { Pid } from '../pid.js';
import { buildProcessTree, stateWithWord, type ProcessTree } from '../process-tree.js';

/** macOS and the BSDs have no `/proc`, or not this one: `ps` tells, in the columns that POSIX and they agree on. */
const PS_ARGUMENTS = ['-axo', 'pid=,ppid=,uid=,user=,state=,lstart=,command='];
const PS_TIMEOUT_MS = 2000;
const PS_OUTPUT_LIMIT = 8 * 1024 * 1024;
const COMMAND_LIMIT = 16 * 1024;

export function readPsProcessTree(pid: Pid): ProcessTree {
  const ps = spawnSync('ps', PS_ARGUMENTS, {
    encoding: 'utf8',
    timeout: PS_TIMEOUT_MS,
    killSignal: 'SIGKILL',
    maxBuffer: PS_OUTPUT_LIMIT,
    stdio: ['ignore', 'pipe', 'ignore'],
    // English names of months and UTC, whatever the service's own settings; ps is looked up as usual.
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC0' },
  });
  if (ps.error) return { tree: null, problem: `ps failed: ${ps.error.message}` };
  if (ps.status !== 0) return { tree: null, problem: `ps failed: ${ps.signal ?? `exit code ${ps.status}`}` };
  const processes = parsePs(ps.stdout);
  processes.delete(ps.pid); // it is a child of this process itself
  const parents = new Map([...processes].map(([id, { ppid }]) => [id, ppid]));
  return buildProcessTree(pid === 'self' ? process.pid : pid, parents, (id) => processes.get(id) ?? null);
}

/** The processes by id, without children yet. Lines of another form are passed over. */
export function parsePs(output: string): Map<number, ProcessNode> {
  const processes = new Map<number, ProcessNode>();
  for (const line of output.split('\n')) {
    const node = parsePsLine(line);
    if (node !== null) processes.set(node.pid, node);
  }
  return processes;
}

/** pid, ppid, uid, user, state, `Mon Nov 23 04:45:01 2026` (five words), command. */
const PS_LINE =
  /^ *(\d+) +(\d+) +(-?\d+) +(\S+) +(\S+) +\w{3} +(\w{3} +\d+ +\d\d:\d\d:\d\d +\d{4})(?: +(.*))?$/;

function parsePsLine(line: string): ProcessNode | null {
  const match = PS_LINE.exec(line);
  if (match === null) return null;
  const [, pid = '', ppid = '', uid = '', user = '', state = '', start = '', command = ''] = match;
  const startedAt = new Date(`${start} UTC`);
  return {
    pid: Number(pid),
    ppid: Number(ppid),
    // ps writes the number where the id has no name.
    user: user === uid ? null : user,
    uid: Number(uid),
    // Only the first letter is the state; the others say that it leads a session, has a low priority, …
    state: stateWithWord(state.slice(0, 1)),
    command: splitCommand(command),
    ...(Number.isNaN(startedAt.getTime()) ? {} : { startedAt: startedAt.toISOString() }),
    children: [],
  };
}

/**
 * ps joins the arguments with spaces and nothing tells where they were. Words are nearest to it, and let secrets
 * be recognised by the option before them.
 */
function splitCommand(text: string): string[] {
  const cut = text.length > COMMAND_LIMIT ? `${text.slice(0, COMMAND_LIMIT)}…` : text;
  const words = cut.split(' ').filter((word) => word !== '');
  return words.length === 0 ? ['[unknown]'] : words;
}
