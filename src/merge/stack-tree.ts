import type { Frame, GreenThreadBranch } from '../report/schema.js';
import { sortedBranches } from './compare-stacks.js';
import type { FrameTable } from './frame-table.js';

/** Frames and what awaits them, by the numbers of a {@link FrameTable}. */
export interface StackTree {
  /** The same for all trees of this shape with these frames, whatever their counts. */
  key: string;
  frames: number[];
  /** How many stacks are so, in all that was merged. */
  count: number;
  /** Sorted by key. */
  awaitedBy: StackTree[];
  repeated: boolean;
}

/** A {@link StackTree} with its frames, as reports have it. */
export interface MergedBranch extends GreenThreadBranch {
  count: number;
  frames: Frame[];
  awaitedBy?: MergedBranch[];
}

/**
 * A branch with what awaits it, in a form that is the same for all that are alike: the counts of branches are not part of
 * it, nor is their order.
 *
 * @param count how many stacks it stands for. Those that await it are counted for each of them.
 */
export function stackTree(branch: GreenThreadBranch, count: number, frames: FrameTable): StackTree {
  const numbers = branch.frames.map((frame) => frames.numberOf(frame));
  const awaitedBy = joinAlike(
    (branch.awaitedBy ?? []).map((one) => stackTree(one, count * wholeCount(one.count), frames)),
  );
  const repeated = branch.repeated === true;
  const key = `${numbers.join(',')}${repeated ? '*' : ''}${awaitedBy.map(({ key }) => `(${key})`).join('')}`;
  return { key, frames: numbers, count, awaitedBy, repeated };
}

/** A count as reports have it; what is none counts as one. */
export function wholeCount(count: number | undefined): number {
  return count !== undefined && Number.isSafeInteger(count) && count > 0 ? count : 1;
}

/** Adds the counts of a tree that has the same key. */
export function addTree(to: StackTree, tree: StackTree): void {
  to.count += tree.count;
  for (const [i, branch] of to.awaitedBy.entries()) {
    const other = tree.awaitedBy[i];
    if (other !== undefined) addTree(branch, other);
  }
}

/** How many stacks there are at the outer ends of the branches. */
export function outerCount({ count, awaitedBy }: StackTree): number {
  return awaitedBy.length === 0 ? count : awaitedBy.reduce((sum, branch) => sum + outerCount(branch), 0);
}

/** With its frames, and the commonest of its branches first. */
export function mergedBranch(tree: StackTree, table: FrameTable): MergedBranch {
  const { frames, count, repeated } = tree;
  const branches = sortedBranches(tree, table);
  return {
    count,
    frames: frames.map((number) => table.frame(number)),
    ...(branches.length > 0 ? { awaitedBy: branches.map((branch) => mergedBranch(branch, table)) } : {}),
    ...(repeated ? { repeated } : {}),
  };
}

/** Branches that differed in nothing but counts further out become one. */
function joinAlike(trees: StackTree[]): StackTree[] {
  trees.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const joined: StackTree[] = [];
  for (const tree of trees) {
    const last = joined.at(-1);
    if (last?.key === tree.key) addTree(last, tree);
    else joined.push(tree);
  }
  return joined;
}
