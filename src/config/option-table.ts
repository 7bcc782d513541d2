/** The options that have one value each: their names in all places, and how to read, default and show them. */
import type { Settings } from './options.js';
import {
  parseBoolean,
  parseDirectory,
  parseFormat,
  parseGreenThreads,
  parseMegabytes,
  parsePath,
  parseSeconds,
} from './option-values.js';
import type { Parsed } from './parsed.js';
import { DEFAULT_SIGNAL, parseSignal } from './signal-name.js';

/** Where an option is looked for, besides the argument. */
export interface OptionNames {
  /** The environment variable. */
  env: string;
  /** The key in the configuration file. */
  key: string;
}

export interface OptionRule<T> extends OptionNames {
  parse: (raw: unknown) => Parsed<T>;
  fallback: T;
  /** The value in a message. */
  show: (value: T) => string;
}

type SimpleOption = Exclude<
  keyof Settings,
  'package' | 'serviceName' | 'configFile' | 'mask' | 'environment'
>;

const DAY = 86_400;
const seconds = (value: number) => `${value} s`;

export const OPTION_RULES: { [K in SimpleOption]: OptionRule<Settings[K]> } = {
  signal: {
    env: 'GURU_SIGNAL',
    key: 'signal',
    parse: parseSignal,
    fallback: DEFAULT_SIGNAL,
    show: String,
  },
  logDir: {
    env: 'GURU_LOG_DIR',
    key: 'log_dir',
    parse: parseDirectory,
    fallback: null,
    show: (path) => path ?? 'stderr',
  },
  fileEventHandler: {
    env: 'GURU_FILE_EVENT_HANDLER',
    key: 'file_event_handler',
    parse: parsePath,
    fallback: null,
    show: (path) => path ?? 'the signal trigger',
  },
  fileEventHandlerInterval: {
    env: 'GURU_FILE_EVENT_HANDLER_INTERVAL',
    key: 'file_event_handler_interval',
    // More often than a hundred times a second is a busy loop, more seldom than daily is a mistake of units.
    parse: parseSeconds(0.01, DAY),
    fallback: 1,
    show: seconds,
  },
  format: {
    env: 'GURU_FORMAT',
    key: 'format',
    parse: parseFormat,
    fallback: 'text',
    show: String,
  },
  minInterval: {
    env: 'GURU_MIN_INTERVAL',
    key: 'min_interval',
    parse: parseSeconds(0, DAY),
    fallback: 1,
    show: seconds,
  },
  deadline: {
    env: 'GURU_DEADLINE',
    key: 'deadline',
    // Below a tenth of a second no thread's stack would ever get in.
    parse: parseSeconds(0.1, 3600),
    fallback: 5,
    show: seconds,
  },
  greenThreads: {
    env: 'GURU_GREEN_THREADS',
    key: 'green_threads',
    parse: parseGreenThreads,
    fallback: 'auto',
    show: String,
  },
  greenThreadsMaxHeap: {
    env: 'GURU_GREEN_THREADS_MAX_HEAP',
    key: 'green_threads_max_heap',
    parse: parseMegabytes(0, 1_000_000),
    fallback: 32,
    show: (megabytes) => `${megabytes} MB`,
  },
  maxPause: {
    env: 'GURU_MAX_PAUSE',
    key: 'max_pause',
    // Longer than this is no pause but an outage.
    parse: parseSeconds(0, 10),
    fallback: 0.02,
    show: seconds,
  },
  rehearsal: {
    env: 'GURU_REHEARSAL',
    key: 'rehearsal',
    parse: parseBoolean,
    fallback: true,
    show: String,
  },
  socket: {
    env: 'GURU_SOCKET',
    key: 'socket',
    parse: parseBoolean,
    fallback: true,
    show: String,
  },
};

export const SERVICE_NAME: OptionNames = { env: 'GURU_SERVICE_NAME', key: 'service_name' };

export const CONFIG_FILE_VARIABLE = 'GURU_CONFIG_FILE';

export const PACKAGE_FIELDS = {
  vendor: { env: 'GURU_PACKAGE_VENDOR', key: 'package_vendor' },
  product: { env: 'GURU_PACKAGE_PRODUCT', key: 'package_product' },
  version: { env: 'GURU_PACKAGE_VERSION', key: 'package_version' },
} as const satisfies Record<string, OptionNames>;

export const MASK_NAMES: OptionNames = { env: 'GURU_MASK_NAMES', key: 'mask_names' };
export const MASK_PATTERNS: OptionNames = { env: 'GURU_MASK_PATTERNS', key: 'mask_patterns' };
export const ENVIRONMENT: OptionNames = { env: 'GURU_ENVIRONMENT', key: 'environment' };

/** Everything that {@link AutorunOptions} may hold, and in `package` and `mask`. */
export const ARGUMENTS: readonly string[] = [
  ...Object.keys(OPTION_RULES),
  'package',
  'serviceName',
  'conf',
  'configFile',
  'mask',
  'environment',
];

const NAMED: readonly OptionNames[] = [
  ...Object.values(OPTION_RULES),
  SERVICE_NAME,
  ...Object.values(PACKAGE_FIELDS),
  MASK_NAMES,
  MASK_PATTERNS,
  ENVIRONMENT,
];

/** The keys that the group of the configuration file may hold. */
export const FILE_KEYS: readonly string[] = NAMED.map(({ key }) => key);

/** The environment variables that are read. */
export const VARIABLES: readonly string[] = [...NAMED.map(({ env }) => env), CONFIG_FILE_VARIABLE];
