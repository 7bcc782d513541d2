import type { GreenThreadBranch, GreenThreadGroup, GreenThreadsModel } from '../report/schema.js';
import { escapeLine } from './text-escape.js';
import { indented, subBanner } from './text-layout.js';
import { frameLines } from './text-threads.js';

/** Each group of like stacks once, with its count. Groups that are Node's own throughout are only counted. */
export function greenThreadLines({ total, groups, fallback }: GreenThreadsModel): string[] {
  const shown = groups.filter((group) => group.internal !== true);
  const hidden = groups.length - shown.length;
  const stacks = groups.reduce((sum, { count }) => sum + count, 0);
  const lines = [`suspended functions = ${total}`, `stacks = ${stacks}, of ${groups.length} kinds`];
  if (fallback !== undefined) lines.push(`from heap snapshots = ${escapeLine(fallback)}`);
  if (hidden > 0) lines.push(`not shown = ${hidden} kinds that are Node's own throughout`);
  return [...lines, ...shown.flatMap((group) => ['', ...groupLines(group)])];
}

function groupLines(group: GreenThreadGroup): string[] {
  const lines = [subBanner(group.count === 1 ? 'Green Thread' : `Green Thread x ${group.count}`)];
  if (group.threadId !== 0) lines.push(`thread = ${group.threadId === -1 ? 'unknown' : group.threadId}`);
  if (group.abandoned === true) lines.push('abandoned = nothing can resume it any more');
  const { waitsFor, label, members } = group;
  if (waitsFor !== undefined)
    lines.push(`waits for = ${escapeLine(waitsFor)}${others(members, 'waitsFor', waitsFor)}`);
  if (label !== undefined) lines.push(`serves = ${escapeLine(label)}${others(members, 'label', label)}`);
  return [...lines, ...branchLines(group)];
}

function others(
  members: GreenThreadGroup['members'],
  field: 'waitsFor' | 'label',
  commonest: string,
): string {
  return members?.some((member) => member[field] !== commonest) ? ' (and others)' : '';
}

/** Frames, and under them what awaits the last, indented. */
export function branchLines({ frames, awaitedBy = [], repeated }: GreenThreadBranch): string[] {
  return [
    ...frameLines(frames),
    ...(repeated === true ? ['(and so on: see above)'] : []),
    ...awaitedBy.flatMap((branch) => [
      branch.count === undefined ? 'awaited by:' : `awaited by ${branch.count} alike:`,
      ...indented(branchLines(branch), 2),
    ]),
  ];
}
