import { PAGE } from './page-store.js';
import type { Range } from './range.js';

/** The pages with these addresses and ranges in them, ascending; neighbours are one. */
export function pageRuns(addresses: Iterable<number>, ranges: readonly Range[]): Range[] {
  const starts = Float64Array.from(addresses, (address) => address - (address % PAGE)).sort();
  const sorted = ranges.filter((range) => range.end > range.start).sort((a, b) => a.start - b.start);
  const runs: Range[] = [];
  let next = 0;
  const add = (start: number, end: number): void => {
    const last = runs.at(-1);
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else runs.push({ start, end });
  };
  for (const start of starts) {
    for (; next < sorted.length && sorted[next]!.start < start; next++) addRange(sorted[next]!);
    add(start, start + PAGE);
  }
  for (; next < sorted.length; next++) addRange(sorted[next]!);
  return runs;

  function addRange(range: Range): void {
    add(range.start - (range.start % PAGE), Math.ceil(range.end / PAGE) * PAGE);
  }
}
