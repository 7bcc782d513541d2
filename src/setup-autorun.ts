import type { AsyncLocalStorage } from 'node:async_hooks';
import { isMainThread, threadId } from 'node:worker_threads';
import type { AutorunOptions } from './config/options.js';
import type { SetupProblem } from './config/problem.js';
import { type ResolvedSettings, resolveSettings } from './config/settings.js';
import { Autorun, readProcessFacts } from './main-thread/autorun.js';
import { getAgent } from './main-thread/agent.js';
import type { SectionGenerator, SectionViews } from './main-thread/section-registry.js';
import { GuruError } from './report/error.js';
import type { Report } from './report/schema.js';

/** What `setupAutorun` gives: the way to take it all back. */
export interface AutorunHandle {
  /**
   * Stops the sentinel and the triggers; the signal ends the process again, as if this library had never been there.
   * Idempotent. Does nothing if a later `setupAutorun` has taken over.
   */
  dispose(): void;
}

/**
 * Sets this process up for Guru Meditation Reports: from when this returns, the trigger (by default SIGUSR2) makes a
 * report, and nothing else. A second call puts its options in place of those of the first; the sections stay.
 * In a worker thread it does nothing: the main thread's set-up covers the whole process.
 *
 * @throws {GuruError} `ERR_GURU_OPTION` or `ERR_GURU_CONFIG_FILE` for what cannot be used: one line that names the
 *   option, the value and its source. Nothing is set up or changed then.
 */
export function setupAutorun(options: AutorunOptions = {}): AutorunHandle {
  if (!isMainThread) return { dispose() {} };
  const resolved = resolveSettings(options, process.env);
  const error = resolved.problems.find(({ severity }) => severity === 'error');
  if (error) throw error.error;
  return putInForce(resolved, options.conf);
}

/** As {@link setupAutorun}, but what cannot be used gives way to the next best; `onProblem` is told of each. */
export function setupLeniently(
  options: AutorunOptions,
  onProblem: (problem: SetupProblem) => void,
): AutorunHandle {
  const resolved = resolveSettings(options, process.env);
  for (const problem of resolved.problems) onProblem(problem);
  return putInForce(resolved, options.conf);
}

function putInForce({ settings, sources }: ResolvedSettings, conf: unknown): AutorunHandle {
  const agent = getAgent();
  const setup = { settings, sources, conf };
  const autorun = (agent.autorun as Autorun | null) ?? new Autorun(setup);
  if (agent.autorun) autorun.configure(setup);
  agent.autorun = autorun;
  const handle = {
    dispose() {
      if (agent.handle !== handle) return;
      agent.handle = null;
      agent.autorun = null;
      autorun.dispose();
    },
  };
  agent.handle = handle;
  return handle;
}

/** Options of {@link registerSection}. */
export interface SectionOptions {
  /** Views of the section's own, for the formats where the generic ones do not do. */
  views?: SectionViews;
}

/**
 * Adds a section to every report of this process, after the built-in ones. Works before and after `setupAutorun`.
 *
 * @param generator makes the section's model: see {@link SectionGenerator}.
 * @returns an idempotent function that takes the section out again.
 * @throws {GuruError} `ERR_GURU_SECTION` for arguments of the wrong kind.
 */
export function registerSection(
  title: string,
  generator: SectionGenerator,
  options: SectionOptions = {},
): () => void {
  if (typeof options !== 'object' || options === null) {
    throw new GuruError('ERR_GURU_SECTION', `registerSection "${title}": the options must be an object`);
  }
  return getAgent().registry.register(title, generator, options.views);
}

/**
 * Names the requests that suspended functions serve: those that run within a store of `storage` are listed in the Green
 * Threads section with what `label` makes of it, at most 200 characters. `label` is called while a report is made.
 *
 * From then on the stores that `storage` is given are remembered (objects weakly): its `run` and `enterWith` are wrapped, on
 * this instance only, until the label is taken back.
 *
 * @returns an idempotent function that takes the label back.
 * @throws {GuruError} `ERR_GURU_SECTION` for arguments of the wrong kind.
 */
export function labelAsyncContext<T>(storage: AsyncLocalStorage<T>, label: (store: T) => string): () => void {
  return getAgent().labels.register(storage, label as (store: unknown) => unknown);
}

/**
 * Makes a report for the program itself; nothing is written anywhere. Works with and without `setupAutorun`.
 *
 * @throws {GuruError} `ERR_GURU_REPORT` in a worker thread, or if the sentinel dies while it makes it.
 */
export async function generateReport(): Promise<Report> {
  if (!isMainThread) {
    throw new GuruError(
      'ERR_GURU_REPORT',
      `generateReport works in the main thread; this is worker ${threadId}`,
    );
  }
  // Nothing of ours keeps the process alive but this: the program waits for its report.
  const hold = setInterval(() => {}, 60_000);
  try {
    const autorun = getAgent().autorun as Autorun | null;
    return await (autorun ? autorun.generate() : generateWithoutSetup());
  } finally {
    clearInterval(hold);
  }
}

async function generateWithoutSetup(): Promise<Report> {
  const { createLocalReporter } = await import('./main-thread/local-reporter.js');
  const { settings } = resolveSettings({}, process.env);
  const reporter = createLocalReporter(() => settings, readProcessFacts());
  try {
    return await reporter.generate({
      kind: 'api',
      receivedBy: 'main',
      reason: 'setupAutorun was not called',
    });
  } finally {
    reporter.dispose();
  }
}
