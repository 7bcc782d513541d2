import type { Settings } from '../config/options.js';
import type { Report, Trigger } from '../report/schema.js';
import { createCoalescer } from './coalesce.js';
import { type Delivery, deliver } from '../sinks/deliver.js';
import type { StderrSink } from '../sinks/stderr.js';
import { renderReport } from '../views/render.js';

export interface ReporterOptions {
  /** The settings in force; read anew for each report. */
  settings: () => Settings;
  make: (trigger: Trigger, change?: ReportChange) => Promise<Report>;
  stderr: StderrSink;
  /** Called with the trigger that is due, and with `null` when nothing is any more. */
  onDue?: (trigger: Trigger | null) => void;
  /** Called when a report was delivered, or could not be. */
  onDelivered?: (report: Report, delivery: Delivery) => void;
}

/** What is different for one report. */
export interface ReportChange {
  /** Put over the settings in force. */
  settings: Partial<Pick<Settings, 'greenThreads' | 'maxPause'>>;
  /** Titles or kinds of the sections that are wanted; `null`: all. */
  only: readonly string[] | null;
}

/** Makes one report at a time and brings it to where it belongs. */
export interface Reporter {
  /** Asks for a report to be delivered. Requests that come too fast are answered together. */
  request(trigger: Trigger): void;
  /** Makes a report for the program itself: not delivered, and not held back by the minimum interval. */
  generate(trigger: Trigger, change?: ReportChange): Promise<Report>;
  /** The settings have changed. */
  configure(): void;
  /** Takes no more requests. Idempotent. */
  dispose(): void;
}

export function createReporter(reporterOptions: ReporterOptions): Reporter {
  const { settings, make, stderr, onDue = () => {}, onDelivered = () => {} } = reporterOptions;
  // One report is made at a time, whoever asked for it. Delivery is not part of the turn: it waits for slow readers.
  let last: Promise<unknown> = Promise.resolve();
  const makeInTurn = (trigger: Trigger, change?: ReportChange): Promise<Report> => {
    const turn = last.then(() => make(trigger, change));
    last = turn.catch(() => {}); // whoever asked gets the rejection; the next in line does not
    return turn;
  };
  let dueKnown = false;
  const options = {
    minIntervalMs: settings().minInterval * 1000,
    async run(trigger: Trigger, coalesced: number): Promise<void> {
      const report = await makeInTurn(coalesced > 0 ? { ...trigger, coalesced } : trigger);
      const { format, logDir, serviceName } = settings();
      const text = renderReport(report, format);
      const at = new Date(report.generatedAt);
      const target =
        logDir === null
          ? ({ kind: 'stderr' } as const)
          : ({ kind: 'file', logDir, serviceName, pid: process.pid, at, format } as const);
      onDelivered(report, await deliver(text, target, { stderr }));
    },
    onError: (error: unknown) =>
      stderr.problem(`no report: ${error instanceof Error ? error.message : String(error)}`),
  };
  const coalescer = createCoalescer<Trigger>(options);
  return {
    request(trigger) {
      onDue(trigger);
      coalescer.request(trigger);
      if (dueKnown) return;
      dueKnown = true;
      void coalescer.idle().then(() => {
        dueKnown = false;
        onDue(null);
      });
    },
    generate: makeInTurn,
    configure() {
      options.minIntervalMs = settings().minInterval * 1000;
    },
    dispose() {
      coalescer.dispose();
      stderr.close();
    },
  };
}
