import type { Difference, SettingChange, StackChange } from './diff.js';
import type { DiffSide } from './diff-text.js';
import type { FrameTable } from './frame-table.js';
import type { MergedSetting } from './settings-merger.js';
import { indented, setData, stackData } from './stacks-json.js';

/** What `guru diff` found, as JSON, piece by piece: docs/cli.md says what is in it. */
export function* diffJson(
  before: DiffSide,
  after: DiffSide,
  { stacks, settings, notCompared, internal }: Difference,
  limit: number,
): Generator<string> {
  const head = {
    before: setData(before.set, before.reading),
    after: setData(after.set, after.reading),
    notCompared,
    internal,
    settings: settings.map(settingData),
  };
  yield `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "stacks": [`;
  const seen = new Map<string, number>();
  let first = true;
  for (const change of stacks) {
    const n = (seen.get(change.change) ?? 0) + 1;
    seen.set(change.change, n);
    if (n > limit) continue;
    yield `${first ? '\n' : ',\n'}${indented(changeData(change, after.set.frames))}`;
    first = false;
  }
  yield first ? ']\n}\n' : '\n  ]\n}\n';
}

function changeData({ change, kind, before, after, group }: StackChange, frames: FrameTable): object {
  return { change, kind, before, after, ...stackData(group, frames) };
}

function settingData({ change, group, option, before, after }: SettingChange): object {
  return { change, group, option, before: sideData(before), after: sideData(after) };
}

/** `values` is `null` where there are too many. */
function sideData(setting: MergedSetting | null): object | null {
  if (setting === null) return null;
  const { reports, values } = setting;
  return {
    reports,
    values:
      values === null
        ? null
        : [...values].map(([text, count]) => ({ value: JSON.parse(text) as unknown, reports: count })),
  };
}
