/** What came of reading the reports that were merged, besides the reports. */
export interface ReadingSummary {
  /** Files, and standard input, that were read. */
  sources: number;
  /** Those of them that hold no report. */
  withoutReport: number;
  /** What looks like a report and cannot be read. */
  unreadableReports: number;
  /** Lines that are no part of a report, in sources that hold some. */
  skippedLines: number;
  /** One line each; the first hundred. */
  problems: string[];
}

/** One line for people; `null` if there was nothing but reports. */
export function skippedLine({
  withoutReport,
  unreadableReports,
  skippedLines,
}: ReadingSummary): string | null {
  const parts = [
    counted(withoutReport, 'file without a report', 'files without a report'),
    counted(unreadableReports, 'report that cannot be read', 'reports that cannot be read'),
    counted(skippedLines, 'line that is no report', 'lines that are no reports'),
  ].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join(', ');
}

function counted(n: number, one: string, many: string): string | null {
  return n === 0 ? null : `${n} ${n === 1 ? one : many}`;
}
