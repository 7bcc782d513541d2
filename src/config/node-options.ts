/**
 * Splits NODE_OPTIONS as Node does: at spaces, double quotes hold an argument together, and within them a backslash
 * takes the next character as it is.
 */
export function splitNodeOptions(text: string): string[] {
  const options: string[] = [];
  let current: string | null = null;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    let character = text.charAt(at);
    if (character === ' ' && !quoted) {
      if (current !== null) options.push(current);
      current = null;
      continue;
    }
    if (character === '"') {
      quoted = !quoted;
      continue;
    }
    if (character === '\\' && quoted) {
      at += 1;
      character = text.charAt(at);
    }
    current = (current ?? '') + character;
  }
  if (current !== null) options.push(current);
  return options;
}
