import { median } from './statistics.mjs';

/**
 * One line of a table.
 *
 * @param {string} what
 * @param {string} unit
 * @param {number[]} samples an empty list stands for "could not be measured"; say why in `note`.
 * @param {{ target?: { most: number } | { least: number }, by?: 'median' | 'max', note?: string }} [more]
 *   `by`: which figure is held against the target, default the median.
 */
export function row(what, unit, samples, { target = null, by = 'median', note = '' } = {}) {
  const figures =
    samples.length === 0
      ? { min: null, median: null, max: null }
      : { min: Math.min(...samples), median: median(samples), max: Math.max(...samples) };
  return { what, unit, n: samples.length, ...figures, target, by, note };
}

/** Whether a row meets its target; `null` where it has none, or no samples. */
export function passes({ target, by, ...figures }) {
  const value = figures[by];
  if (target === null || value === null) return null;
  return 'most' in target ? value <= target.most : value >= target.least;
}

/**
 * The rows of something measured on the same occasions without, with an empty worker, and with: the differences are
 * those within an occasion.
 *
 * @param {{ without: number, worker: number, with: number }[]} occasions
 */
export function differenceRows(what, unit, occasions, more) {
  const without = occasions.map((taken) => taken.without);
  const withIt = occasions.map((taken) => taken.with);
  return [
    row(`${what}, without`, unit, without),
    row(`${what}, with`, unit, withIt, { note: `ratio ${(median(withIt) / median(without)).toFixed(2)}` }),
    row(`${what}, added`, unit, added(occasions, 'with'), more),
    row(`${what}, added by an empty worker`, unit, added(occasions, 'worker')),
  ];
}

/** @param {'with' | 'worker'} which */
export function added(occasions, which) {
  return occasions.map((taken) => taken[which] - taken.without);
}
