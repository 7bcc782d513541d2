import { lstatSync, mkdirSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

/** Variables that say where temporary and runtime files go. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where sockets may be, best first. The command does not depend on this list on Linux: there it finds the socket by the
 * process that listens. `/dev/shm` is there for containers whose file system is read-only.
 *
 * There is no abstract socket where all of these fail: it has no owner and no mode, and who is at the other end of a
 * connection (SO_PEERCRED) Node does not tell.
 */
export function meetingDirectories(uid: number, env: Environment): string[] {
  const { XDG_RUNTIME_DIR: runtime, TMPDIR: temporary } = env;
  const own = `guru-meditation-${uid}`;
  const parents = [runtime, temporary, '/tmp', ...(process.platform === 'linux' ? ['/dev/shm'] : [])];
  const directories = parents
    .filter((parent) => parent !== undefined && isAbsolute(parent))
    .map((parent) => join(parent as string, own));
  return [...new Set(directories)];
}

/** With its start, in ticks since boot (0 where that is not known), since ids of processes are given out again. */
export function socketName(pid: number, startTicks: number): string {
  return `${pid}.${startTicks}.sock`;
}

/** What {@link socketName} makes. */
export const SOCKET_NAME = /^(\d+)\.(\d+)\.sock$/;

/** The path of a socket of ours, as `/proc/net/unix` shows it. */
export const SOCKET_PATH = /^(?:\/.*)?\/guru-meditation-\d+\/\d+\.\d+\.sock$/;

/**
 * Bytes of a socket's path. `sun_path` takes 107 (macOS 103), and the command may have to put `/proc/PID/root` before it,
 * for a process in a container.
 */
export const PATH_LIMIT = 85;

/**
 * Why a directory cannot be trusted to be reachable by `uid` (and root) alone; `null` if it can. Whoever connects to a socket
 * in it has that user's rights, since the kernel asks for search permission on the directory.
 */
export function whyNotPrivate(directory: string, uid: number): string | null {
  const stat = lstatSync(directory);
  if (!stat.isDirectory()) return `${directory} is not a directory`;
  if (stat.uid !== uid) return `${directory} belongs to user ${stat.uid}, not ${uid}`;
  const mode = stat.mode & 0o7777;
  return (mode & 0o077) === 0 ? null : `${directory} is open to others (mode ${mode.toString(8)})`;
}

/** Makes the directory, or checks the one that is there. @throws where there can be none, or none to be trusted. */
export function ensurePrivate(directory: string, uid: number): void {
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const problem = whyNotPrivate(directory, uid);
  if (problem !== null) throw new Error(problem);
}
