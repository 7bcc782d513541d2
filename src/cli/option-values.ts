import { InvalidArgumentError } from 'commander';
import { OPTION_RULES } from '../config/option-table.js';
import { parseSeconds } from '../config/option-values.js';
import type { Parsed } from '../config/parsed.js';

/** For `--limit N` and the like. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError('It must be a whole number, and at least 1.');
  }
  return value;
}

type ParseRepeated<T> = (text: string, before: readonly T[] | undefined) => T[];

const repeating = new WeakSet<object>();

/** For options that may be given several times: a list of their values, each read by `parse`. */
export function repeated<T>(parse: (text: string) => T): ParseRepeated<T> {
  const add: ParseRepeated<T> = (text, before) => [...(before ?? []), parse(text)];
  repeating.add(add);
  return add;
}

/** Whether an option's parser is one of {@link repeated}. */
export function isRepeated(parse: object | undefined): boolean {
  return parse !== undefined && repeating.has(parse);
}

/** For options that the settings of a process have too, under the same rule. */
export function secondsOf(option: 'maxPause'): (text: string) => number {
  return (text) => valueOf(OPTION_RULES[option].parse(text));
}

/** For those that only a command has; bounds included. */
export function secondsBetween(least: number, most: number): (text: string) => number {
  const parse = parseSeconds(least, most);
  return (text) => valueOf(parse(text));
}

function valueOf<T>(parsed: Parsed<T>): T {
  if (!parsed.ok) throw new InvalidArgumentError(`It ${parsed.reason}.`);
  return parsed.value;
}
