import { compareTrees } from './compare-stacks.js';
import type { FrameTable } from './frame-table.js';
import type { StackGroup } from './stack-merger.js';

export interface Selection {
  /** Groups at most. */
  limit: number;
  /** Groups with fewer stacks are left out. */
  minCount: number;
  /** Whether green threads that are Node's own throughout are shown. */
  internal: boolean;
}

export interface Amount {
  kinds: number;
  stacks: number;
}

export interface SelectedGroups {
  /** The largest first. */
  shown: StackGroup[];
  /** All there are. */
  total: Amount;
  /** Left out, since there are too many or they are too small. */
  left: Amount;
  /** Left out, since they are Node's own throughout. */
  internal: Amount;
}

/** The groups that are asked for, in an order that does not depend on the order of the reports. */
export function selectGroups(
  groups: Iterable<StackGroup>,
  { limit, minCount, internal }: Selection,
  frames: FrameTable,
): SelectedGroups {
  const all = [...groups];
  const own = internal ? [] : all.filter((group) => group.internal);
  const candidates = internal ? all : all.filter((group) => !group.internal);
  const sorted = sortGroups(candidates, frames);
  const shown = sorted.filter(({ tree }) => tree.count >= minCount).slice(0, limit);
  const total = amountOf(all);
  const hidden = amountOf(own);
  const visible = amountOf(shown);
  return {
    shown,
    total,
    left: {
      kinds: total.kinds - hidden.kinds - visible.kinds,
      stacks: total.stacks - hidden.stacks - visible.stacks,
    },
    internal: hidden,
  };
}

/** The largest first; of equal ones, by their frames. */
function sortGroups(groups: readonly StackGroup[], frames: FrameTable): StackGroup[] {
  return [...groups].sort((a, b) => b.tree.count - a.tree.count || compareGroups(a, b, frames));
}

/** An order by kind and frames, so that equal counts always come in the same order. */
export function compareGroups(a: StackGroup, b: StackGroup, frames: FrameTable): number {
  if (a.kind !== b.kind) return a.kind === 'thread' ? -1 : 1;
  return Number(a.abandoned) - Number(b.abandoned) || compareTrees(a.tree, b.tree, frames);
}

function amountOf(groups: readonly StackGroup[]): Amount {
  return { kinds: groups.length, stacks: groups.reduce((sum, { tree }) => sum + tree.count, 0) };
}
