/** The examples below a command's help: what to type, and under it what that does. */
export function examples(list: readonly (readonly [command: string, does: string])[]): string {
  const lines = list.map(([command, does]) => `  ${command}\n      ${does}`);
  return `\nExamples:\n${lines.join('\n')}`;
}
