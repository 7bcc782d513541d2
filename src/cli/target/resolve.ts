import { basename, extname } from 'node:path';
import { readStat } from '../../os/linux/stat.js';
import { meetingDirectories } from '../../meeting/place.js';
import { removeStale } from '../../meeting/stale.js';
import { errorCode } from '../../os/system-error.js';
import { askStatus } from './ask-status.js';
import { Listeners } from './listeners.js';
import { listNodeProcesses, type NodeProcess, readNodeProcess } from './node-process.js';
import { targetError, userName } from './target-error.js';

/** What a target may be given as. A number alone is a pid, or if no Node process has that, a port. */
type Wanted = { by: 'pid' | 'port' | 'number'; number: number } | { by: 'name'; name: string };

const MOST_LISTED = 20;
const LONGEST_COMMAND = 80;
const LARGEST_PORT = 65_535;
/** Asking many processes for their names, ms: one that does not answer is not looked for by its service's name. */
const NAME_MS = 1000;

/**
 * The one process that `PID|NAME|PORT` stands for. A name is that of a service that is set up, of the main script (with or
 * without its path and extension) or the process's title. `pid:N`, `port:N`, `:N` and `name:TEXT` leave no doubt.
 *
 * @throws {GuruError} `ERR_GURU_TARGET` with what is in the way, and how it would be found
 */
export async function resolveTarget(text: string): Promise<NodeProcess> {
  await prepare();
  const wanted = parseTarget(text);
  switch (wanted.by) {
    case 'pid':
      return byPid(wanted.number);
    case 'port':
      return only(byPort(wanted.number), text) ?? noPort(wanted.number);
    case 'name':
      return only(await byName(wanted.name), text) ?? noName(wanted.name);
    case 'number':
      return byNumber(wanted.number, text);
  }
}

/** @throws {GuruError} `ERR_GURU_TARGET` where processes cannot be found */
export async function prepare(): Promise<void> {
  if (process.platform !== 'linux')
    throw targetError(`running processes are found through /proc, which ${process.platform} does not have`);
  if (readStat('self') === null)
    throw targetError(
      'running processes are found through /proc, which is not mounted here (mount -t proc proc /proc)',
    );
  await removeLeftSockets();
}

/** Those of processes of this user that were killed. */
async function removeLeftSockets(): Promise<void> {
  const uid = process.geteuid?.();
  if (uid === undefined) return;
  for (const directory of meetingDirectories(uid, process.env)) await removeStale(directory);
}

export function parseTarget(text: string): Wanted {
  const [, prefix = '', digits] = /^(pid:|port:|:|)(\d+)$/.exec(text) ?? [];
  if (digits === undefined) return { by: 'name', name: text.replace(/^name:/, '') };
  const number = Number(digits);
  if (prefix === '') return { by: 'number', number };
  return { by: prefix === 'pid:' ? 'pid' : 'port', number };
}

function byNumber(number: number, text: string): NodeProcess {
  const node = readNodeProcess(number);
  const listening = number <= LARGEST_PORT ? byPort(number).filter(({ pid }) => pid !== number) : [];
  if (node === null) {
    const found = only(listening, text);
    // A process with that id that is not Node tells more than that nobody listens.
    return found ?? (readStat(number) === null ? noNumber(number) : byPid(number));
  }
  if (listening.length === 0) return node;
  throw targetError(
    `${number} is the id of a process and a port of another: give pid:${number} or port:${number}: ` +
      list([node, ...listening]),
  );
}

function byPid(pid: number): NodeProcess {
  const stat = readStat(pid);
  if (stat === null) {
    assertNotHidden(pid);
    throw targetError(`there is no process ${pid}`);
  }
  if (stat.state === 'Z')
    throw targetError(`process ${pid} has ended; only its parent, ${stat.ppid}, has not noticed`);
  const node = readNodeProcess(pid);
  if (node === null) throw targetError(`process ${pid} (${stat.name}) is not a Node process`);
  return node;
}

/** @throws {GuruError} for a process that is there, although `/proc` does not show it */
function assertNotHidden(pid: number): void {
  try {
    process.kill(pid, 0); // sends nothing
  } catch (error) {
    if (errorCode(error) !== 'EPERM') return;
    throw targetError(
      `process ${pid} is another user's, and /proc hides it (its option hidepid): run guru as that user or as root`,
    );
  }
}

function byPort(port: number): NodeProcess[] {
  const listeners = new Listeners();
  return listNodeProcesses().filter(({ pid }) => listeners.isOn(pid, port));
}

async function byName(name: string): Promise<NodeProcess[]> {
  const processes = listNodeProcesses().filter(({ pid }) => pid !== process.pid);
  const named = await Promise.all(
    processes.map(async (one) => {
      if (namesOf(one).includes(name)) return true;
      const answer = await askStatus(one.pid, NAME_MS);
      return answer.kind === 'set-up' && answer.status.serviceName === name;
    }),
  );
  return processes.filter((_, at) => named[at]);
}

/** What a process may be called, besides its service's name. */
export function namesOf({ script, title }: Pick<NodeProcess, 'script' | 'title'>): string[] {
  if (title !== null) return [title, title.split(' ', 1)[0] ?? ''];
  if (script === null) return [];
  const file = basename(script);
  return [script, file, file.slice(0, file.length - extname(file).length)];
}

function only(found: readonly NodeProcess[], text: string): NodeProcess | null {
  if (found.length > 1) {
    throw targetError(
      `${JSON.stringify(text)} stands for ${found.length} processes, give the id of one: ${list(found)}`,
    );
  }
  return found[0] ?? null;
}

function noPort(port: number): never {
  const [owner] = new Listeners().owners(port);
  if (owner === undefined) throw targetError(`no process listens on port ${port}`);
  const own = process.geteuid?.() ?? -1;
  throw targetError(
    own === 0 || own === owner
      ? `port ${port} is listened on, but by no Node process`
      : `port ${port} is listened on by a process of ${userName(owner)}, whose sockets ${userName(own)} may not see, or which is not Node; run guru as that user, or as root`,
  );
}

function noNumber(number: number): never {
  const [owner] = number <= LARGEST_PORT ? new Listeners().owners(number) : [];
  if (owner !== undefined) return noPort(number);
  assertNotHidden(number);
  throw targetError(`there is no process ${number}, nor does one listen on port ${number}`);
}

function noName(name: string): never {
  throw targetError(
    `no Node process is called ${JSON.stringify(name)}, neither as a service, nor by its main script or title (guru ps lists them)`,
  );
}

/** In one line, as all errors are. */
function list(processes: readonly NodeProcess[]): string {
  const shown = processes.slice(0, MOST_LISTED).map(({ pid, command }) => {
    const words = command.join(' ');
    return `${pid} (${words.length > LONGEST_COMMAND ? `${words.slice(0, LONGEST_COMMAND)}…` : words})`;
  });
  const left = processes.length - shown.length;
  return [...shown, ...(left > 0 ? [`and ${left} more`] : [])].join(', ');
}
