/** What takes two columns of a terminal: the scripts of East Asia, and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
/** What is put on the character before. */
const COMBINED = /[\p{Mn}\p{Me}]/u;

/** A line that takes no more columns than there are: what is cut off is one `…`. A tab, which has no width of its own, is a space. */
export function fitColumns(line: string, columns: number): string {
  if (columns === Infinity) return line;
  const text = line.replaceAll('\t', ' ');
  let used = 0;
  let end = 0; // up to where there is still room for the mark
  let at = 0;
  for (const character of text) {
    used += COMBINED.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
    if (used > columns) return `${text.slice(0, end)}…`.slice(0, Math.max(0, columns));
    at += character.length;
    if (used < columns) end = at;
  }
  return text;
}
