import { parseReport } from 'guru-meditation';
import { checkStacks } from './check-stacks.mjs';
import { reportedStacks } from './reported-stacks.mjs';

/** The clocks of log and report count whole milliseconds. */
const SLACK_MS = 2;

/**
 * @param {string} text
 * @param {{ history: import('./history.mjs').History, places: Map<string, Map<string, boolean>>, seed: number }} facts
 * @returns the report, its Green Threads section, and what is wrong with it.
 */
export function checkReport(text, { history, places, seed }) {
  const report = parseReport(text);
  const from = Date.parse(report.generatedAt) - SLACK_MS;
  const window = { from, to: from + report.timings.totalMs + 2 * SLACK_MS };
  const section = report.sections.find(({ kind }) => kind === 'greenThreads');
  const problems = [];
  let stacks = [];
  for (const { title, status, reason } of report.sections) {
    if (status !== 'ok' && !reason) problems.push(`${title} is ${status}, and does not say why`);
  }
  if (section?.model) {
    if (section.model.collector !== 'memory') problems.push(`collected from ${section.model.collector}`);
    const uncertain = uncertainThreads(section);
    stacks = reportedStacks(section.model.groups, places);
    problems.push(
      ...checkStacks(stacks, {
        history,
        window,
        seed,
        isCertain: (thread) => !uncertain.has(thread),
      }),
    );
  }
  history.forget(from - 60_000);
  return { report, section, stacks, problems, window };
}

/** Those that the section's reason is about. */
function uncertainThreads({ status, reason }) {
  const threads = new Set();
  if (status === 'ok') return threads;
  for (const part of reason.split('; ')) {
    const [, thread] = /^(?:main thread|thread (\d+)): /.exec(part) ?? [];
    threads.add(Number(thread ?? 0));
  }
  return threads;
}
