import type { ReadingSummary } from '../merge/reading-summary.js';
import type { Report } from '../report/schema.js';
import { readReports } from '../saved/read-reports.js';
import type { Cli } from './cli.js';
import { EXIT } from './exit-status.js';

/** Problems that are listed in JSON. */
const MOST_LISTED = 100;

/** Problems with files that the user did not name, but the directory that they are in, which are told on stderr. */
const MOST_TOLD = 10;

const MEGABYTE = 1e6;

export interface SavedReading {
  summary: ReadingSummary;
  reports: number;
  /** A file or directory that the user named cannot be read. */
  failed: boolean;
}

/**
 * Reads all reports in files, directories and standard input, and tells problems on stderr, one a line. If a path that the
 * user named cannot be read, or there is no report at all, the command will have failed, whatever else it does.
 *
 * @param onReport `false` ends the reading
 */
export async function readSaved(
  cli: Cli,
  paths: readonly string[],
  onReport: (report: Report) => boolean | Promise<boolean> | void,
): Promise<SavedReading> {
  const summary: ReadingSummary = {
    sources: 0,
    withoutReport: 0,
    unreadableReports: 0,
    skippedLines: 0,
    problems: [],
  };
  const progress = cli.startProgress();
  let reports = 0;
  let bytes = 0;
  let failed = false;
  let told = 0;
  const tell = (where: string, reason: string, named: boolean): void => {
    const line = `${where}: ${reason}`;
    if (summary.problems.length < MOST_LISTED) summary.problems.push(line);
    if (!named) told++;
    if (named || told <= MOST_TOLD) cli.warn(line);
  };

  reading: for await (const reading of readReports(paths, { stdin: cli.stdin })) {
    switch (reading.kind) {
      case 'report':
        reports++;
        if ((await onReport(reading.report)) === false) break reading;
        break;
      case 'problem':
        if (reading.line === null) summary.withoutReport++;
        else summary.unreadableReports++;
        tell(
          reading.line === null ? reading.source : `${reading.source}:${reading.line}`,
          reading.reason,
          false,
        );
        break;
      case 'unreadable':
        failed ||= reading.named;
        tell(reading.source, `cannot be read: ${reading.reason}`, reading.named);
        break;
      case 'progress':
        bytes += reading.bytes;
        progress.update(() => `${reports} reports, ${(bytes / MEGABYTE).toFixed(0)} MB read`);
        break;
      case 'end':
        summary.sources++;
        // A source without a report is counted as such.
        if (reading.reports > 0) summary.skippedLines += reading.skippedLines;
        break;
    }
  }
  progress.clear();
  if (told > MOST_TOLD) cli.warn(`and ${told - MOST_TOLD} more of the kind`);
  if (reports === 0 && summary.problems.length === 0) cli.warn(`${paths.join(' ')}: there is no file in it`);
  if (failed || reports === 0) cli.status = EXIT.usage;
  return { summary, reports, failed };
}
