import type { Awaited } from '../v8/await-graph/await-graph.js';

/** `timer, 5000 ms`; several are joined. `null` where the function waits for other functions only. */
export function describeAwaits(awaits: readonly Awaited[]): string | null {
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
