/**
 * What a program may say at set-up ({@link AutorunOptions}) and what comes of it ({@link Settings}).
 *
 * Every option but `conf` can also be given as an environment variable and in the group `[oslo_reports]` of the
 * configuration file; see {@link resolveSettings} for the precedence and `docs/configuration.md` for the table.
 */

/** The formats that a report can be written in. */
export const REPORT_FORMATS = ['text', 'json', 'xml'] as const;

export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** The group of the configuration file that is read: the one that oslo.reports uses. */
export const CONFIG_FILE_GROUP = 'oslo_reports';

/**
 * Options of `setupAutorun`. All are optional, and `undefined` is the same as leaving an option out, so that
 * `{ logDir: process.env.LOGS }` does what it says.
 */
export interface AutorunOptions {
  /**
   * Who made the software, what it is called and which version it is, for the Package section. What is left out
   * comes from the application's nearest package.json.
   */
  package?: PackageOptions | undefined;
  /** Name of the service, in the report and in file names. Default: the product, else the main script's name. */
  serviceName?: string | undefined;
  /** The signal that asks for a report: `SIGUSR2`, `usr2` or a number. Default: `SIGUSR2`. */
  signal?: string | number | undefined;
  /** An existing, writable directory for one file a report. Default: reports go to stderr. */
  logDir?: string | undefined;
  /** A file to touch for a report. Setting it switches the signal trigger off. The file may be missing for now. */
  fileEventHandler?: string | undefined;
  /** Seconds between two looks at `fileEventHandler`; 0.01 to 86400. Default: 1. */
  fileEventHandlerInterval?: number | undefined;
  /** Default: `text`. */
  format?: ReportFormat | undefined;
  /**
   * The application's configuration, for the Configuration section: a convict instance, the node-config object, an
   * nconf provider, a plain object, or a function that returns one of these (at once, no promise). It is read each
   * time a report is made. Default: the report shows its own options, Node's and the environment.
   */
  conf?: object | (() => object) | undefined;
  /** An INI file as oslo.config reads it, whose group `[oslo_reports]` holds options. */
  configFile?: string | undefined;
  /** Seconds that lie at least between two reports; 0 to 86400. Default: 1. */
  minInterval?: number | undefined;
  /** Seconds that making a report may take, then it comes with what is there; up to 3600. Default: 5. */
  deadline?: number | undefined;
  /**
   * How suspended async functions are listed. `memory`: by reading the process's own memory, which holds a thread up for
   * `maxPause` at most. `snapshot`: from a heap snapshot, whatever it costs: 30 to 140 ms for each MB of small objects.
   * `auto`: from memory; where that cannot be, from a snapshot of threads whose heap is below `greenThreadsMaxHeap`.
   * `off`: the section is left out. Default: `auto`.
   */
  greenThreads?: GreenThreadsMode | undefined;
  /** MB of heap in use up to which `greenThreads: 'auto'` takes a snapshot of a thread. Default: 32. */
  greenThreadsMaxHeap?: number | undefined;
  /**
   * Seconds that a thread may be held up for while what changes in its memory is copied; what could not be copied in
   * time is marked as not confirmed. 0: no thread is held up, and nothing is. Up to 10. Default: 0.02.
   */
  maxPause?: number | undefined;
  /**
   * Whether a process of more than 150 MB prepares for its first report with green threads from memory, once, when it is not busy. It takes a second or
   * two of CPU time and some 10 to 30 MB, and the report comes sooner. Default: `true`.
   */
  rehearsal?: boolean | undefined;
  /**
   * Whether the process listens at a Unix socket, for the `guru` command of the same user and of root. Without it, `guru`
   * makes its reports from outside. Default: `true`.
   */
  socket?: boolean | undefined;
  /** What to mask besides that which is always masked. Adds to what GURU_MASK_NAMES and the file say. */
  mask?: MaskOptions | undefined;
  /** Names of environment variables whose values may be shown, besides the harmless ones that are always shown. */
  environment?: readonly (string | RegExp)[] | undefined;
}

/** What is done about green threads. */
export const GREEN_THREADS_MODES = ['auto', 'memory', 'snapshot', 'off'] as const;

export type GreenThreadsMode = (typeof GREEN_THREADS_MODES)[number];

export interface PackageOptions {
  vendor?: string | undefined;
  product?: string | undefined;
  version?: string | undefined;
}

export interface MaskOptions {
  /** Names of options, variables and fields whose values are masked. */
  names?: readonly (string | RegExp)[] | undefined;
  /** What is masked wherever it occurs in a value; a string is the source of a regular expression. */
  patterns?: readonly (string | RegExp)[] | undefined;
}

/**
 * The options in force: complete, checked, and fit for `structuredClone`, since the sentinel gets a copy. `conf` is
 * not here: it is a live object and stays in the main thread.
 */
export interface Settings {
  package: { vendor: string | null; product: string | null; version: string | null };
  serviceName: string;
  /** A name of `os.constants.signals`. */
  signal: string;
  /** Absolute; `null`: stderr. */
  logDir: string | null;
  /** Absolute; `null`: the signal is the trigger. */
  fileEventHandler: string | null;
  /** Seconds. */
  fileEventHandlerInterval: number;
  format: ReportFormat;
  /** Absolute; `null` where none is in use. */
  configFile: string | null;
  /** Seconds. */
  minInterval: number;
  /** Seconds. */
  deadline: number;
  greenThreads: GreenThreadsMode;
  /** MB. */
  greenThreadsMaxHeap: number;
  /** Seconds. */
  maxPause: number;
  rehearsal: boolean;
  /** For the `guru` command. */
  socket: boolean;
  mask: { names: (string | RegExp)[]; patterns: RegExp[] };
  environment: (string | RegExp)[];
}

/**
 * Where each setting came from: `argument`, the environment variable's name, `KEY in FILE`, the package.json's path
 * or `default`; several joined with commas for those that are put together from several sources.
 */
export type SettingSources = Record<keyof Settings, string>;
