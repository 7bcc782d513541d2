import type { WriteStream } from 'node:tty';

const BOLD = '1';
const DIM = '2';
const RED = '31';
const GREEN = '32';
const YELLOW = '33';

/** How lines of the text layout look; the first that fits. */
const STYLES: readonly [pattern: RegExp, style: string][] = [
  [/^={72}$|^====.*====$/, BOLD],
  [/^------ .* ------$/, BOLD],
  [/^\[(?:partial|failed|timeout|skipped): /, YELLOW],
  [/^(?:skipped|not compared|left out|not shown) = /, YELLOW],
  [/^\+ /, GREEN],
  [/^- /, RED],
  [/^ +\((?:node|v8)\) |^ +`.*`$/, DIM],
];

/** Colour is for terminals that have it, and for people who want it: https://no-color.org. */
export function hasColor(stream: Pick<WriteStream, 'isTTY'>, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}

/** Text in the layout of the text view, with the SGR sequences of a terminal. */
export function paint(text: string): string {
  return text
    .split('\n')
    .map((line) => {
      const style = STYLES.find(([pattern]) => pattern.test(line))?.[1];
      return style === undefined ? line : `\x1b[${style}m${line}\x1b[0m`;
    })
    .join('\n');
}
