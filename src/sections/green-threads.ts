import type { GreenThreadGroup, GreenThreadsModel } from '../report/schema.js';
import { createSourceMapper } from '../source/source-map.js';
import { createSourceReader } from '../source/source-reader.js';
import { NodeTable } from '../v8/await-graph/node-table.js';
import type { AwaitStack, StackBranch, StackFrame } from '../v8/await-graph/stacks.js';
import type { StacksOfThreads } from '../v8/collected-stacks.js';
import { groupStacks } from './group-stacks.js';
import type { ProcessFacts } from './package.js';
import type { SectionResult } from './section-result.js';

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
  const isOwn = ({ suspended }: StackFrame): boolean =>
    suspended !== null && isOwnScript(suspended.point.script);
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
