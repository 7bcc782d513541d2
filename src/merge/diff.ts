import type { MergedParts, ReportSet } from './report-set.js';
import { compareGroups } from './select-groups.js';
import type { MergedSetting } from './settings-merger.js';
import type { StackGroup, StackKind } from './stack-merger.js';
import { outerCount } from './stack-tree.js';

export const STACK_CHANGES = ['appeared', 'went', 'grew', 'shrank'] as const;

export type StackChangeKind = (typeof STACK_CHANGES)[number];

/** Numbers that grew or shrank; `changed` is every other change of a value. */
export type SettingChangeKind = StackChangeKind | 'changed';

/** One side of a stack that changed: over all reports of the set. */
export interface StackAmount {
  count: number;
  /** Stacks at the outer ends of what awaits it; `count`, where nothing does. */
  awaiting: number;
  /** In how many reports it is. */
  reports: number;
}

export interface StackChange {
  change: StackChangeKind;
  kind: StackKind;
  before: StackAmount;
  after: StackAmount;
  /** The group of the side that has it; of the second, if both have. */
  group: StackGroup;
}

export interface SettingChange {
  change: SettingChangeKind;
  group: string;
  option: string;
  /** `null` where it is not. */
  before: MergedSetting | null;
  after: MergedSetting | null;
}

export interface Difference {
  stacks: StackChange[];
  settings: SettingChange[];
  /** What one of the sets has in none of its reports, so that nothing can be said of it. */
  notCompared: { part: keyof MergedParts; missing: 'before' | 'after' | 'both' }[];
  /** Stacks that changed, but are Node's own throughout. */
  internal: number;
}

const NONE: StackAmount = { count: 0, awaiting: 0, reports: 0 };

/**
 * What is different between two sets of reports, which must share their frames. Sets may differ in size: counts are
 * compared by report, of those that have the section at all.
 *
 * @param internal whether green threads that are Node's own throughout are compared
 */
export function diffSets(
  before: ReportSet,
  after: ReportSet,
  { internal }: { internal: boolean },
): Difference {
  const notCompared: Difference['notCompared'] = [];
  const compares = (part: keyof MergedParts): boolean => {
    if (!before.parts[part]) return false;
    const [first, second] = [before.having[part] > 0, after.having[part] > 0];
    if (first && second) return true;
    notCompared.push({ part, missing: first ? 'after' : second ? 'before' : 'both' });
    return false;
  };
  const kinds: StackKind[] = [];
  if (compares('threads')) kinds.push('thread');
  if (compares('greenThreads')) kinds.push('greenThread');
  const all = kinds.flatMap((kind) => stackChanges(before, after, kind));
  const stacks = internal ? all : all.filter(({ group }) => !group.internal);
  const settings = compares('settings') ? settingChanges(before, after) : [];
  return { stacks: sortChanges(stacks, before), settings, notCompared, internal: all.length - stacks.length };
}

function stackChanges(before: ReportSet, after: ReportSet, kind: StackKind): StackChange[] {
  const part = kind === 'thread' ? 'threads' : 'greenThreads';
  const sizes = [before.having[part], after.having[part]] as const;
  const changes: StackChange[] = [];
  const compare = (was: StackGroup | undefined, is: StackGroup | undefined): void => {
    const group = is ?? was;
    if (group?.kind !== kind) return;
    const [one, other] = [amount(was), amount(is)];
    const change = changeOf(one, other, sizes);
    if (change !== null) changes.push({ change, kind, before: one, after: other, group });
  };
  for (const [key, was] of before.stacks.groups) compare(was, after.stacks.groups.get(key));
  for (const [key, is] of after.stacks.groups) if (!before.stacks.groups.has(key)) compare(undefined, is);
  return changes;
}

function amount(group: StackGroup | undefined): StackAmount {
  if (group === undefined) return NONE;
  return { count: group.tree.count, awaiting: outerCount(group.tree), reports: group.reports };
}

function changeOf(
  before: StackAmount,
  after: StackAmount,
  [was, is]: readonly [number, number],
): StackChangeKind | null {
  if (before.count === 0) return 'appeared';
  if (after.count === 0) return 'went';
  const difference = after.count * was - before.count * is || after.awaiting * was - before.awaiting * is;
  return difference === 0 ? null : difference > 0 ? 'grew' : 'shrank';
}

/** By kind of change; those that changed most first. */
function sortChanges(changes: readonly StackChange[], { frames }: ReportSet): StackChange[] {
  const rank = ({ change }: StackChange): number => STACK_CHANGES.indexOf(change);
  const size = ({ before, after }: StackChange): number =>
    Math.abs(after.count - before.count) || Math.abs(after.awaiting - before.awaiting);
  return [...changes].sort(
    (a, b) => rank(a) - rank(b) || size(b) - size(a) || compareGroups(a.group, b.group, frames),
  );
}

function settingChanges(before: ReportSet, after: ReportSet): SettingChange[] {
  const keys = new Set([...before.settings.settings.keys(), ...after.settings.settings.keys()]);
  const changes: SettingChange[] = [];
  for (const key of keys) {
    const was = before.settings.settings.get(key) ?? null;
    const is = after.settings.settings.get(key) ?? null;
    const change = settingChange(was, is);
    const { group, option } = is ?? was ?? { group: '', option: '' };
    if (change !== null) changes.push({ change, group, option, before: was, after: is });
  }
  return changes.sort((a, b) => compareTexts(a.group, b.group) || compareTexts(a.option, b.option));
}

function settingChange(was: MergedSetting | null, is: MergedSetting | null): SettingChangeKind | null {
  if (was === null) return 'appeared';
  if (is === null) return 'went';
  if (sameValues(was, is)) return null;
  const [from, to] = [onlyNumber(was), onlyNumber(is)];
  if (from === null || to === null) return 'changed';
  return to > from ? 'grew' : 'shrank';
}

/** Whether the same values are there, in however many reports. */
function sameValues({ values: some }: MergedSetting, { values: others }: MergedSetting): boolean {
  if (some === null || others === null) return some === others;
  return some.size === others.size && [...some.keys()].every((value) => others.has(value));
}

function onlyNumber({ values }: MergedSetting): number | null {
  if (values?.size !== 1) return null;
  const value: unknown = JSON.parse([...values.keys()][0] ?? 'null');
  return typeof value === 'number' ? value : null;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
