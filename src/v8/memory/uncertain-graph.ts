import type { AwaitGraph } from '../await-graph/await-graph.js';

/** Of what was not looked at as a whole, or is held by a stack as well, it cannot be said that nothing can resume it. */
export function takeBackAbandoned({ suspended }: AwaitGraph): void {
  for (const { awaits } of suspended) {
    for (const awaited of awaits) if (awaited.kind === 'nothing') awaited.kind = 'promise';
  }
}

/**
 * Where a suspended function was, there may be something else by the time that it is read, or V8 has swept some of what was
 * garbage: then nothing tells where it begins.
 */
export function leaveOutUnreadable({ suspended }: AwaitGraph): void {
  let over = false;
  for (const one of suspended) {
    one.over ||= one.point.script === '' && one.point.functionLocation === null;
    over ||= one.over;
  }
  if (!over) return;
  for (const one of suspended)
    one.awaitedBy = one.over ? [] : one.awaitedBy.filter(({ to }) => suspended[to]?.over === false);
}
