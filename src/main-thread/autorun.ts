import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { setEnvironmentData } from 'node:worker_threads';
import type { Settings, SettingSources } from '../config/options.js';
import { joinGroups, readProcessConfiguration, readReportOptions } from '../config/process-configuration.js';
import { readConfiguration } from '../config/read-conf.js';
import { AGENT_KEY, CONFIGURATION_ID, type TaskOutcome } from '../generation/main-thread-access.js';
import type { Reporter } from '../generation/reporter.js';
import { whyNoInspector } from '../inspector/in-process.js';
import type { Report, Trigger } from '../report/schema.js';
import type { ProcessFacts } from '../sections/package.js';
import { createSlots, SLOT } from '../sentinel/slots.js';
import { problemLine } from '../sinks/stderr.js';
import { watchFile } from '../triggers/file.js';
import { getAgent } from './agent.js';
import { SentinelHandle } from './sentinel-handle.js';

/** A set-up as it is in force: what the options came to, and where they came from. */
export interface AutorunSetup {
  settings: Settings;
  sources: SettingSources;
  /** The application's configuration object, or a function that returns it; `undefined` for none. */
  conf: unknown;
}

/**
 * What runs in the main thread of a process that is set up: the handler that keeps a signal from killing the process,
 * the sentinel, and the main thread's own reporter for when there is no sentinel.
 */
export class Autorun {
  #setup: AutorunSetup;
  readonly #agent = getAgent();
  readonly #slots = createSlots();
  readonly #facts = readProcessFacts();
  readonly #sentinel: SentinelHandle;
  #signalsSeen = 0;
  #configuration: TaskOutcome | null = null;
  #local: Promise<Reporter> | null = null;
  #stopWatching: (() => void) | null = null;
  #listening: string | null = null;
  /** Since when nobody has looked at the trigger file, ms since the epoch. */
  #unwatchedSince = Date.now();
  readonly #releaseAnchor: () => void;
  #disposed = false;

  constructor(setup: AutorunSetup) {
    this.#setup = setup;
    this.#listen(); // first of all: from here on the signal does not kill
    this.#releaseAnchor = this.#agent.anchor.hold();
    this.#agent.slots = this.#slots;
    // For workers that are started from here on, and theirs: by it they can be made to stand still.
    setEnvironmentData(AGENT_KEY, this.#slots);
    this.#agent.configuration = () => this.#readConfiguration();
    this.#agent.registry.onChange = () =>
      this.#sentinel.post({ type: 'sections', sections: this.#agent.registry.entries() });
    process.on('exit', this.#onExit);
    this.#sentinel = new SentinelHandle(this.#slots, {
      startWith: () => ({
        slots: this.#slots,
        settings: this.#setup.settings,
        facts: this.#facts,
        sections: this.#agent.registry.entries(),
        since: this.#unwatchedSince,
        lastConfiguration: this.#configuration,
      }),
      onReady: () => this.#onReady(),
      onTasks: (requestId, { tasks, budgetMs }) =>
        void this.#agent.serveRequest(requestId, tasks, budgetMs, (index, outcome) =>
          this.#sentinel.taskDone(requestId, index, outcome),
        ),
      onDown: (state, owed) => this.#onDown(state, owed),
    });
    if (this.#sentinel.state === 'lost') this.#watchFile();
  }

