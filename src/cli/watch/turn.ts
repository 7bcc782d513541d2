import { diffSets, type StackAmount, type StackChangeKind } from '../../merge/diff.js';
import type { FrameTable } from '../../merge/frame-table.js';
import { ReportSet } from '../../merge/report-set.js';
import { compareGroups } from '../../merge/select-groups.js';
import type { StackGroup } from '../../merge/stack-merger.js';
import { outerCount } from '../../merge/stack-tree.js';
import type { Report, ReportedProcess, Section } from '../../report/schema.js';

/** Like stacks of a process, in one turn and the one before. */
export interface WatchedGroup {
  /** `same`: as many as before. `null`: there is nothing to compare it with. */
  change: StackChangeKind | 'same' | null;
  before: StackAmount;
  now: StackAmount;
  /** As it is; one that went, as it was. */
  group: StackGroup;
}

/** What a turn shows. */
export interface Turn {
  /** From 1 on. */
  number: number;
  generatedAt: string;
  process: ReportedProcess;
  /** The largest first, by what they are or were; without those that are Node's own throughout. */
  groups: WatchedGroup[];
  /** Groups that are left out as Node's own. */
  internal: number;
  /** `main: idle`: what the threads do that run JavaScript, also those without a stack. */
  threads: string[];
  /** What is missing, and why; one line each. */
  notes: string[];
  frames: FrameTable;
}

const NONE: StackAmount = { count: 0, awaiting: 0, reports: 0 };
const PARTS = { threads: true, greenThreads: true, settings: false };
const WATCHED: readonly Section['kind'][] = ['threads', 'greenThreads'];

/**
 * What a report has, and what of it is different from `before`: the last report, completed by {@link withLastKnown}.
 *
 * Both are merged anew for each turn, which takes some milliseconds: frames that were seen once, of code that is made while
 * the process runs for instance, are not kept for as long as it is watched.
 */
export function makeTurn(
  number: number,
  report: Report,
  before: Report | null,
  notes: readonly string[] = [],
): Turn {
  const now = new ReportSet(PARTS);
  const was = new ReportSet(PARTS, now.frames);
  if (before !== null) was.add(before);
  now.add(report);
  const groups = groupsOf(was, now);
  return {
    number,
    generatedAt: report.generatedAt,
    process: report.process,
    groups: groups.filter(({ group }) => !group.internal),
    internal: groups.filter(({ group }) => group.internal).length,
    threads: threadsOf(report),
    notes: [...notes, ...sectionNotes(report)],
    frames: now.frames,
  };
}

/** A report with the sections of the one before in place of those that it has not got. */
export function withLastKnown(report: Report, before: Report | null): Report {
  const has = (kind: Section['kind']): boolean =>
    report.sections.some((section) => section.kind === kind && section.model !== null);
  const kept = (before?.sections ?? []).filter(({ kind }) => WATCHED.includes(kind) && !has(kind));
  return { ...report, sections: [...report.sections.filter(({ model }) => model !== null), ...kept] };
}

function groupsOf(was: ReportSet, now: ReportSet): WatchedGroup[] {
  const { stacks: changes } = diffSets(was, now, { internal: true });
  const changed = new Map(changes.map((change) => [change.group.key, change]));
  const groups: WatchedGroup[] = [...now.stacks.groups.values()].map((group) => {
    const amount = { count: group.tree.count, awaiting: outerCount(group.tree), reports: 1 };
    const change = changed.get(group.key);
    if (change !== undefined) return { change: change.change, before: change.before, now: amount, group };
    const isCompared = was.having[group.kind === 'thread' ? 'threads' : 'greenThreads'] > 0;
    return { change: isCompared ? 'same' : null, before: isCompared ? amount : NONE, now: amount, group };
  });
  for (const { change, before, group } of changes)
    if (change === 'went') groups.push({ change, before, now: NONE, group });
  return groups.sort((a, b) => size(b) - size(a) || compareGroups(a.group, b.group, now.frames));
}

/** One that went stays in its place for a turn. */
function size({ before, now }: WatchedGroup): number {
  return now.count === 0 ? before.count : now.count;
}

function threadsOf({ sections }: Report): string[] {
  return sections.flatMap((section) => {
    if (section.kind !== 'threads' || section.model === null) return [];
    const own = section.model.threads.filter(({ kind }) => kind === 'main' || kind === 'worker');
    return own.map(({ name, state }) => `${name}: ${state}`);
  });
}

function sectionNotes({ sections }: Report): string[] {
  return sections
    .filter(({ kind, status }) => WATCHED.includes(kind) && status !== 'ok')
    .map(({ title, status, reason }) => `${title}: ${status}${reason === undefined ? '' : `: ${reason}`}`);
}
