/** Addresses from `start` up to, not including, `end`. */
export interface Range {
  start: number;
  end: number;
}

/** Bytes. */
export function sizeOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { start, end }) => sum + end - start, 0);
}

/** What of ranges is in none of the others; both ascending, without overlaps. */
export function without(ranges: readonly Range[], others: readonly Range[]): Range[] {
  const left: Range[] = [];
  let index = 0;
  for (const { start, end } of ranges) {
    let from = start;
    while (index < others.length && others[index]!.end <= from) index++;
    for (let at = index; at < others.length && others[at]!.start < end; at++) {
      if (others[at]!.start > from) left.push({ start: from, end: others[at]!.start });
      from = Math.max(from, others[at]!.end);
    }
    if (from < end) left.push({ start: from, end });
  }
  return left;
}
