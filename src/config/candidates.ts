/** Finding an option's values in all places where it may stand, and settling for the first good one. */
import { GuruError } from '../report/error.js';
import type { ConfigFile } from './config-file.js';
import type { OptionNames } from './option-table.js';
import type { Parsed } from './parsed.js';
import type { SetupProblem } from './problem.js';

/** The places, and where to complain. */
export interface Places {
  env: NodeJS.ProcessEnv;
  file: ConfigFile | null;
  problems: SetupProblem[];
}

/** A value that nobody has looked at yet, and where it stands. */
export interface Candidate {
  raw: unknown;
  source: string;
}

export interface Resolved<T> {
  value: T;
  source: string;
}

/** The `source` of what nobody set. */
export const DEFAULT = 'default';

/** The values of one option, the highest precedence first. What is empty in the environment or the file is unset. */
export function findCandidates(argument: unknown, names: OptionNames, { env, file }: Places): Candidate[] {
  const found: Candidate[] = [];
  // null is what programs in plain JavaScript pass for "nothing".
  if (argument !== undefined && argument !== null) found.push({ raw: argument, source: 'argument' });
  const variable = env[names.env];
  if (variable !== undefined && variable.trim() !== '') found.push({ raw: variable, source: names.env });
  const inFile = file?.options.get(names.key)?.filter((value) => value.trim() !== '') ?? [];
  if (file !== null && inFile.length > 0) found.push({ raw: inFile, source: `${names.key} in ${file.path}` });
  return found;
}

/** How to read one option and what to take where none is good. */
export interface Reader<T> {
  parse: (raw: unknown) => Parsed<T>;
  fallback: Resolved<T>;
  show: (value: T) => string;
}

/** The first candidate with a good value, else the fallback. Each bad one before it is a problem. */
export function takeFirstGood<T>(
  option: string,
  found: readonly Candidate[],
  { parse, fallback, show }: Reader<T>,
  problems: SetupProblem[],
): Resolved<T> {
  const errors: GuruError[] = [];
  let resolved = fallback;
  for (const { raw, source } of found) {
    // A key that stands in the file several times: the last one counts, as in oslo.config.
    const parsed = parse(source !== 'argument' && Array.isArray(raw) ? raw.at(-1) : raw);
    if (parsed.ok) {
      resolved = { value: parsed.value, source };
      break;
    }
    errors.push(optionError(option, parsed.reason, source));
  }
  const using = `${show(resolved.value)} (${resolved.source === DEFAULT ? DEFAULT : `from ${resolved.source}`})`;
  problems.push(...errors.map((error) => ({ severity: 'error' as const, error, using })));
  return resolved;
}

/** `option NAME: REASON (from SOURCE)`. */
export function optionError(option: string, reason: string, source: string): GuruError {
  return new GuruError('ERR_GURU_OPTION', `option ${option}: ${reason} (from ${source})`);
}
