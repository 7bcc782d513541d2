import type { Models, Report, Section, SectionKind, SectionOf } from '../report/schema.js';
import { assignments, dataLines, textLines } from './text-data.js';
import { escapeLine } from './text-escape.js';
import { WIDTH, banner, indented, number } from './text-layout.js';
import { processLines } from './text-processes.js';
import { greenThreadLines } from './text-green-threads.js';
import { threadLines } from './text-threads.js';

/** How the model of each kind is shown. A new kind does not compile until it has its row. */
const MODELS: { [K in SectionKind]: (model: Models[K]) => string[] } = {
  package: (model) =>
    assignments(Object.fromEntries(Object.entries(model).map(([key, value]) => [key, value ?? 'unknown']))),
  threads: threadLines,
  greenThreads: greenThreadLines,
  processes: processLines,
  configuration: ({ groups }) =>
    Object.entries(groups).flatMap(([group, options], i) => [
      ...(i === 0 ? [] : ['']),
      `${escapeLine(group)}:`,
      ...indented(assignments(options), 2),
    ]),
  custom: dataLines,
};

/** The report for people, 72 columns wide where values allow. Holds no control characters but line feeds and tabs. */
export function renderText(report: Report): string {
  const lines = [
    ...banner(report.title),
    '|'.repeat(WIDTH),
    '',
    ...header(report),
    ...report.sections.flatMap((section) => ['', ...sectionLines(section)]),
  ];
  return `${lines.join('\n')}\n`;
}

function header({ process, generatedAt, trigger, timings }: Report): string[] {
  const detail = trigger.detail === undefined ? '' : ` ${trigger.detail}`;
  const more = trigger.coalesced === undefined ? '' : ` (and ${trigger.coalesced} more)`;
  const why = trigger.reason === undefined ? '' : `: ${trigger.reason}`;
  const received =
    trigger.receivedBy === 'outside'
      ? 'made from outside of the process'
      : `received by the ${trigger.receivedBy} thread`;
  const pause =
    timings.mainThreadPauseMs === null
      ? ''
      : ` (main thread held up for ${number(timings.mainThreadPauseMs)} ms)`;
  return [
    `process = ${process.pid}, ${process.serviceName} on ${process.hostname}, Node.js ${process.nodeVersion}`,
    `generated at = ${generatedAt}`,
    `trigger = ${trigger.kind}${detail}${more}, ${received}${why}`,
    `time taken = ${number(timings.totalMs)} ms${pause}`,
  ].map(escapeLine);
}

function sectionLines(section: Section): string[] {
  const lines = banner(section.title);
  if (section.status !== 'ok') {
    lines.push(escapeLine(`[${section.status}: ${section.reason ?? 'no reason given'}]`));
  }
  if (section.views?.text !== undefined) return [...lines, ...textLines(section.views.text)];
  return [...lines, ...modelLines(section)];
}

function modelLines<K extends SectionKind>({ kind, status, model }: SectionOf<K>): string[] {
  if (model === null) return status === 'ok' ? ['null'] : [];
  return MODELS[kind](model);
}
