import { readUserNames } from '../../os/linux/users.js';
import { GuruError } from '../../report/error.js';

/** A process that cannot be found or reached: exit code 3. */
export function targetError(message: string, cause?: unknown): GuruError {
  return new GuruError('ERR_GURU_TARGET', message, cause === undefined ? undefined : { cause });
}

/** `root (0)`, or the number alone where it has no name. */
export function userName(uid: number): string {
  const name = readUserNames().get(uid);
  return name === undefined ? `user ${uid}` : `user ${name} (${uid})`;
}

/** Who owns a process, and what would give access to it. */
export function notPermitted(pid: number, uid: number, what: string): string {
  const own = process.geteuid?.() ?? -1;
  if (own === uid) {
    return (
      `process ${pid}: ${what} is not permitted, although it is your own: it has given up that right (a program ` +
      'with capabilities or a changed user id), or a sandbox forbids it; root may'
    );
  }
  if (own === 0) {
    return `process ${pid}: ${what} is not permitted, although you are root: CAP_SYS_PTRACE is missing (a container without it?)`;
  }
  return `process ${pid}: ${what} is not permitted: it belongs to ${userName(uid)}, you are ${userName(own)}; run guru as that user, or as root`;
}
