import type { FrameTable } from './frame-table.js';
import type { StackTree } from './stack-tree.js';

/**
 * An order of stacks by their frames, then by what awaits them: it is the same in whatever order the reports came, which
 * that of keys and numbers is not.
 */
export function compareTrees(a: StackTree, b: StackTree, frames: FrameTable): number {
  const length = Math.min(a.frames.length, b.frames.length);
  for (let i = 0; i < length; i++) {
    const order = compareFrames(a.frames[i], b.frames[i], frames);
    if (order !== 0) return order;
  }
  return (
    a.frames.length - b.frames.length ||
    Number(a.repeated) - Number(b.repeated) ||
    compareBranches(a, b, frames)
  );
}

/** What awaits a stack: the commonest first. */
export function sortedBranches({ awaitedBy }: StackTree, frames: FrameTable): StackTree[] {
  return [...awaitedBy].sort((a, b) => b.count - a.count || compareTrees(a, b, frames));
}

function compareBranches(a: StackTree, b: StackTree, frames: FrameTable): number {
  if (a.awaitedBy.length !== b.awaitedBy.length) return a.awaitedBy.length - b.awaitedBy.length;
  const [some, others] = [sortedBranches(a, frames), sortedBranches(b, frames)];
  for (const [i, one] of some.entries()) {
    const other = others[i];
    const order = other === undefined ? 0 : compareTrees(one, other, frames);
    if (order !== 0) return order;
  }
  return 0;
}

function compareFrames(a: number | undefined, b: number | undefined, frames: FrameTable): number {
  if (a === b || a === undefined || b === undefined) return 0;
  const [one, other] = [frames.frame(a), frames.frame(b)];
  if (one.file !== other.file) return one.file < other.file ? -1 : 1;
  if (one.line !== other.line) return (one.line ?? 0) - (other.line ?? 0);
  if (one.column !== other.column) return (one.column ?? 0) - (other.column ?? 0);
  return one.function < other.function ? -1 : 1;
}
