import type { Awaited, SuspendedFunction, Via } from '#src/v8/await-graph/await-graph.js';
import type { AwaitStack, StackBranch } from '#src/v8/await-graph/stacks.js';

/** One way through a stack, from the innermost function to an outermost one, without Node's own functions. */
export interface FlatStack {
  /** `NAME FILE:LINE:COLUMN`, or `[COMBINATOR INDEX]`. */
  frames: string[];
  /** What the innermost waits for, each as `KIND DETAIL`, sorted; `null` in an expectation: whatever. */
  waits: string[] | null;
}

export function flatten({ root, awaits }: AwaitStack): FlatStack[] {
  const waits = awaits.map(describeAwaited).toSorted();
  return ways(root)
    .map((frames) => ({ frames, waits }))
    .filter(({ frames }) => frames.some((frame) => !frame.startsWith('[')));
}

function ways({ frames, branches, repeated }: StackBranch): string[][] {
  const own = frames.flatMap(({ via, suspended }) => [
    ...via.filter(isOwn).map(describeVia),
    ...(suspended && !suspended.point.internal ? [describeSuspended(suspended)] : []),
  ]);
  if (repeated) return [[...own, '[again]']];
  if (branches.length === 0) return [own];
  return branches.flatMap(ways).map((way) => [...own, ...way]);
}

function describeSuspended({ point }: SuspendedFunction): string {
  const { functionName, script, position, confirmed } = point;
  const place = position ? `${position.line}:${position.column}` : '?';
  return `${functionName} ${baseName(script)}:${place}${confirmed ? '' : ' unconfirmed'}`;
}

function describeVia({ kind, index, callback }: Via): string {
  if (callback) return `[${kind} ${callback.functionName}]`;
  return index === null ? `[${kind}]` : `[${kind} ${index}]`;
}

function describeAwaited({ kind, detail, via }: Awaited): string {
  const said = detail?.replace(/(?<=127\.0\.0\.1:|process )\d+/g, '@');
  return [said === undefined ? kind : `${kind} ${said}`, ...via.filter(isOwn).map(describeVia)].join(' < ');
}

function isOwn({ callback }: Via): boolean {
  return !callback?.script.startsWith('node:');
}

function baseName(script: string): string {
  return script.slice(script.lastIndexOf('/') + 1);
}

export function sameStacks(actual: readonly FlatStack[], expected: readonly FlatStack[]): boolean {
  return JSON.stringify(alike(actual, expected)) === JSON.stringify(inOrder(expected));
}

/** The stacks in a comparable order, and without what the expected ones do not say. */
export function alike(actual: readonly FlatStack[], expected: readonly FlatStack[]): FlatStack[] {
  const silent = new Set(
    expected.filter(({ waits }) => waits === null).map(({ frames }) => frames.join('\n')),
  );
  return inOrder(
    actual.map((stack) => (silent.has(stack.frames.join('\n')) ? { ...stack, waits: null } : stack)),
  );
}

export function inOrder(stacks: readonly FlatStack[]): FlatStack[] {
  const keyed = stacks.map((stack) => ({ stack, key: JSON.stringify(stack) }));
  return keyed.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ stack }) => stack);
}

/**
 * Reads the stacks that a program's comments expect.
 *
 * `//= A0 inner, B0 inner` behind an awaiting line: it is the place of frame 0 of the stacks A and B, in the function
 * `inner`. The column is that of the comment `/*^*` + `/` in that line, or else that of its first `await` or `yield`.
 * `//= A1 [Promise.all 0]` anywhere: a frame without a place; `//= A0 inner @FILE:LINE:COLUMN`: with that place;
 * `//= A0 :[x]`: a function of that name. `//= A ~ timer 1000 ms` what the innermost waits for
 * (several where there are several; without any, it is not compared); `//= A *3` that there are three of them.
 */
export function expectedStacks(source: string, file: string): FlatStack[] {
  const stacks = new Map<string, { frames: string[]; waits: string[]; count: number }>();
  const stackNamed = (name: string): { frames: string[]; waits: string[]; count: number } => {
    let stack = stacks.get(name);
    if (!stack) stacks.set(name, (stack = { frames: [], waits: [], count: 1 }));
    return stack;
  };
  for (const [at, line] of source.split('\n').entries()) {
    const comment = line.indexOf('//=');
    if (comment === -1) continue;
    const place = `${file}:${at + 1}:${columnOf(line.slice(0, comment))}`;
    for (const entry of line.slice(comment + 3).split(',')) {
      const [, name, digits, rest] = /^\s*([A-Z]+)(\d*) (.+?)\s*$/.exec(entry) ?? [];
      if (name === undefined || rest === undefined)
        throw new Error(`${file}:${at + 1}: what does "${entry}" mean?`);
      const stack = stackNamed(name);
      if (digits !== '')
        stack.frames[Number(digits)] = /^\[| @/.test(rest)
          ? rest.replace(' @', ' ')
          : `${rest.replace(/^:/, '')} ${place}`;
      else if (rest.startsWith('~ ')) stack.waits.push(rest.slice(2));
      else stack.count = Number(/^\*(\d+)$/.exec(rest)?.[1]);
    }
  }
  return [...stacks.values()].flatMap(({ frames, waits, count }) => {
    return Array.from({ length: count }, () => ({
      frames,
      waits: waits.length > 0 ? waits.toSorted() : null,
    }));
  });
}

const MARK = '/*^*/';

export function columnOf(line: string): number {
  const mark = line.indexOf(MARK);
  if (mark !== -1) return mark + MARK.length + 1;
  return line.search(/\b(?:await|yield)\b/) + 1;
}
