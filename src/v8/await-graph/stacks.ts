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
  frames: readonly StackFrame[];
  /** What awaits the last of the frames, if that is several; none if it is nothing. */
  branches: readonly StackBranch[];
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
  const grower = new Grower(suspended);
  const all: AwaitStack[] = [];
  const add = (one: SuspendedFunction): void => {
    all.push({ awaits: one.awaits, root: grower.grow(one) });
  };
  for (const one of suspended) if (waits[one.index] === 0 && !one.over) add(one);
  // Only functions that wait for each other are left: a cycle begins at the one that stands first in the sources.
  const cyclic = suspended.filter((one) => !grower.hasReached(one) && !one.over).toSorted(bySource);
  for (const one of cyclic) if (!grower.hasReached(one)) add(one);
  return all;
}

function bySource(a: SuspendedFunction, b: SuspendedFunction): number {
  const [one, other] = [a.point, b.point];
  if (one.script !== other.script) return one.script < other.script ? -1 : 1;
  const [from, to] = [one.functionLocation, other.functionLocation];
  return (from?.line ?? 0) - (to?.line ?? 0) || (from?.column ?? 0) - (to?.column ?? 0) || a.index - b.index;
}

const NO_VIA: readonly Via[] = [];
const NO_FRAMES: readonly StackFrame[] = [];
const NO_BRANCHES: readonly StackBranch[] = [];

class Grower {
  readonly #suspended: readonly SuspendedFunction[];
  /** By the index of a function: the number of the last stack that it came up in; 0 for none. */
  readonly #reached: Uint32Array;
  #stack = 0;
  /** The branches that are still to be grown, with the frames that they begin with: the last one first. */
  readonly #pending: { branch: StackBranch; first: StackFrame }[] = [];
  /** Of the branch that grows: arrays of a known length take a fraction of those that grew. */
  readonly #frames: StackFrame[] = [];
  #count = 0;

  constructor(suspended: readonly SuspendedFunction[]) {
    this.#suspended = suspended;
    this.#reached = new Uint32Array(suspended.length);
  }

  hasReached({ index }: SuspendedFunction): boolean {
    return this.#reached[index] !== 0;
  }

  grow(innermost: SuspendedFunction): StackBranch {
    this.#stack++;
    this.#count = 0;
    const root = emptyBranch();
    this.#growBranch(root, { via: NO_VIA, suspended: innermost });
    for (let next = this.#pending.pop(); next; next = this.#pending.pop())
      this.#growBranch(next.branch, next.first);
    return root;
  }

  /** As far as it goes on as one. */
  #growBranch(branch: StackBranch, first: StackFrame): void {
    const frames = this.#frames;
    for (let frame: StackFrame | null = first; frame !== null;) {
      frames.push(frame);
      this.#count++;
      const one: SuspendedFunction | null = frame.suspended;
      if (one === null) break;
      if (this.#reached[one.index] === this.#stack || this.#count >= MAX_FRAMES) {
        branch.repeated = true;
        break;
      }
      this.#reached[one.index] = this.#stack;
      const { awaitedBy, continuations } = one;
      if (awaitedBy.length + continuations.length !== 1) {
        this.#fork(branch, one);
        break;
      }
      frame = this.#outer(one, 0);
    }
    branch.frames = frames.slice();
    frames.length = 0;
  }

  /** Depth first, and in their order, so that what is repeated is always the later one. */
  #fork(branch: StackBranch, one: SuspendedFunction): void {
    const count = one.awaitedBy.length + one.continuations.length;
    if (count === 0) return;
    const branches = Array.from({ length: count }, emptyBranch);
    for (let at = count - 1; at >= 0; at--)
      this.#pending.push({ branch: branches[at]!, first: this.#outer(one, at) });
    branch.branches = branches;
  }

  /** What awaits a function: functions first, then callbacks. */
  #outer({ awaitedBy, continuations }: SuspendedFunction, at: number): StackFrame {
    const link = awaitedBy[at];
    return link
      ? { via: link.via, suspended: this.#suspended[link.to]! }
      : { via: continuations[at - awaitedBy.length]!, suspended: null };
  }
}

function emptyBranch(): StackBranch {
  return { frames: NO_FRAMES, branches: NO_BRANCHES, repeated: false };
}
