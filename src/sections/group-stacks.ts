import type { Frame, GreenThreadBranch, GreenThreadGroup, GreenThreadMember } from '../report/schema.js';
import type { SuspendedFunction } from '../v8/await-graph/await-graph.js';
import type { AwaitStack, StackBranch, StackFrame } from '../v8/await-graph/stacks.js';
import { cacheFrames, type FrameSources } from './async-frames.js';
import { describeAwaits } from './describe-awaits.js';
import { StackKeys } from './stack-keys.js';

/** Members of a group that are listed one by one; the others are only counted. */
const MAX_MEMBERS = 100;

/**
 * Puts stacks that are alike, frame by frame, into one group, the largest first; among equals in the order in which they
 * were found.
 *
 * @param labelOf what the application calls the request that a function serves; `null` where it said nothing.
 */
export function groupStacks(
  stacks: readonly AwaitStack[],
  threadId: number,
  sources: FrameSources,
  labelOf: (suspended: SuspendedFunction) => string | null,
): GreenThreadGroup[] {
  const frameOf = cacheFrames(sources);
  const keys = new StackKeys();
  const groups = new Map<
    string,
    { stack: AwaitStack; members: GreenThreadMember[]; count: number; tally: Tally }
  >();
  for (const stack of stacks) {
    const key = `${isAbandoned(stack)} ${keys.of(stack.root)}`;
    let group = groups.get(key);
    if (!group) groups.set(key, (group = { stack, members: [], count: 0, tally: new Tally() }));
    group.count++;
    const member: GreenThreadMember = {};
    const waitsFor = describeAwaits(stack.awaits);
    if (waitsFor !== null) member.waitsFor = waitsFor;
    const innermost = stack.root.frames[0]?.suspended;
    const label = innermost ? labelOf(innermost) : null;
    if (label !== null) member.label = label;
    group.tally.add(member);
    if (group.members.length < MAX_MEMBERS) group.members.push(member);
  }
  return [...groups.values()]
    .sort((a, b) => b.count - a.count)
    .map(({ stack, members, count, tally }) => {
      const { frames, awaitedBy } = toBranch(stack.root, keys, frameOf);
      const group: GreenThreadGroup = { count, threadId, frames };
      if (awaitedBy) group.awaitedBy = awaitedBy;
      const waitsFor = tally.commonest('waitsFor');
      if (waitsFor !== undefined) group.waitsFor = waitsFor;
      const label = tally.commonest('label');
      if (label !== undefined) group.label = label;
      if (isInternal(stack.root)) group.internal = true;
      if (isAbandoned(stack)) group.abandoned = true;
      if (members.some((member) => member.label !== undefined || member.waitsFor !== waitsFor))
        group.members = members;
      return group;
    });
}

/** Counts what members have in common. */
class Tally {
  readonly #counts = { waitsFor: new Map<string, number>(), label: new Map<string, number>() };

  add(member: GreenThreadMember): void {
    for (const field of ['waitsFor', 'label'] as const) {
      const value = member[field];
      if (value !== undefined) this.#counts[field].set(value, (this.#counts[field].get(value) ?? 0) + 1);
    }
  }

  commonest(field: 'waitsFor' | 'label'): string | undefined {
    let best: string | undefined;
    let most = 0;
    for (const [value, count] of this.#counts[field]) if (count > most) [best, most] = [value, count];
    return best;
  }
}

function toBranch(
  branch: StackBranch,
  keys: StackKeys,
  frameOf: (frame: StackFrame) => Frame[],
): GreenThreadBranch {
  const result: GreenThreadBranch = { frames: branch.frames.flatMap(frameOf) };
  if (branch.branches.length > 0) result.awaitedBy = mergeAlike(branch.branches, keys, frameOf);
  if (branch.repeated) result.repeated = true;
  return result;
}

/** Branches that are alike, once with their count; in the order of their keys, which is that of their names. */
function mergeAlike(
  branches: readonly StackBranch[],
  keys: StackKeys,
  frameOf: (frame: StackFrame) => Frame[],
): GreenThreadBranch[] {
  const alike = new Map<string, { branch: StackBranch; count: number }>();
  for (const branch of branches) {
    const key = keys.of(branch);
    const known = alike.get(key);
    if (known) known.count++;
    else alike.set(key, { branch, count: 1 });
  }
  return [...alike]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { branch, count }]) => ({
      ...(count > 1 ? { count } : {}),
      ...toBranch(branch, keys, frameOf),
    }));
}

/** What can settle none of what it waits for has gone. */
function isAbandoned({ awaits }: AwaitStack): boolean {
  return awaits.length > 0 && awaits.every(({ kind }) => kind === 'nothing');
}

function isInternal(branch: StackBranch): boolean {
  return (
    branch.frames.every(({ suspended }) => suspended?.point.internal ?? true) &&
    branch.branches.every(isInternal)
  );
}
