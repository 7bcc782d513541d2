import { GuruError } from '../report/error.js';

/** Something wrong with the set-up. The settings hold a usable value all the same. */
export interface SetupProblem {
  /**
   * `error`: a value that cannot be used; `setupAutorun` throws the first of these, `register` prints them all and
   * goes on. `warning`: something that has no effect, such as an unknown option; never thrown.
   */
  severity: 'error' | 'warning';
  /** Names the option, the value and its source. */
  error: GuruError;
  /** What is in force instead and where that came from: `SIGUSR2 (default)`. `null` for warnings. */
  using: string | null;
}

/** The one line for people who start the application nevertheless; without the `guru-meditation: ` before it. */
export function describeProblem({ error, using }: SetupProblem): string {
  return using === null ? error.message : `${error.message}; using ${using}`;
}

/** A value as part of an error message: on one line, and short. */
export function quote(value: unknown): string {
  switch (typeof value) {
    case 'string': {
      const cut = value.length > 100 ? `${value.slice(0, 100)}…` : value;
      // JSON leaves DEL and the C1 controls as they are, of which terminals obey some.
      return JSON.stringify(cut).replaceAll(
        /[\u007f-\u009f\u2028\u2029]/g,
        (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
    }
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? 'an array' : 'an object';
    case 'function':
      return 'a function';
    case 'symbol':
      return 'a symbol';
    case 'bigint':
      return `${value}n`;
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value);
  }
}
