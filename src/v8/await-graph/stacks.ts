import type { AwaitGraph, Awaited, SuspendedFunction, Via } from './await-graph.js';

/**
 * Stacks, innermost function first. One that is awaited by several makes a tree: what lies within stands once, and the
 * several go on from it as branches.
 */
export interface AwaitStack {
  /** What the innermost function waits for; empty where that is a suspended function (of a cycle). */
  awaits: readonly Awaited[];
  root: StackBranch;
}

export interface StackBranch {
  /** One function, then that which alone awaits it, and so on; never empty but for callbacks that nothing awaits. */
  frames: StackFrame[];
  /** What awaits the last of the frames, if that is several; none if it is nothing. */
  branches: StackBranch[];
  /** The last frame's callers stand at its other occurrence: in a cycle, or where branches meet again. */
  repeated: boolean;
}

export interface StackFrame {
  /** Between the frame before and this one, innermost first. */
  via: readonly Via[];
  /** `null`: the callbacks of `via` are the end. */
  suspended: SuspendedFunction | null;
}

/** How many frames a stack may have in all. */
const MAX_FRAMES = 10_000;

/** The stacks of a graph: one for each function that waits for no other, and one for each cycle, in the graph's order. */
export function stacks(graph: AwaitGraph): AwaitStack[] {
  const { suspended } = graph;
  const waits = new Uint8Array(suspended.length);
  for (const { awaitedBy, index } of suspended) {
    for (const { to } of awaitedBy) if (to !== index) waits[to] = 1;
  }
  const reached = new Uint8Array(suspended.length);
  const all: AwaitStack[] = [];
  const add = (one: SuspendedFunction): void => {
    all.push({ awaits: one.awaits, root: grow(suspended, one, reached) });
  };
  for (const one of suspended) if (waits[one.index] === 0 && !one.over) add(one);
  // Only functions that wait for each other are left: a cycle begins at the one that stands first in the sources.
  const cyclic = suspended.filter(({ index, over }) => reached[index] === 0 && !over).toSorted(bySource);
  for (const one of cyclic) if (reached[one.index] === 0) add(one);
  return all;
}

function bySource(a: SuspendedFunction, b: SuspendedFunction): number {
  if (a.script !== b.script) return a.script < b.script ? -1 : 1;
  const [from, to] = [a.functionLocation, b.functionLocation];
  return (from?.line ?? 0) - (to?.line ?? 0) || (from?.column ?? 0) - (to?.column ?? 0) || a.index - b.index;
}

function grow(
  suspended: readonly SuspendedFunction[],
  first: SuspendedFunction,
  reached: Uint8Array,
): StackBranch {
  const here = new Set<number>();
  let frames = 0;
  const root: StackBranch = { frames: [], branches: [], repeated: false };
  const todo: { branch: StackBranch; next: StackFrame }[] = [
    { branch: root, next: { via: [], suspended: first } },
  ];
  while (todo.length > 0) {
    const { branch, next } = todo.pop()!;
    branch.frames.push(next);
    frames++;
    const one = next.suspended;
    if (!one) continue;
    if (here.has(one.index) || frames >= MAX_FRAMES) {
      branch.repeated = true;
      continue;
    }
    here.add(one.index);
    reached[one.index] = 1;
    const outer: StackFrame[] = [
      ...one.awaitedBy.map(({ to, via }) => ({ via, suspended: suspended[to]! })),
      ...one.continuations.map((via) => ({ via, suspended: null })),
    ];
    if (outer.length === 1) todo.push({ branch, next: outer[0]! });
    else {
      branch.branches = outer.map(() => ({ frames: [], branches: [], repeated: false }));
      for (const [at, frame] of outer.entries()) todo.push({ branch: branch.branches[at]!, next: frame });
      // Depth first, and in their order, so that what is repeated is always the later one.
      todo.push(...todo.splice(todo.length - outer.length).toReversed());
    }
  }
  return root;
}
