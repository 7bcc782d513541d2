import { isAsyncFunction } from 'node:util/types';
import { findApplication, scriptName, type Application } from './application.js';
import {
  DEFAULT,
  findCandidates,
  optionError,
  takeFirstGood,
  type Places,
  type Resolved,
} from './candidates.js';
import { openConfigFile } from './config-file.js';
import {
  ARGUMENTS,
  ENVIRONMENT,
  MASK_NAMES,
  MASK_PATTERNS,
  OPTION_RULES,
  PACKAGE_FIELDS,
  SERVICE_NAME,
  type OptionNames,
} from './option-table.js';
import { parseNames, parsePatterns, parseText, type ParsedList } from './option-values.js';
import type { AutorunOptions, Settings, SettingSources } from './options.js';
import { quote, type SetupProblem } from './problem.js';

export interface ResolvedSettings {
  settings: Settings;
  sources: SettingSources;
  /** In the order in which the options were looked at. Empty if all is well. */
  problems: SetupProblem[];
}

type ResolvedOptions = { [K in keyof Settings]: Resolved<Settings[K]> };

/**
 * Works out the settings in force. For each option the first of these counts that has a good value: the argument, the
 * environment variable, the key in the group `[oslo_reports]` of the configuration file, the default. `mask` is put
 * together from all of them instead: who runs the service may hide more than its author, and the other way round.
 * An empty environment variable, and an empty value in the file, count as unset.
 *
 * Never throws for what options, variables and files hold; what is wrong with them is in `problems`, each of which
 * names the option, the value and its source. Synchronous, and reads at most the configuration file, the application's
 * package.json and the state of the log directory.
 *
 * @param application - found from `process.argv[1]` and the working directory if not given.
 */
export function resolveSettings(
  options: AutorunOptions,
  env: NodeJS.ProcessEnv,
  application: Application = findApplication(process.argv[1], workingDirectory()),
): ResolvedSettings {
  const problems: SetupProblem[] = [];
  const given = checkRecord('options', options, ARGUMENTS, problems);
  const places: Places = { env, file: openConfigFile(given['configFile'], env, problems), problems };

  const simple = <K extends keyof typeof OPTION_RULES>(option: K): Resolved<Settings[K]> => {
    const { fallback, parse, show, ...names } = OPTION_RULES[option];
    const reader = { parse, show, fallback: { value: fallback, source: DEFAULT } };
    return takeFirstGood(option, findCandidates(given[option], names, places), reader, problems);
  };
  const software = resolvePackage(given['package'], application, places);
  const resolved: ResolvedOptions = {
    package: software,
    serviceName: resolveServiceName(given['serviceName'], software.value.product, application, places),
    signal: simple('signal'),
    logDir: simple('logDir'),
    fileEventHandler: simple('fileEventHandler'),
    fileEventHandlerInterval: simple('fileEventHandlerInterval'),
    format: simple('format'),
    configFile: { value: places.file?.path ?? null, source: places.file?.source ?? DEFAULT },
    minInterval: simple('minInterval'),
    deadline: simple('deadline'),
    greenThreads: simple('greenThreads'),
    greenThreadsMaxHeap: simple('greenThreadsMaxHeap'),
    maxPause: simple('maxPause'),
    rehearsal: simple('rehearsal'),
    socket: simple('socket'),
    mask: resolveMask(given['mask'], places),
    environment: resolveEnvironment(given['environment'], places),
  };
  checkConf(given['conf'], problems);
  return { settings: pick(resolved, 'value') as Settings, sources: pick(resolved, 'source'), problems };
}

function pick<F extends 'value' | 'source'>(resolved: ResolvedOptions, field: F) {
  const entries = Object.entries(resolved).map(([option, found]) => [option, found[field]] as const);
  return Object.fromEntries(entries) as Record<keyof Settings, ResolvedOptions[keyof Settings][F]>;
}

/** `null` where it was removed. */
function workingDirectory(): string | null {
  try {
    return process.cwd();
  } catch {
    return null;
  }
}

