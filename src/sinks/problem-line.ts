/** UTF-16 units: in UTF-8 and with the prefix less than the 4,096 bytes that a pipe takes at once or not at all. */
const MAX_LENGTH = 1_000;

/**
 * The one form in which this library speaks of its own problems: `guru-meditation: MESSAGE` and a line feed. Control and
 * invisible formatting characters are escaped, since a path or a name in the message may hold anything.
 */
export function formatProblem(message: string): string {
  return `guru-meditation: ${cut(cut(message).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escapeCharacter))}\n`;
}

function cut(text: string): string {
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text;
}

function escapeCharacter(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}
