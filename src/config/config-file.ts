import { GuruError } from '../report/error.js';
import { type IniFile, readIniFile } from './ini.js';
import { CONFIG_FILE_VARIABLE, FILE_KEYS } from './option-table.js';
import { parsePath } from './option-values.js';
import { CONFIG_FILE_GROUP } from './options.js';
import { quote, type SetupProblem } from './problem.js';

/** The configuration file in use. */
export interface ConfigFile {
  /** Absolute. */
  path: string;
  /** `argument` or the environment variable. */
  source: string;
  /** Key → its values, of the group `[oslo_reports]` alone. */
  options: ReadonlyMap<string, readonly string[]>;
}

/**
 * Opens the file that the argument names, else the one that GURU_CONFIG_FILE names; `null` if neither is named or can
 * be read. The file belongs to the application: what stands in its other groups is not looked at, nor whether it is
 * well-formed.
 */
export function openConfigFile(
  argument: unknown,
  env: NodeJS.ProcessEnv,
  problems: SetupProblem[],
): ConfigFile | null {
  const variable = env[CONFIG_FILE_VARIABLE];
  const named: { raw: unknown; source: string }[] = [];
  if (argument !== undefined && argument !== null) named.push({ raw: argument, source: 'argument' });
  if (variable !== undefined && variable.trim() !== '')
    named.push({ raw: variable, source: CONFIG_FILE_VARIABLE });

  const errors: GuruError[] = [];
  let opened: Opened | null = null;
  for (const { raw, source } of named) {
    try {
      const path = parsePath(raw);
      if (!path.ok) throw new GuruError('ERR_GURU_OPTION', path.reason);
      opened = { path: path.value, source, ini: readIniFile(path.value) };
      break;
    } catch (error) {
      const { code, message } = error as GuruError;
      errors.push(new GuruError(code, `option configFile: ${message} (from ${source})`, { cause: error }));
    }
  }
  const using = opened === null ? 'no configuration file' : `${opened.path} (from ${opened.source})`;
  problems.push(...errors.map((error) => ({ severity: 'error' as const, error, using })));
  return opened === null ? null : readGroup(opened, problems);
}

interface Opened {
  path: string;
  source: string;
  ini: IniFile;
}

function readGroup({ path, source, ini }: Opened, problems: SetupProblem[]): ConfigFile {
  const { groups, malformed } = ini;
  for (const { line, group, reason } of malformed) {
    if (group !== CONFIG_FILE_GROUP) continue;
    const message = `option configFile: ${quote(path)}, line ${line}: ${reason} (from ${source})`;
    problems.push({
      severity: 'error',
      error: new GuruError('ERR_GURU_CONFIG_FILE', message),
      using: 'the rest of the file',
    });
  }
  const options = new Map<string, string[]>();
  for (const [key, value] of Object.entries(groups[CONFIG_FILE_GROUP] ?? {})) {
    if (FILE_KEYS.includes(key)) {
      options.set(key, Array.isArray(value) ? value : [value]);
      continue;
    }
    problems.push({
      severity: 'warning',
      error: new GuruError(
        'ERR_GURU_OPTION',
        `unknown option ${quote(key)} (from [${CONFIG_FILE_GROUP}] in ${path})`,
      ),
      using: null,
    });
  }
  return { path, source, options };
}
