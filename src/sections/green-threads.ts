import type { StacksOfThreads } from '../v8/collected-stacks.js';
import type {
  Frame,
  GreenThreadBranch,
  GreenThreadGroup,
  GreenThreadMember,
  GreenThreadsModel,
} from '../report/schema.js';
import { describeFrame } from '../source/describe-frame.js';
import { createSourceMapper, type SourceMapper } from '../source/source-map.js';
import { createSourceReader, type SourceReader } from '../source/source-reader.js';
import type { Awaited, FunctionPlace, SuspendedFunction, Via } from '../v8/await-graph/await-graph.js';
import type { AwaitStack, StackBranch, StackFrame } from '../v8/await-graph/stacks.js';
import type { ProcessFacts } from './package.js';
import type { SectionResult } from './section-result.js';

/** Members of a group that are listed one by one; the others are only counted. */
const MAX_MEMBERS = 100;

/** Stands for the id of a thread whose id could not be learnt. */
const UNKNOWN_THREAD = -1;

/** The section from what came of each thread; without this library's own functions. */
export function describeGreenThreads(
  { threads, fallback }: StacksOfThreads,
  facts: ProcessFacts,
): SectionResult<'greenThreads'> {
  const reader = createSourceReader(facts.startedAt, facts.root);
  const sources = { reader, mapper: createSourceMapper(reader) };
  const groups: GreenThreadGroup[] = [];
  const problems: string[] = [];
  const found = new Set<SuspendedFunction>();
  const collectors = new Set<'memory' | 'snapshot'>();
  for (const { threadId, name, collected: result } of threads) {
    const thread =
      threads.length === 1 ? '' : `${threadId === 0 ? 'main thread' : `thread ${threadId ?? name}`}: `;
    if (result.outcome === 'skipped') {
      problems.push(thread + result.reason);
      continue;
    }
    const stacks = withoutOwn(result.stacks);
    for (const { root } of stacks) addFunctions(root, found);
    groups.push(
      ...groupStacks(stacks, threadId ?? UNKNOWN_THREAD, sources, (one) => result.labels.get(one) ?? null),
    );
    problems.push(...result.problems.map((problem) => thread + problem));
    collectors.add(result.collector);
  }
  groups.sort((a, b) => Number(a.abandoned ?? false) - Number(b.abandoned ?? false) || b.count - a.count);
  if (collectors.size === 0) {
    const reasons = [...(fallback === null ? [] : [`memory could not be read (${fallback})`]), ...problems];
    return { status: 'skipped', reason: reasons.join('; ') || 'no thread answered', model: null };
  }
  const model: GreenThreadsModel = {
    collector: collectors.has('memory') ? 'memory' : 'snapshot',
    ...(collectors.has('snapshot') && fallback !== null ? { fallback } : {}),
    total: found.size,
    groups,
  };
  return problems.length === 0
    ? { status: 'ok', model }
    : { status: 'partial', reason: problems.join('; '), model };
}

function addFunctions({ frames, branches }: StackBranch, found: Set<SuspendedFunction>): void {
  for (const { suspended } of frames) if (suspended) found.add(suspended);
  for (const branch of branches) addFunctions(branch, found);
}

const OWN_ROOT = new URL('..', import.meta.url).href;

/** A generator of a section is awaited by functions of ours: those are taken off, and stacks that are nothing else. */
function withoutOwn(stacks: readonly AwaitStack[]): AwaitStack[] {
  const isOwn = ({ suspended }: StackFrame): boolean =>
    suspended !== null &&
    (suspended.script.startsWith(OWN_ROOT) || suspended.script.startsWith('guru-meditation:'));
  const strip = (branch: StackBranch): StackBranch => ({
    ...branch,
    frames: branch.frames.filter((frame) => !isOwn(frame)),
    branches: branch.branches
      .map(strip)
      .filter(({ frames, branches }) => frames.length + branches.length > 0),
  });
  return stacks
    .map((stack) => ({ ...stack, root: strip(stack.root) }))
    .filter(({ root }) => root.frames.length + root.branches.length > 0);
}

