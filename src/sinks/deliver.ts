import { writeReportFile, type ReportFile } from './file.js';
import { formatProblem } from './problem-line.js';
import type { StderrSink } from './stderr.js';

/** Where a report is to go. */
export type DeliveryTarget = { kind: 'stderr' } | ({ kind: 'file' } & ReportFile);

/** Where it went; `problem` says in one line why it is not where it was to go. */
export type Delivery =
  | { kind: 'file'; path: string }
  | { kind: 'stderr'; problem?: string }
  | { kind: 'lost'; problem: string };

export interface DeliveryDeps {
  stderr: Pick<StderrSink, 'write'>;
}

/**
 * Brings a rendered report to where it is to go. One that cannot be written into the log directory goes to stderr after
 * a line that says why. Never rejects.
 */
export async function deliver(text: string, target: DeliveryTarget, deps: DeliveryDeps): Promise<Delivery> {
  const whole = text.endsWith('\n') ? text : `${text}\n`;
  if (target.kind === 'stderr') return toStderr(whole, null, deps);
  try {
    return { kind: 'file', path: writeReportFile(target, whole) };
  } catch (error) {
    return toStderr(whole, error instanceof Error ? error.message : String(error), deps);
  }
}

async function toStderr(text: string, problem: string | null, deps: DeliveryDeps): Promise<Delivery> {
  // One text, so that nothing comes between the line and the report.
  const outcome = await deps.stderr.write(problem === null ? text : formatProblem(problem) + text);
  if (outcome === 'written') return problem === null ? { kind: 'stderr' } : { kind: 'stderr', problem };
  const lost = outcome === 'closed' ? 'nobody reads stderr' : 'stderr could not take the whole report';
  return { kind: 'lost', problem: problem === null ? lost : `${problem}; ${lost}` };
}
