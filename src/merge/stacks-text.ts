import { escapeLine } from '../views/text-escape.js';
import { branchLines } from '../views/text-green-threads.js';
import { WIDTH, banner, subBanner } from '../views/text-layout.js';
import type { FrameTable } from './frame-table.js';
import { type CountOf, countsOf } from './process-counts.js';
import type { MergedProcess, ProcessTable } from './process-table.js';
import type { ReadingSummary } from './reading-summary.js';
import type { ReportSet } from './report-set.js';
import { type Selection, selectGroups } from './select-groups.js';
import { plural, setLine, setNotes, timeLine } from './set-lines.js';
import { type StackGroup, type StackKind } from './stack-merger.js';
import { mergedBranch } from './stack-tree.js';
import type { Tally } from './tally.js';

/** Hosts, processes and texts that are named; of the rest, how many there are. */
const MOST_NAMED = 5;

export const ABANDONED = 'abandoned = nothing can resume it any more';

export const KIND_NAMES: { [kind in StackKind]: string } = { thread: 'Thread', greenThread: 'Green Thread' };

/** The groups for people, in the layout of the reports' text view, piece by piece. */
export function* stacksText(
  set: ReportSet,
  selection: Selection,
  reading: ReadingSummary,
): Generator<string> {
  const { shown, total, left, internal } = selectGroups(set.stacks.groups.values(), selection, set.frames);
  const head = [
    ...banner('Merged Stacks'),
    '|'.repeat(WIDTH),
    '',
    `reports = ${setLine(set)}`,
    `generated at = ${timeLine(set)}`,
    ...setNotes(set, reading),
    `stacks = ${total.stacks}, of ${plural(total.kinds, 'kind')}`,
  ];
  if (left.kinds > 0)
    head.push(`left out = ${plural(left.kinds, 'kind')} with ${plural(left.stacks, 'stack')}`);
  if (internal.kinds > 0) {
    head.push(`not shown = ${plural(internal.kinds, 'kind')} (Node's own throughout)`);
  }
  yield text(head);
  for (const group of shown) {
    const { count } = group.tree;
    const name = KIND_NAMES[group.kind];
    yield text([
      '',
      subBanner(count === 1 ? name : `${name} x ${count}`),
      ...whereLines(group, set.processes),
      ...aboutLines(group),
      ...stackLines(group, set.frames),
    ]);
  }
}

/** In which reports, processes and hosts a group is. */
function whereLines(group: StackGroup, table: ProcessTable): string[] {
  const { processes, hosts } = countsOf(group.processes, table);
  const lines = [`in = ${plural(group.reports, 'report')}`];
  if (hosts.length > 1) lines.push(`hosts = ${named(hosts, (host) => host)}`);
  lines.push(`${processes.length > 1 ? 'processes' : 'process'} = ${named(processes, processName)}`);
  return lines;
}

function processName({ pid, serviceName, hostname }: MergedProcess): string {
  return `${pid} ${serviceName} on ${hostname}`;
}

/** What is known of the stacks of a group besides their frames. */
function aboutLines({ threadKinds, states, waitsFor, labels, abandoned }: StackGroup): string[] {
  return [
    ...(abandoned ? [ABANDONED] : []),
    ...tallyLine('threads', threadKinds),
    ...tallyLine('states', states),
    ...tallyLine('waits for', waitsFor),
    ...tallyLine('serves', labels),
  ];
}

export function stackLines({ tree }: StackGroup, frames: FrameTable): string[] {
  const { awaitedBy = [], ...branch } = mergedBranch(tree, frames);
  return branchLines({
    ...branch,
    ...(awaitedBy.length > 0 ? { awaitedBy: awaitedBy.map(withoutSingle) } : {}),
  });
}

/** The view says `awaited by:` where there is no count. */
function withoutSingle({
  count,
  awaitedBy,
  ...branch
}: ReturnType<typeof mergedBranch>): Parameters<typeof branchLines>[0] {
  return {
    ...branch,
    ...(count === 1 ? {} : { count }),
    ...(awaitedBy === undefined ? {} : { awaitedBy: awaitedBy.map(withoutSingle) }),
  };
}

function tallyLine(name: string, tally: Tally): string[] {
  if (tally.isEmpty) return [];
  const counts = tally.entries().map(([of, count]) => ({ of, count }));
  return [`${name} = ${named(counts, (one) => one, tally.others > 0)}`];
}

/** `rack1 (8), rack2 (3), and 7 more`; what is alone needs no count. */
function named<T>(counts: readonly CountOf<T>[], name: (of: T) => string, more = false): string {
  if (counts.length === 1 && !more) return counts.map(({ of }) => escapeLine(name(of))).join('');
  const shown = counts.slice(0, MOST_NAMED).map(({ of, count }) => `${escapeLine(name(of))} (${count})`);
  const left = counts.length - shown.length;
  if (more) shown.push('and others');
  else if (left > 0) shown.push(`and ${left} more`);
  return shown.join(', ');
}

function text(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}
