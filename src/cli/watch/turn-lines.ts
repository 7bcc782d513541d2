import { KIND_NAMES, stackLines } from '../../merge/stacks-text.js';
import { plural } from '../../merge/set-lines.js';
import { type MergedBranch, mergedBranch } from '../../merge/stack-tree.js';
import type { Tally } from '../../merge/tally.js';
import type { Frame } from '../../report/schema.js';
import { escapeLine } from '../../views/text-escape.js';
import { indented } from '../../views/text-layout.js';
import { frameLines } from '../../views/text-threads.js';
import { fitColumns } from './fit-columns.js';
import type { Turn, WatchedGroup } from './turn.js';

/** What a line is, which is how it looks. */
export interface Line {
  kind: 'head' | 'note' | 'grew' | 'shrank' | 'group' | 'frame';
  text: string;
}

export interface Window {
  columns: number;
  rows: number;
}

/** Lines of a stack that are tried, one after the other, until all groups have room; the last if they never have. */
const STACK_LINES = [20, 12, 8, 5, 3];
/** Columns before a stack. */
const INDENT = 4;
const MOST_NOTES = 3;
const MOST_THREADS = 10;

/** A turn as it fits into a window: the largest groups, and how many more there are. */
export function windowLines(turn: Turn, every: number, { columns, rows }: Window): Line[] {
  const head = [...headLines(turn, every, MOST_NOTES), { kind: 'head', text: '' } as const];
  const room = rows - head.length;
  const blocks = turn.groups.map((one) => ({
    title: groupLine(one, turn),
    stack: compactLines(mergedBranch(one.group.tree, turn.frames), columns - INDENT),
  }));
  const taken = (most: number): number =>
    blocks.reduce((sum, { stack }) => sum + 1 + Math.min(most, stack.length), 0);
  const most = STACK_LINES.find((lines) => taken(lines) <= room) ?? STACK_LINES.at(-1) ?? 1;
  const lines: Line[] = [];
  let shown = 0;
  for (const { title, stack } of blocks) {
    const left = room - lines.length - (shown === blocks.length - 1 ? 0 : 1);
    if (left < 1 + Math.min(most, stack.length) && (shown > 0 || left < 2)) break;
    lines.push(title, ...frames(cut(stack, Math.min(most, left - 1))));
    shown++;
  }
  const rest = restLine(turn.groups.slice(shown));
  return [...head, ...lines, ...rest]
    .slice(0, rows)
    .map(({ kind, text }) => ({ kind, text: fitColumns(text, columns) }));
}

/** A turn with all its groups, for a pipe or a file. */
export function wholeLines(turn: Turn, every: number): Line[] {
  return [
    ...headLines(turn, every, Infinity),
    ...turn.groups.flatMap((one): Line[] => [
      { kind: 'head', text: '' },
      groupLine(one, turn),
      ...frames(stackLines(one.group, turn.frames)),
    ]),
  ];
}

function headLines(turn: Turn, every: number, mostNotes: number): Line[] {
  const { number, generatedAt, process, threads, notes } = turn;
  const { pid, serviceName, hostname, nodeVersion } = process;
  const head = [
    `${serviceName}, process ${pid} on ${hostname}, Node.js ${nodeVersion}`,
    `turn ${number}, every ${every} s = ${generatedAt}`,
    `stacks = ${stacksText(turn)}`,
  ];
  if (threads.length > 0) {
    const more = threads.length - MOST_THREADS;
    const named = threads.slice(0, MOST_THREADS).join(', ');
    head.push(`threads = ${named}${more > 0 ? `, and ${more} more` : ''}`);
  }
  return [
    ...head.map((text) => ({ kind: 'head', text: escapeLine(text) }) as const),
    ...notes.slice(0, mostNotes).map((text) => ({ kind: 'note', text: `[${escapeLine(text)}]` }) as const),
  ];
}

/** `153, of 12 kinds; 2 new, 1 gone, 3 grew`. */
function stacksText({ groups, internal }: Turn): string {
  const there = groups.filter(({ now }) => now.count > 0);
  const stacks = there.reduce((sum, { now }) => sum + now.count, 0);
  const own = internal === 0 ? '' : ` (and ${plural(internal, 'kind')} of Node's own)`;
  const size = `${stacks}, of ${plural(there.length, 'kind')}${own}`;
  if (groups.every(({ change }) => change === null)) return size;
  const counts = (['appeared', 'went', 'grew', 'shrank'] as const).flatMap((change) => {
    const count = groups.filter((one) => one.change === change).length;
    return count === 0 ? [] : [`${count} ${CHANGES[change]}`];
  });
  return `${size}; ${counts.length === 0 ? 'no change' : counts.join(', ')}`;
}

