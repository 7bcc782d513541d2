import type { AwaitedKind } from './await-graph.js';

/** What holds the means to settle a promise. */
export interface Holder {
  /** Empty: nothing that says anything. */
  detail: string;
  depth: number;
  /** All that it holds itself is `reject`. */
  rejects: boolean;
}

/** What says something, is nearer, can do more than reject; among equals it must not depend on where they are in memory. */
export function betterOf(known: Holder | null, found: Holder): Holder {
  if (known === null) return found;
  const order =
    Number(found.detail === '') - Number(known.detail === '') ||
    found.depth - known.depth ||
    Number(found.rejects) - Number(known.rejects) ||
    (found.detail < known.detail ? -1 : 1);
  return order < 0 ? found : known;
}

/** Timeouts and errors are how waiting for something else ends. Of other things that which can be named says more. */
export function rank({ kind, detail }: { kind: AwaitedKind; detail: string | null }): number {
  if (kind === 'timer' || kind === 'signal') return 2;
  if (kind === 'event' && detail?.startsWith("'error' ")) return 2;
  return detail === null || (kind === 'event' && detail.startsWith('of ')) ? 1 : 0;
}
