const RULE = '={72}';
const TITLE = new RegExp(`^${RULE}\\n==== +Guru Meditation +====\\n${RULE}\\n`, 'gm');

/** The reports in what a service wrote to stderr, each from its title to the next one's. */
export function reportsIn(stderr: string): string[] {
  const starts = [...stderr.matchAll(TITLE)].map((match) => match.index);
  return starts.map((start, number) => stderr.slice(start, starts[number + 1]));
}

/** Whether all these sections have begun in a report. */
export function hasSections(report: string, titles: readonly string[]): boolean {
  return titles.every((title) => new RegExp(`^==== +${title} +====$`, 'm').test(report));
}

/** The part of a report that is about the thread in which something runs; `undefined` where there is none. */
export function threadThatRuns(report: string, functionName: string): string | undefined {
  const threads = report.split(/^(?=------ +Thread #.* +------$)/m).slice(1);
  return threads.find((thread) => new RegExp(` in ${functionName}$`, 'm').test(thread));
}
