import type { GuruErrorCode } from '../report/error.js';

/** What the exit code of `guru` means. */
export const EXIT = {
  done: 0,
  /** It was asked whether there is something, and there is: differences. */
  findings: 1,
  /** It was called wrongly, or with something that cannot be read. */
  usage: 2,
  /** The process that it was to reach cannot be reached. */
  unreachable: 3,
} as const;

export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

/** Errors that say that a process could not be reached; whatever else is told in a GuruError is about the call. */
const UNREACHABLE: readonly string[] = ['ERR_GURU_TARGET'];

export function exitStatusOf(code: GuruErrorCode): ExitStatus {
  return UNREACHABLE.includes(code) ? EXIT.unreachable : EXIT.usage;
}
