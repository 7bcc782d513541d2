import { aboutData, stackData } from '../../merge/stacks-json.js';
import type { Turn, WatchedGroup } from './turn.js';

/** A turn in one line of JSON: docs/cli.md says what is in it. */
export function turnJson(turn: Turn): string {
  const { number, generatedAt, process, threads, notes, internal } = turn;
  const groups = turn.groups.map((one) => groupData(one, turn));
  return `${JSON.stringify({ turn: number, generatedAt, process, threads, notes, internal, groups })}\n`;
}

function groupData({ change, before, now, group }: WatchedGroup, { frames }: Turn): object {
  return {
    kind: group.kind,
    change,
    count: now.count,
    before: change === null ? null : before.count,
    awaiting: now.awaiting,
    awaitingBefore: change === null ? null : before.awaiting,
    ...aboutData(group),
    ...stackData(group, frames),
  };
}
