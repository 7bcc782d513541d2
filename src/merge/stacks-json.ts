import type { FrameTable } from './frame-table.js';
import { countsOf } from './process-counts.js';
import type { ReadingSummary } from './reading-summary.js';
import type { ReportSet } from './report-set.js';
import { type Selection, selectGroups } from './select-groups.js';
import type { StackGroup } from './stack-merger.js';
import { mergedBranch } from './stack-tree.js';
import type { Tally } from './tally.js';

/** Processes and hosts of a group that are listed. Each group lists its own, so that all of them would be too many. */
const MOST_LISTED = 100;

/** What `guru stacks` found, as JSON, piece by piece: docs/cli.md says what is in it. */
export function* stacksJson(
  set: ReportSet,
  selection: Selection,
  reading: ReadingSummary,
): Generator<string> {
  const { shown, ...amounts } = selectGroups(set.stacks.groups.values(), selection, set.frames);
  const head = { ...setData(set, reading), ...amounts };
  yield `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "groups": [`;
  for (const [i, group] of shown.entries()) {
    yield `${i === 0 ? '\n' : ',\n'}${indented(groupData(group, set))}`;
  }
  yield shown.length === 0 ? ']\n}\n' : '\n  ]\n}\n';
}

/** Which reports a set is of. */
export function setData(set: ReportSet, reading: ReadingSummary): object {
  const { reports, duplicates, processes, first, last, having, parts } = set;
  return {
    reports,
    duplicates,
    processes: processes.processes.length,
    hosts: processes.hosts.size,
    first,
    last,
    having: Object.fromEntries(Object.entries(having).filter(([part]) => parts[part as keyof typeof parts])),
    reading,
  };
}

function groupData(group: StackGroup, { processes: table, frames }: ReportSet): object {
  const { processes, hosts } = countsOf(group.processes, table);
  return {
    kind: group.kind,
    count: group.tree.count,
    reports: group.reports,
    processCount: processes.length,
    hostCount: hosts.length,
    hosts: hosts.slice(0, MOST_LISTED).map(({ of: hostname, count }) => ({ hostname, count })),
    processes: processes.slice(0, MOST_LISTED).map(({ of, count }) => ({ ...of, count })),
    ...aboutData(group),
    ...stackData(group, frames),
  };
}

/** What is known of the stacks of a group besides their frames. */
export function aboutData({ threadKinds, states, waitsFor, labels, internal }: StackGroup): object {
  return {
    ...tallyData('threadKinds', threadKinds),
    ...tallyData('states', states),
    ...tallyData('waitsFor', waitsFor),
    ...tallyData('labels', labels),
    ...(internal ? { internal } : {}),
  };
}

/** `abandoned`, `frames` and `awaitedBy`, as in reports. */
export function stackData({ tree, abandoned }: StackGroup, frames: FrameTable): object {
  const { count: _, ...stack } = mergedBranch(tree, frames);
  return { ...(abandoned ? { abandoned } : {}), ...stack };
}

function tallyData(name: string, tally: Tally): object {
  if (tally.isEmpty) return {};
  const counts = tally.entries().map(([text, count]) => ({ text, count }));
  return { [name]: tally.others > 0 ? [...counts, { text: null, count: tally.others }] : counts };
}

export function indented(data: object, columns = 4): string {
  const indent = ' '.repeat(columns);
  return JSON.stringify(data, null, 2).replaceAll(/^/gm, indent);
}
