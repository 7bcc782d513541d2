import { escapeLine } from '../views/text-escape.js';
import { type ReadingSummary, skippedLine } from './reading-summary.js';
import type { MergedParts, ReportSet } from './report-set.js';

/** How the parts are called in text. */
export const PART_NAMES: { [part in keyof MergedParts]: string } = {
  threads: 'Threads',
  greenThreads: 'Green Threads',
  settings: 'Configuration',
};

/** `3 reports of 2 processes on 1 host`. */
export function setLine({ reports, processes }: ReportSet): string {
  const size = `${plural(reports, 'report')} of ${plural(processes.processes.length, 'process', 'processes')}`;
  return `${size} on ${plural(processes.hosts.size, 'host')}`;
}

/** When the reports were generated: `A`, or `A to B`. */
export function timeLine({ first, last }: ReportSet): string {
  return escapeLine(first === last ? `${first}` : `${first} to ${last}`);
}

/** What else is worth knowing of a set: duplicates, sections that are not in every report, what was skipped. */
export function setNotes(set: ReportSet, reading: ReadingSummary): string[] {
  const lines: string[] = [];
  if (set.duplicates > 0)
    lines.push(`given more than once = ${plural(set.duplicates, 'report')}, not counted again`);
  for (const [part, name] of Object.entries(PART_NAMES) as [keyof MergedParts, string][]) {
    const having = set.having[part];
    if (set.parts[part] && having < set.reports)
      lines.push(`with ${name} = ${plural(having, 'report')} only`);
  }
  const skipped = skippedLine(reading);
  if (skipped !== null) lines.push(`skipped = ${skipped}`);
  return lines;
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}