  /** Puts another set-up in force, as if it had been the first. */
  configure(setup: AutorunSetup): void {
    this.#setup = setup;
    this.#listen();
    this.#sentinel.post({ type: 'configure', settings: setup.settings });
    if (this.#sentinel.state === 'lost') this.#watchFile();
    void this.#local?.then((reporter) => reporter.configure());
  }

  async generate(): Promise<Report> {
    const { state } = this.#sentinel;
    if (state === 'ready' || state === 'starting') return this.#sentinel.generate();
    const trigger: Trigger = {
      kind: 'api',
      receivedBy: 'main',
      reason: this.#sentinel.problem ?? 'no sentinel',
    };
    return (await this.#localReporter()).generate(trigger);
  }

  /** Idempotent. The signal has its default effect again: it ends the process. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    if (this.#listening) process.removeListener(this.#listening, this.#onSignal);
    process.removeListener('exit', this.#onExit);
    this.#sentinel.dispose();
    this.#stopWatching?.();
    void this.#local?.then((reporter) => reporter.dispose());
    this.#releaseAnchor();
    this.#agent.slots = null;
    setEnvironmentData(AGENT_KEY, undefined);
    this.#agent.configuration = () => ({ groups: {} });
    this.#agent.registry.onChange = () => {};
  }

  readonly #onExit = (): void => this.#sentinel.letGo();

  /**
   * The main thread sees each signal too. With a sentinel that is all it does: it says how many, and the sentinel takes
   * up what came before it was ready. Without one it serves.
   */
  readonly #onSignal = (): void => {
    this.#signalsSeen++;
    const { state } = this.#sentinel;
    if (state === 'ready' || state === 'starting') {
      this.#sentinel.post({ type: 'signals-seen', count: this.#signalsSeen });
    } else {
      this.#serveMissedSignals();
    }
  };

  #listen(): void {
    const { signal, fileEventHandler } = this.#setup.settings;
    const wanted = fileEventHandler === null ? signal : null;
    if (wanted === this.#listening) return;
    if (wanted !== null) process.on(wanted, this.#onSignal);
    if (this.#listening !== null) process.removeListener(this.#listening, this.#onSignal);
    this.#listening = wanted;
  }

  #onReady(): void {
    if (this.#disposed) return;
    this.#stopWatching?.();
    this.#stopWatching = null;
    if (this.#signalsSeen > 0) this.#sentinel.post({ type: 'signals-seen', count: this.#signalsSeen });
    // What to show should the main thread be in native code when the report is asked for.
    void this.#agent.runTasks([{ kind: 'model', sectionId: CONFIGURATION_ID }], 1000, (_index, outcome) => {
      this.#configuration = outcome;
      this.#sentinel.post({ type: 'configuration', outcome });
    });
  }

  #onDown(state: 'down' | 'lost', owed: Trigger | null): void {
    this.#unwatchedSince = Date.now();
    if (state === 'lost') {
      problemLine(
        `${this.#sentinel.problem}; the main thread serves from here on, when its event loop turns`,
      );
      this.#watchFile();
    }
    if (owed) this.#serve({ ...owed, receivedBy: 'main' });
    this.#serveMissedSignals();
  }

  #serveMissedSignals(): void {
    const missed = this.#signalsSeen - Atomics.load(this.#slots, SLOT.SIGNALS_TAKEN);
    if (missed <= 0) return;
    Atomics.add(this.#slots, SLOT.SIGNALS_TAKEN, missed);
    this.#serve({ kind: 'signal', detail: this.#setup.settings.signal, receivedBy: 'main' });
  }

  #serve(trigger: Trigger): void {
    const reason = this.#sentinel.problem ?? 'there is no sentinel';
    this.#localReporter().then(
      (reporter) => reporter.request({ ...trigger, reason }),
      (error: unknown) => problemLine(`no report: ${String(error)}`),
    );
  }

  #localReporter(): Promise<Reporter> {
    this.#local ??= import('./local-reporter.js').then(({ createLocalReporter }) =>
      createLocalReporter(() => this.#setup.settings, this.#facts),
    );
    return this.#local;
  }

  /** The file trigger of the main thread, for when the sentinel is lost. */
  #watchFile(): void {
    this.#stopWatching?.();
    this.#stopWatching = null;
    const { fileEventHandler: path, fileEventHandlerInterval: interval } = this.#setup.settings;
    if (path === null) return;
    const onTouch = (): void => this.#serve({ kind: 'file', detail: path, receivedBy: 'main' });
    this.#stopWatching = watchFile({
      path,
      interval,
      onTouch,
      onProblem: problemLine,
      since: this.#unwatchedSince,
    });
  }

  #readConfiguration(): unknown {
    const { settings, sources, conf } = this.#setup;
    if (conf === undefined || conf === null) {
      const { argv, execArgv, env } = process;
      const nodeOptions = env['NODE_OPTIONS'];
      return {
        groups: readProcessConfiguration({ settings, sources, env, argv, execArgv, nodeOptions }),
        notes: [],
      };
    }
    const { groups, notes } = readConfiguration(conf, settings.environment);
    return { groups: joinGroups(groups, readReportOptions(settings, sources)), notes };
  }
}

export function readProcessFacts(): ProcessFacts {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) environment[name] = value;
  return {
    hostname: hostname(),
    mainScript: process.argv[1] === undefined ? null : resolve(process.argv[1]),
    argv: [...process.argv],
    execArgv: [...process.execArgv],
    environment,
    inspectorProblem: whyNoInspector(),
    startedAt: performance.timeOrigin,
  };
}
