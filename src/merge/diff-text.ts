import type { JsonValue } from '../report/json.js';
import { assignments } from '../views/text-data.js';
import { escapeLine } from '../views/text-escape.js';
import { WIDTH, banner, indented, number, subBanner } from '../views/text-layout.js';
import {
  type Difference,
  STACK_CHANGES,
  type SettingChange,
  type StackChange,
  type StackChangeKind,
} from './diff.js';
import type { ReadingSummary } from './reading-summary.js';
import type { ReportSet } from './report-set.js';
import { PART_NAMES, plural, setLine, setNotes, timeLine } from './set-lines.js';
import type { MergedSetting } from './settings-merger.js';
import { ABANDONED, KIND_NAMES, stackLines } from './stacks-text.js';

/** Values of one option that are shown. */
const MOST_VALUES = 5;

const TITLES: { [change in StackChangeKind]: string } = {
  appeared: 'Stacks That Appeared',
  went: 'Stacks That Went',
  grew: 'Stacks That Grew',
  shrank: 'Stacks That Shrank',
};

export interface DiffSide {
  set: ReportSet;
  reading: ReadingSummary;
}

/** The differences for people, piece by piece. @param limit stacks of each kind of change at most */
export function* diffText(
  before: DiffSide,
  after: DiffSide,
  difference: Difference,
  limit: number,
): Generator<string> {
  yield text([
    ...banner('Differences'),
    '|'.repeat(WIDTH),
    '',
    ...sideLines('before', before),
    ...sideLines('after', after),
    ...summaryLines(difference, before.set),
  ]);
  for (const change of STACK_CHANGES) {
    const all = difference.stacks.filter((one) => one.change === change);
    if (all.length === 0) continue;
    yield text(['', ...banner(TITLES[change])]);
    for (const [i, one] of all.slice(0, limit).entries()) {
      yield text([...(i === 0 ? [] : ['']), ...changeLines(one, before.set, after.set)]);
    }
    if (all.length > limit) yield text(['', `left out = ${plural(all.length - limit, 'kind')}`]);
  }
  if (difference.settings.length > 0) {
    yield text(['', ...banner('Settings'), ...difference.settings.flatMap(settingLines)]);
  }
}

function sideLines(name: string, { set, reading }: DiffSide): string[] {
  return [
    `${name} = ${setLine(set)}`,
    ...indented([`generated at = ${timeLine(set)}`, ...setNotes(set, reading)], 2),
  ];
}

function summaryLines(
  { stacks, settings, notCompared, internal }: Difference,
  { parts }: ReportSet,
): string[] {
  const lines: string[] = [];
  if (parts.threads || parts.greenThreads) {
    const counts = STACK_CHANGES.map((change) => `${count(stacks, change)} ${change}`);
    lines.push(`stacks = ${counts.join(', ')}`);
  }
  if (parts.settings) {
    const changed = settings.filter(({ change }) => change !== 'appeared' && change !== 'went').length;
    lines.push(
      `settings = ${count(settings, 'appeared')} appeared, ${count(settings, 'went')} went, ${changed} changed`,
    );
  }
  for (const { part, missing } of notCompared) {
    const whose = missing === 'both' ? 'no report has them' : `no report of the set ${missing} has them`;
    lines.push(`not compared = ${PART_NAMES[part]}: ${whose}`);
  }
  if (internal > 0) lines.push(`not shown = ${plural(internal, 'kind')} (Node's own throughout)`);
  return lines;
}

function count(changes: readonly { change: string }[], change: string): number {
  return changes.filter((one) => one.change === change).length;
}

function changeLines(
  { change, kind, before, after, group }: StackChange,
  was: ReportSet,
  is: ReportSet,
): string[] {
  const part = kind === 'thread' ? 'threads' : 'greenThreads';
  const [m, n] = [was.having[part], is.having[part]];
  const lines = [subBanner(`${KIND_NAMES[kind]} x ${fromTo(change, before.count, after.count)}`)];
  // Otherwise a stack that grew by report may seem to have shrunk.
  if (m !== n && change !== 'appeared' && change !== 'went') {
    const first = `${number(before.count / m)} (of ${plural(m, 'report')})`;
    lines.push(`by report = ${first} -> ${number(after.count / n)} (of ${plural(n, 'report')})`);
  }
  if (before.awaiting !== before.count || after.awaiting !== after.count) {
    lines.push(`awaited by = ${fromTo(change, before.awaiting, after.awaiting)}`);
  }
  if (group.abandoned) lines.push(ABANDONED);
  return [...lines, ...stackLines(group, is.frames)];
}

function fromTo(change: StackChangeKind, before: number, after: number): string {
  if (change === 'appeared') return `${after}`;
  return change === 'went' ? `${before}` : `${before} -> ${after}`;
}

function settingLines({ change, group, option, before, after }: SettingChange): string[] {
  const name = escapeLine(`${group}.${option}`);
  const one = single(after ?? before);
  if (change === 'appeared')
    return marked('+', one === undefined ? [`${name} = ${values(after)}`] : assigned(name, one));
  if (change === 'went')
    return marked('-', one === undefined ? [`${name} = ${values(before)}`] : assigned(name, one));
  const [from, to] = [single(before), single(after)];
  if (from === undefined || to === undefined) {
    return [...marked('-', [`${name} = ${values(before)}`]), ...marked('+', [`${name} = ${values(after)}`])];
  }
  return [...marked('-', assigned(name, from)), ...marked('+', assigned(name, to))];
}

/** The value, if the option has the same in all reports; else `undefined`. */
function single(setting: MergedSetting | null): JsonValue | undefined {
  if (setting?.values?.size !== 1) return undefined;
  return JSON.parse([...setting.values.keys()][0] ?? 'null') as JsonValue;
}

function assigned(name: string, value: JsonValue): string[] {
  return assignments({ [name]: value });
}

/** `8080 (in 3 reports), 8081 (in 1)`. */
function values(setting: MergedSetting | null): string {
  if (setting === null) return '';
  if (setting.values === null) return 'a value of its own in more than a thousand reports';
  const sorted = [...setting.values].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const shown = sorted
    .slice(0, MOST_VALUES)
    .map(([value, n]) => `${escapeLine(value)} (in ${plural(n, 'report')})`);
  if (sorted.length > MOST_VALUES) shown.push(`and ${sorted.length - MOST_VALUES} more`);
  return shown.join(', ');
}

function marked(mark: string, lines: readonly string[]): string[] {
  return lines.map((line) => `${mark} ${line}`);
}

function text(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}