const CHANGES = { appeared: 'new', went: 'gone', grew: 'grew', shrank: 'shrank' } as const;

/** `    20     +5  Green Thread, waits for timer: 30000 ms`. */
function groupLine(one: WatchedGroup, { groups }: Turn): Line {
  const { change, before, now, group } = one;
  const columns = groups.reduce((most, { now: { count } }) => Math.max(most, String(count).length), 5);
  const kind =
    change === 'appeared' || change === 'grew'
      ? 'grew'
      : change === 'went' || change === 'shrank'
        ? 'shrank'
        : 'group';
  const facts = [
    KIND_NAMES[group.kind],
    ...tallyText('', group.threadKinds),
    ...tallyText('', group.states),
    ...(group.abandoned ? ['abandoned'] : []),
    ...awaitingText(one),
    ...tallyText('waits for ', group.waitsFor),
    ...tallyText('serves ', group.labels),
  ];
  const difference = now.count - before.count;
  const sign = change === null || difference === 0 ? '' : difference > 0 ? `+${difference}` : `${difference}`;
  const word = change === 'appeared' ? ' new' : change === 'went' ? ' gone' : '';
  const count = String(now.count).padStart(columns);
  return { kind, text: `${count} ${(sign + word).padEnd(9)} ${escapeLine(facts.join(', '))}` };
}

/** Where it is the number of those that wait for it that changed. */
function awaitingText({ change, before, now }: WatchedGroup): string[] {
  if (now.awaiting === now.count || change === 'went') return [];
  const from = change === 'grew' || change === 'shrank' ? before.awaiting : now.awaiting;
  return [`awaited by ${from === now.awaiting ? '' : `${from} -> `}${now.awaiting}`];
}

function tallyText(before: string, tally: Tally): string[] {
  const [commonest, ...others] = tally.entries();
  if (commonest === undefined) return [];
  return [`${before}${commonest[0]}${others.length > 0 || tally.others > 0 ? ' (and others)' : ''}`];
}

/**
 * A stack without source lines, and without frames of Node and V8 where it has any of its own.
 *
 * @param columns there are: where a frame takes more, its directory is left out, and not the function's name
 */
function compactLines({ frames, awaitedBy = [], repeated }: MergedBranch, columns: number): string[] {
  const own = frames.filter(({ internal, native }) => internal !== true && native !== true);
  return [
    ...(own.length > 0 ? own : frames).map((frame) => compactFrame(frame, columns)),
    ...(repeated === true ? ['(and so on)'] : []),
    ...awaitedBy.flatMap((branch) => [
      branch.count === 1 ? 'awaited by:' : `awaited by ${branch.count}:`,
      ...indented(compactLines(branch, columns - 2), 2),
    ]),
  ];
}

function compactFrame(frame: Frame, columns: number): string {
  const lineOf = (file: string): string => frameLines([{ ...frame, file, sourceLine: '' }])[0] ?? '';
  const line = lineOf(frame.file);
  const name = frame.file.slice(frame.file.lastIndexOf('/') + 1);
  return line.length <= columns || name === frame.file ? line : lineOf(`…/${name}`);
}

function cut(lines: readonly string[], most: number): string[] {
  if (lines.length <= most) return [...lines];
  const shown = lines.slice(0, Math.max(0, most - 1));
  return most < 1 ? [] : [...shown, `… ${plural(lines.length - shown.length, 'more line')}`];
}

function frames(lines: readonly string[]): Line[] {
  return lines.map((text) => ({ kind: 'frame', text: ' '.repeat(INDENT) + text }));
}

function restLine(groups: readonly WatchedGroup[]): Line[] {
  if (groups.length === 0) return [];
  const stacks = groups.reduce((sum, { now }) => sum + now.count, 0);
  const changed = groups.filter(({ change }) => change !== null && change !== 'same').length;
  const text = `and ${plural(groups.length, 'kind')} more with ${plural(stacks, 'stack')}`;
  return [{ kind: 'note', text: changed === 0 ? text : `${text}, ${changed} of them changed` }];
}
