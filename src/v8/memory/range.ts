/** Addresses from `start` up to, not including, `end`. */
export interface Range {
  start: number;
  end: number;
}

/** Bytes. */
export function sizeOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { start, end }) => sum + end - start, 0);
}
