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
import type { Awaited, Place, SuspendedFunction, Via } from '../v8/await-graph/await-graph.js';
import { NodeTable } from '../v8/await-graph/node-table.js';
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
  let total = 0;
  const collectors = new Set<'memory' | 'snapshot'>();
  for (const { threadId, name, collected: result } of threads) {
    const thread =
      threads.length === 1 ? '' : `${threadId === 0 ? 'main thread' : `thread ${threadId ?? name}`}: `;
    if (result.outcome === 'skipped') {
      problems.push(thread + result.reason);
      continue;
    }
    const stacks = withoutOwn(result.stacks);
    const found = new NodeTable();
    for (const { root } of stacks) addFunctions(root, found);
    total += found.size;
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
    total,
    groups,
  };
  return problems.length === 0
    ? { status: 'ok', model }
    : { status: 'partial', reason: problems.join('; '), model };
}

/** By their indices. */
function addFunctions({ frames, branches }: StackBranch, found: NodeTable): void {
  for (const { suspended } of frames) if (suspended) found.add(suspended.index);
  for (const branch of branches) addFunctions(branch, found);
}

const OWN_ROOT = new URL('..', import.meta.url).href;

/** A generator of a section is awaited by functions of ours: those are taken off, and stacks that are nothing else. */
function withoutOwn(stacks: readonly AwaitStack[]): AwaitStack[] {
  const scripts = new Map<string, boolean>();
  const isOwnScript = (script: string): boolean => {
    let isOwn = scripts.get(script);
    if (isOwn === undefined) {
      isOwn = script.startsWith(OWN_ROOT) || script.startsWith('guru-meditation:');
      scripts.set(script, isOwn);
    }
    return isOwn;
  };
  const isOwn = ({ suspended }: StackFrame): boolean => suspended !== null && isOwnScript(suspended.script);
  const hasOwn = ({ frames, branches }: StackBranch): boolean => frames.some(isOwn) || branches.some(hasOwn);
  const strip = (branch: StackBranch): StackBranch => ({
    ...branch,
    frames: branch.frames.filter((frame) => !isOwn(frame)),
    branches: branch.branches
      .map(strip)
      .filter(({ frames, branches }) => frames.length + branches.length > 0),
  });
  return stacks
    .map((stack) => (hasOwn(stack.root) ? { ...stack, root: strip(stack.root) } : stack))
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
  const keys = new Keys();
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

/** Tells stacks apart: those are alike that have the same key. */
class Keys {
  /** Places are mostly the same objects, the texts of which need not be made again. */
  readonly #texts = new Map<Place | null, { name: string; script: string; text: string }[]>();

  of({ frames, repeated, branches }: StackBranch): string {
    let key = repeated ? '*' : '';
    for (const { via, suspended } of frames) {
      for (const { kind, index, callback } of via)
        key += `${kind} ${index} ${callback === null ? '' : this.#text(callback.functionName, callback.script, callback.location)}`;
      if (suspended !== null) {
        const { functionName, script, position, confirmed } = suspended;
        key += this.#text(functionName, script, position) + (confirmed ? '' : '?');
      }
      key += ';';
    }
    if (branches.length === 0) return key;
    // What awaits it stands in no order of its own.
    return `${key}[${branches
      .map((branch) => this.of(branch))
      .sort()
      .join()}]`;
  }

  #text(name: string, script: string, place: Place | null): string {
    let texts = this.#texts.get(place);
    if (texts === undefined) this.#texts.set(place, (texts = []));
    let known = texts.find((one) => one.name === name && one.script === script);
    if (known === undefined) {
      const text = JSON.stringify([name, script, place?.line, place?.column]);
      texts.push((known = { name, script, text }));
    }
    return known.text;
  }
}

function toBranch(
  branch: StackBranch,
  keys: Keys,
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
  keys: Keys,
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
  if (awaits.length === 0) return null;
  if (awaits.length === 1) return describeAwaited(awaits[0]!);
  return [...new Set(awaits.map(describeAwaited))].join('; ');
}

function describeAwaited({ kind, detail }: Awaited): string {
  const what = AWAITED[kind] ?? kind;
  return detail === null ? what : `${what}: ${detail}`;
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
