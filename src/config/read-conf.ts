import { isModuleNamespaceObject, isPromise } from 'node:util/types';
import { GuruError } from '../report/error.js';
import { toPlain } from '../report/plain.js';
import type { ConfigurationAdapter, LiveConfiguration } from './adapters/adapter.js';
import { convictAdapter } from './adapters/convict.js';
import { nconfAdapter } from './adapters/nconf.js';
import { nodeConfigAdapter } from './adapters/node-config.js';
import { plainAdapter } from './adapters/plain.js';
import { shownVariables } from './environment.js';
import { groupOptions, type ConfigurationGroups } from './grouping.js';
import type { Settings } from './options.js';
import { quote } from './problem.js';

/** What an application's configuration holds at the moment, as plain data. */
export interface ConfigurationReading {
  groups: ConfigurationGroups;
  /** `GROUP.OPTION` of the options that the application declares to be secret; their values are `***` already. */
  secrets: string[];
  /** What the configuration was recognised as: `convict`, `node-config`, `nconf` or `object`. */
  source: string;
  /** What is not in `groups`, and why; one line each. Empty if all is there. */
  notes: string[];
}

/** The first that recognises the object reads it. */
const ADAPTERS: readonly ConfigurationAdapter[] = [
  convictAdapter,
  nodeConfigAdapter,
  nconfAdapter,
  plainAdapter,
];

/**
 * Reads the option `conf`: a convict instance, the node-config object, an nconf provider, a plain object, or a
 * function that returns one of these. To be called in the thread whose object it is, each time a report is made.
 * Options that are declared secret are masked; masking by name and value is the report's.
 *
 * Synchronous, of bounded size, and without effect on the object. An option whose getter throws costs that option.
 *
 * @param environment - the setting of that name, for configurations that take in the whole environment.
 * @throws GuruError `ERR_GURU_OPTION` if `conf` is none of these, or does not let itself be read.
 */
export function readConfiguration(
  conf: unknown,
  environment: Settings['environment'] = [],
): ConfigurationReading {
  const object = resolveConf(conf);
  const { name, live } = readLive(object, shownVariables(environment));
  const { value, cut } = toPlain(live.tree);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw confError(`is ${quote(value)} and no configuration`);
  }
  const { groups, masked } = groupOptions(value, live.secrets);
  return {
    groups,
    secrets: masked,
    source: name,
    notes: cut === null ? [...live.notes] : [...live.notes, cut],
  };
}

function readLive(
  object: object,
  isShown: (variable: string) => boolean,
): { name: string; live: LiveConfiguration } {
  try {
    // Never empty: the last adapter takes every object.
    const adapter = ADAPTERS.find(({ recognises }) => recognises(object)) ?? plainAdapter;
    return { name: adapter.name, live: adapter.read(object, { isShown }) };
  } catch (error) {
    throw confError(`cannot be read: ${messageOf(error)}`, error);
  }
}

function resolveConf(conf: unknown): object {
  if (typeof conf !== 'function') return checkObject(conf, 'is');
  let returned: unknown;
  try {
    returned = (conf as () => unknown)();
  } catch (error) {
    throw confError(`threw ${messageOf(error)}`, error);
  }
  if (isPromise(returned)) {
    // Nobody will look at it: without this, its rejection would end the application.
    returned.catch(() => undefined);
    throw confError('returned a promise; the configuration must be there at once');
  }
  return checkObject(returned, 'returned');
}

function checkObject(value: unknown, verb: 'is' | 'returned'): object {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isPromise(value)) {
    throw confError(`${verb} ${isPromise(value) ? 'a promise' : quote(value)} and no configuration`);
  }
  // `import * as config from 'config'`
  if (isModuleNamespaceObject(value) && 'default' in value) return checkObject(value.default, verb);
  return value;
}

function confError(words: string, cause?: unknown): GuruError {
  return new GuruError(
    'ERR_GURU_OPTION',
    `option conf ${words}`,
    cause === undefined ? undefined : { cause },
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : quote(error);
}
