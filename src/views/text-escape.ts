/**
 * What must not reach a terminal, a pager or a log viewer as it is: control characters (an escape sequence could
 * redraw the screen, a carriage return overwrite the line), the marks that reorder or hide text, separators that some
 * programs take for line ends, and halves of surrogate pairs. A line feed and a tab stay.
 */
const UNSAFE =
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\u{e0000}-\u{e007f}]|\p{Surrogate}/gu;

/**
 * Shows each unsafe character as `\x1b`, `\u202e` or `\u{e0001}`, a carriage return as `\r`. Backslashes stay as
 * they are, so that paths are readable: what is exact is the JSON view.
 */
export function escapeText(text: string): string {
  return text.replace(UNSAFE, (char) => {
    if (char === '\r') return '\\r';
    const code = char.codePointAt(0) ?? 0;
    const hex = code.toString(16);
    if (code > 0xffff) return `\\u{${hex}}`;
    return code > 0xff ? `\\u${hex.padStart(4, '0')}` : `\\x${hex.padStart(2, '0')}`;
  });
}

/** As {@link escapeText}, for what has to stay on its line: a line feed becomes `\n`, so no value can begin a line. */
export function escapeLine(text: string): string {
  return escapeText(text).replaceAll('\n', '\\n');
}