/** How the positions and scripts of a thread's functions become frames. */
export interface FrameSources {
  reader: SourceReader;
  mapper: SourceMapper;
}

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
  const groups = new Map<
    string,
    { stack: AwaitStack; members: GreenThreadMember[]; count: number; tally: Tally }
  >();
  for (const stack of stacks) {
    const key = `${isAbandoned(stack)} ${keyOf(stack.root)}`;
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
      const { frames, awaitedBy } = toBranch(stack.root, frameOf);
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

/** Two stacks are alike if these are. */
function keyOf(branch: StackBranch): string {
  const frames = branch.frames.map(({ via, suspended }) => {
    const place = suspended
      ? [
          suspended.functionName,
          suspended.script,
          suspended.position?.line,
          suspended.position?.column,
          suspended.confirmed,
        ]
      : [];
    return [via.map((one) => [one.kind, one.index, placeKey(one.callback)]), place];
  });
  // What awaits it stands in no order of its own.
  return JSON.stringify([frames, branch.repeated, branch.branches.map(keyOf).sort()]);
}

function placeKey(callback: FunctionPlace | null): unknown {
  return (
    callback && [callback.functionName, callback.script, callback.location?.line, callback.location?.column]
  );
}

function toBranch(branch: StackBranch, frameOf: (frame: StackFrame) => Frame[]): GreenThreadBranch {
  const result: GreenThreadBranch = { frames: branch.frames.flatMap(frameOf) };
  if (branch.branches.length > 0) result.awaitedBy = mergeAlike(branch.branches, frameOf);
  if (branch.repeated) result.repeated = true;
  return result;
}

/** Branches that are alike, once with their count; in the order of their keys, which is that of their names. */
function mergeAlike(
  branches: readonly StackBranch[],
  frameOf: (frame: StackFrame) => Frame[],
): GreenThreadBranch[] {
  const alike = new Map<string, { branch: StackBranch; count: number }>();
  for (const branch of branches) {
    const key = keyOf(branch);
    const known = alike.get(key);
    if (known) known.count++;
    else alike.set(key, { branch, count: 1 });
  }
  return [...alike]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { branch, count }]) => ({ ...(count > 1 ? { count } : {}), ...toBranch(branch, frameOf) }));
}

/** Frames of one place are made once: reading source lines and maps is the dear part. */
function cacheFrames({ reader, mapper }: FrameSources): (frame: StackFrame) => Frame[] {
  const cache = new Map<string, Frame>();
  const at = (name: string, script: string, line: number | null, column: number | null): Frame => {
    const key = JSON.stringify([name, script, line, column]);
    let frame = cache.get(key);
    if (!frame) {
      const captured = { function: name, file: script || null, line, column, async: true };
      cache.set(key, (frame = describeFrame(captured, reader, mapper)));
    }
    return frame;
  };
  return ({ via, suspended }) => {
    const frames = via.flatMap((one) => viaFrames(one, at));
    if (suspended) {
      const { functionName, script, position, confirmed } = suspended;
      const frame = at(functionName, script, position?.line ?? null, position?.column ?? null);
      frames.push(confirmed ? frame : { ...frame, approximate: true });
    }
    return frames;
  };
}

function viaFrames(
  via: Via,
  at: (name: string, script: string, line: number | null, column: number | null) => Frame,
): Frame[] {
  switch (via.kind) {
    case 'Promise.all':
    case 'Promise.allSettled':
    case 'Promise.any':
      return [native(via.index === null ? via.kind : `${via.kind} (index ${via.index})`)];
    case 'Promise.race':
    case 'new Promise':
      return [native(via.kind)];
    case 'then':
    case 'catch':
    case 'finally':
    case 'resolve': {
      const name = via.kind === 'resolve' ? 'resolve of a promise, held by' : `Promise.${via.kind}`;
      const { callback } = via;
      if (!callback) return [native(`Promise.${via.kind}`)];
      const { functionName, script, location } = callback;
      return [at(`${name} ${functionName}`, script, location?.line ?? null, location?.column ?? null)];
    }
  }
}

function native(name: string): Frame {
  return { function: name, file: '<native>', line: null, column: null, async: true, native: true };
}

/** `timer, 5000 ms`; several are joined. `null` where the function waits for other functions only. */
function describeAwaits(awaits: readonly Awaited[]): string | null {
  const texts = awaits.map(({ kind, detail }) => {
    const what = AWAITED[kind] ?? kind;
    return detail === null ? what : `${what}: ${detail}`;
  });
  return texts.length === 0 ? null : [...new Set(texts)].join('; ');
}

const AWAITED: Partial<Record<Awaited['kind'], string>> = {
  promise: 'a promise',
  'native promise': 'a promise of native code',
  settled: 'nothing any more: it is about to go on',
  nothing: 'nothing can settle it',
  consumer: 'somebody to ask for its next value',
  signal: 'an AbortSignal',
  unknown: 'unknown: the search for what settles it was cut short',
};

/** What can settle none of what it waits for has gone. */
function isAbandoned({ awaits }: AwaitStack): boolean {
  return awaits.length > 0 && awaits.every(({ kind }) => kind === 'nothing');
}

function isInternal(branch: StackBranch): boolean {
  return (
    branch.frames.every(({ suspended }) => suspended?.internal ?? true) && branch.branches.every(isInternal)
  );
}
