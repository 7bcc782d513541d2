import { toPlain } from '../report/plain.js';
import { describeEnvironment, shownVariables } from './environment.js';
import type { ConfigurationGroups } from './grouping.js';
import { splitNodeOptions } from './node-options.js';
import type { Settings, SettingSources } from './options.js';

/** All plain data, so that any thread can do this, with what the main thread gave it. */
export interface ProcessConfiguration {
  settings: Settings;
  sources: SettingSources;
  env: NodeJS.ProcessEnv;
  argv: readonly string[];
  execArgv: readonly string[];
  /** The text of NODE_OPTIONS. */
  nodeOptions: string | undefined;
}

/**
 * The Configuration section of an application that gave no `conf`: {@link readReportOptions}, what Node was started
 * with (`node`, lists of one argument an item) and every environment variable (`environment`), those with their values
 * that are harmless or that the user named; `(set)` stands for the other values.
 */
export function readProcessConfiguration(process: ProcessConfiguration): ConfigurationGroups {
  const { settings, sources, env, argv, execArgv, nodeOptions } = process;
  const { value } = toPlain({
    environment: describeEnvironment(env, shownVariables(settings.environment)),
    node: { NODE_OPTIONS: splitNodeOptions(nodeOptions ?? ''), argv, execArgv },
  });
  return joinGroups(value as ConfigurationGroups, readReportOptions(settings, sources));
}

/**
 * The options of the report itself, as group `guru_meditation`, and where each came from, as group
 * `guru_meditation.sources`. Also for sections with `conf`: the names are unlikely to be an application's, and where
 * they are, {@link joinGroups} lets the application's stand.
 */
export function readReportOptions(settings: Settings, sources: SettingSources): ConfigurationGroups {
  const { names, patterns } = settings.mask;
  return {
    guru_meditation: {
      configFile: settings.configFile,
      deadline: settings.deadline,
      environment: settings.environment.map(String),
      fileEventHandler: settings.fileEventHandler,
      fileEventHandlerInterval: settings.fileEventHandlerInterval,
      format: settings.format,
      greenThreads: settings.greenThreads,
      greenThreadsMaxHeap: settings.greenThreadsMaxHeap,
      logDir: settings.logDir,
      'mask.names': names.map(String),
      // Their number alone: a pattern may spell out what it is to mask.
      'mask.patterns': patterns.length,
      maxPause: settings.maxPause,
      minInterval: settings.minInterval,
      'package.product': settings.package.product,
      'package.vendor': settings.package.vendor,
      'package.version': settings.package.version,
      rehearsal: settings.rehearsal,
      serviceName: settings.serviceName,
      signal: settings.signal,
      socket: settings.socket,
    },
    'guru_meditation.sources': Object.fromEntries(
      Object.entries(sources).sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
  };
}

/** The application's groups and ours, sorted by name; where both have a group, the application's. */
export function joinGroups(application: ConfigurationGroups, ours: ConfigurationGroups): ConfigurationGroups {
  const joined = new Map([...Object.entries(ours), ...Object.entries(application)]);
  return Object.fromEntries([...joined].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
