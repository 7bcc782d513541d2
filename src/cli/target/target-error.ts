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
