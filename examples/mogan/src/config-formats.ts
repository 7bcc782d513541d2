import convict from 'convict';

const YES = new Set(['true', 'yes', 'on', '1']);
const NO = new Set(['false', 'no', 'off', '0']);

/**
 * Formats for what convict would read too generously: its own `Boolean` takes `no` for true, and its numbers take
 * `12abc` for 12.
 */
export function addFormats(): void {
  convict.addFormats({
    bool: {
      coerce: (text: string) =>
        YES.has(text.toLowerCase()) ? true : NO.has(text.toLowerCase()) ? false : text,
      validate: (value: unknown) => check(typeof value === 'boolean', 'must be true or false'),
    },
    count: {
      coerce: Number,
      validate: (value: unknown) =>
        check(Number.isInteger(value) && Number(value) > 0, 'must be a whole number above 0'),
    },
    seconds: {
      coerce: Number,
      validate: (value: unknown) =>
        check(
          typeof value === 'number' && value > 0 && value <= 86_400,
          'must be a number of seconds, at most 86400',
        ),
    },
  });
}

function check(fine: boolean, complaint: string): void {
  if (!fine) throw new Error(complaint);
}
