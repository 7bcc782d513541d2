/** The pieces of the text layout: 72 columns, as operators of OpenStack services know it. */
import { escapeLine } from './text-escape.js';

export const WIDTH = 72;

/** Three lines; the name centred in 64 columns between `====`. A longer name makes its line longer. */
export function banner(name: string): string[] {
  const rule = '='.repeat(WIDTH);
  return [rule, `====${centred(escapeLine(name), WIDTH - 8)}====`, rule];
}

/** The heading of one thread: centred in 60 columns between six dashes. */
export function subBanner(name: string): string {
  return `------${centred(escapeLine(name), WIDTH - 12)}------`;
}

/** An odd column goes to the right. */
function centred(text: string, width: number): string {
  const room = Math.max(2, width - Array.from(text).length);
  const left = Math.floor(room / 2);
  return ' '.repeat(left) + text + ' '.repeat(room - left);
}

export function indented(lines: readonly string[], columns: number): string[] {
  const indent = ' '.repeat(columns);
  return lines.map((line) => (line === '' ? '' : indent + line));
}

/** At most one digit after the point: `41.2 ms`, `3 s`. */
export function number(value: number): string {
  return String(Math.round(value * 10) / 10);
}
