import type { ProcessNode } from '../report/schema.js';
import { escapeLine } from './text-escape.js';
import { indented } from './text-layout.js';

/** `Process PID (under PPID) [ run by: USER (UID), state: STATE ]`, its command line and its children indented. */
export function processLines(node: ProcessNode): string[] {
  const user = `${node.user ?? 'unknown'} (${node.uid ?? 'unknown'})`;
  const facts = `run by: ${escapeLine(user)}, state: ${escapeLine(node.state)}`;
  return [
    `Process ${node.pid} (under ${node.ppid}) [ ${facts} ]`,
    ...indented([commandLine(node.command), ...node.children.flatMap(processLines)], 4),
  ];
}

/** Arguments with spaces in them are quoted, so that one sees where each ends. */
function commandLine(command: readonly string[]): string {
  if (command.length === 1) return escapeLine(command[0] ?? '');
  return command
    .map((argument) => (/^[^\s'"\\]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`))
    .map(escapeLine)
    .join(' ');
}