/** An argument that must be an object; what is unknown in it is mentioned and has no effect. */
function checkRecord(
  option: string,
  raw: unknown,
  known: readonly string[],
  problems: SetupProblem[],
): Record<string, unknown> {
  if (raw === undefined || raw === null) return {};
  if (typeof raw !== 'object' || Array.isArray(raw)) {
    const error = optionError(option, `must be an object, not ${quote(raw)}`, 'argument');
    problems.push({ severity: 'error', error, using: 'the other sources' });
    return {};
  }
  const record = raw as Record<string, unknown>;
  for (const key of Object.keys(record)) {
    if (known.includes(key) || record[key] === undefined) continue;
    const name = option === 'options' ? key : `${option}.${key}`;
    problems.push({
      severity: 'warning',
      error: optionError(name, 'unknown option', 'argument'),
      using: null,
    });
  }
  return record;
}

function resolvePackage(
  raw: unknown,
  application: Application,
  places: Places,
): Resolved<Settings['package']> {
  const given = checkRecord('package', raw, Object.keys(PACKAGE_FIELDS), places.problems);
  const fromFile = application.packageFile ?? DEFAULT;
  const field = (name: keyof typeof PACKAGE_FIELDS): Resolved<string | null> =>
    takeFirstGood<string | null>(
      `package.${name}`,
      findCandidates(given[name], PACKAGE_FIELDS[name], places),
      { parse: parseText, fallback: { value: application[name], source: fromFile }, show: quote },
      places.problems,
    );
  const fields = { vendor: field('vendor'), product: field('product'), version: field('version') };
  return {
    value: { vendor: fields.vendor.value, product: fields.product.value, version: fields.version.value },
    source: joinSources(Object.values(fields).map(({ source }) => source)),
  };
}

function resolveServiceName(
  raw: unknown,
  product: string | null,
  { mainScript }: Application,
  places: Places,
): Resolved<string> {
  const value = product ?? (mainScript === null ? 'node' : scriptName(mainScript));
  const reader = { parse: parseText, fallback: { value, source: DEFAULT }, show: quote };
  return takeFirstGood('serviceName', findCandidates(raw, SERVICE_NAME, places), reader, places.problems);
}

function resolveMask(raw: unknown, places: Places): Resolved<Settings['mask']> {
  const given = checkRecord('mask', raw, ['names', 'patterns'], places.problems);
  const names = takeAll('mask.names', given['names'], MASK_NAMES, parseNames, places);
  const patterns = takeAll('mask.patterns', given['patterns'], MASK_PATTERNS, parsePatterns, places);
  return {
    value: { names: names.value, patterns: patterns.value },
    source: joinSources([names.source, patterns.source].filter((source) => source !== DEFAULT)),
  };
}

/** The good entries of all sources together. */
function takeAll<T>(
  option: string,
  raw: unknown,
  names: OptionNames,
  parse: (raw: unknown) => ParsedList<T>,
  places: Places,
): Resolved<T[]> {
  const value: T[] = [];
  const sources: string[] = [];
  for (const candidate of findCandidates(raw, names, places)) {
    value.push(...takeEntries(option, candidate, parse, places.problems));
    sources.push(candidate.source);
  }
  return { value, source: joinSources(sources) };
}

function resolveEnvironment(raw: unknown, places: Places): Resolved<Settings['environment']> {
  const first = findCandidates(raw, ENVIRONMENT, places)[0];
  if (first === undefined) return { value: [], source: DEFAULT };
  return { value: takeEntries('environment', first, parseNames, places.problems), source: first.source };
}

function takeEntries<T>(
  option: string,
  { raw, source }: { raw: unknown; source: string },
  parse: (raw: unknown) => ParsedList<T>,
  problems: SetupProblem[],
): T[] {
  const { values, reasons } = parse(raw);
  for (const reason of reasons) {
    problems.push({
      severity: 'error',
      error: optionError(option, reason, source),
      using: 'the other entries',
    });
  }
  return values;
}

function joinSources(sources: readonly string[]): string {
  return sources.length === 0 ? DEFAULT : [...new Set(sources)].join(', ');
}

/** Looks only at what `conf` is: it is read when a report is made. */
function checkConf(conf: unknown, problems: SetupProblem[]): void {
  if (conf === undefined || conf === null) return;
  const reason =
    typeof conf !== 'object' && typeof conf !== 'function'
      ? `must be a configuration object or a function that returns one, not ${quote(conf)}`
      : isAsyncFunction(conf)
        ? 'must return the configuration at once, an async function cannot'
        : null;
  if (reason === null) return;
  const using = "the report's own options and the environment";
  problems.push({ severity: 'error', error: optionError('conf', reason, 'argument'), using });
}
