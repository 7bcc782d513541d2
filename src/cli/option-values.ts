import { InvalidArgumentError } from 'commander';
import { OPTION_RULES } from '../config/option-table.js';

/** For `--limit N` and the like. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError('It must be a whole number, and at least 1.');
  }
  return value;
}

/** For options that may be given several times. */
export function repeated(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value];
}

/** For options that the settings of a process have too, under the same rule. */
export function secondsOf(option: 'maxPause'): (text: string) => number {
  return (text) => {
    const parsed = OPTION_RULES[option].parse(text);
    if (!parsed.ok) throw new InvalidArgumentError(`It ${parsed.reason}.`);
    return parsed.value;
  };
}
