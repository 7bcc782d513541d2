import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { listSocketInodes, readUnixListeners } from '../os/linux/listening-sockets.js';
import { readEffectiveUid } from '../os/linux/process-status.js';
import { describeSystemError, errorCode } from '../os/system-error.js';
import { meetingDirectories, SOCKET_NAME, SOCKET_PATH, whyNotPrivate } from './place.js';

/**
 * `absent`: the process is not set up, or could make no socket. `forbidden`: it may be. `untrusted`: there is one, which
 * others than the process's user could have made.
 */
export type Found =
  | { path: string; problem?: never }
  | { problem: 'absent' | 'forbidden' | 'untrusted'; reason: string };

/**
 * The socket at which a process serves the `guru` command.
 *
 * On Linux by the process, not by the path: of the sockets bound to such a name, the one that this very process holds a
 * descriptor of. So nobody else can pose as it, and it is found whatever TMPDIR it was started with, and in a container.
 */
export function findMeetingPoint(
  pid: number,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Found {
  try {
    return process.platform === 'linux' ? findByProcess(pid) : findByName(pid, env);
  } catch (error) {
    const code = errorCode(error);
    const reason = describeSystemError(error);
    if (code === 'EACCES' || code === 'EPERM') return { problem: 'forbidden', reason };
    return { problem: 'absent', reason };
  }
}

function findByProcess(pid: number): Found {
  const bound = readUnixListeners(pid).filter(({ path }) => SOCKET_PATH.test(path));
  const none = { problem: 'absent', reason: 'it listens at no socket of guru-meditation' } as const;
  if (bound.length === 0) return none;
  const own = listSocketInodes(pid);
  const found = bound.find(({ inode }) => own.has(inode));
  return found === undefined ? none : checked(pid, found.path);
}

function checked(pid: number, path: string): Found {
  const sameFiles =
    linkOf(`/proc/${pid}/ns/mnt`) === linkOf('/proc/self/ns/mnt') &&
    linkOf(`/proc/${pid}/root`) === linkOf('/proc/self/root');
  const here = sameFiles ? path : `/proc/${pid}/root${path}`;
  const uid = readEffectiveUid(pid);
  if (uid === null) return { problem: 'absent', reason: 'it has just ended' };
  const reason = whyNotPrivate(dirname(here), uid);
  if (reason !== null) return { problem: 'untrusted', reason };
  const stat = lstatSync(here);
  if (!stat.isSocket() || stat.uid !== uid)
    return { problem: 'untrusted', reason: `${here} is not its socket` };
  return { path: here };
}

/** Where there is no `/proc`: by the places where such sockets are, for processes of the same user. */
function findByName(pid: number, env: Readonly<Record<string, string | undefined>>): Found {
  const uid = process.geteuid?.();
  if (uid === undefined)
    return { problem: 'absent', reason: `there are no such sockets on ${process.platform}` };
  for (const directory of meetingDirectories(uid, env)) {
    const name = namesIn(directory).find((name) => Number(SOCKET_NAME.exec(name)?.[1]) === pid);
    if (name === undefined) continue;
    const reason = whyNotPrivate(directory, uid);
    return reason === null ? { path: join(directory, name) } : { problem: 'untrusted', reason };
  }
  return { problem: 'absent', reason: 'there is no socket of it' };
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return []; // It is one of several places.
  }
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null; // A descriptor that was closed meanwhile, or what may not be read.
  }
}
