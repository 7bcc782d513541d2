import { createRequire } from 'node:module';
import { Command } from 'commander';
import type { Cli } from './cli.js';
import { COMMANDS, type CommandEntry } from './commands.js';
import { examples } from './help.js';

/** What commander prints by itself, help and version, is collected: it would not wait for a slow reader. */
export interface Printed {
  out: string;
  err: string;
}

/**
 * The command line program.
 *
 * @param wanted whether a command is loaded; of the others there are the name and the summary
 */
export async function createProgram(
  cli: Cli,
  printed: Printed,
  wanted: (entry: CommandEntry) => boolean = () => true,
): Promise<Command> {
  const program = new Command('guru')
    .description('Guru Meditation Reports of Node.js processes: make them, read them, compare them.')
    .version(`guru ${packageVersion()}`, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .usage('COMMAND [options]')
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => (printed.out += text),
      writeErr: (text) => (printed.err += text),
      // Errors come as exceptions too, and are told from there.
      outputError: () => {},
    })
    .addHelpText(
      'after',
      examples([
        ['guru dump 8675', 'a report of a running process'],
        ['guru watch 8675', 'what it is doing, again and again'],
        ['guru ps', 'which Node processes there are'],
        ['guru view report.json', 'a saved report as text'],
        ['guru stacks /var/log/mogan/', 'which stacks all saved reports have in common'],
        ['guru diff before/ after/', 'what has changed'],
        ['guru help stacks', 'all about one command'],
      ]),
    );
  for (const entry of COMMANDS) {
    const command = wanted(entry)
      ? (await entry.load())(cli)
      : new Command(entry.name).summary(entry.summary).usage('[options]');
    program.addCommand(command.copyInheritedSettings(program));
  }
  return program;
}

/** Whether a command is the one that the arguments call for, or ask help for. */
export function isCalled(args: readonly string[]): (entry: CommandEntry) => boolean {
  const words = args.filter((arg) => !arg.startsWith('-'));
  const called = words[0] === 'help' ? words[1] : words[0];
  return ({ name }) => name === called;
}

/** By the package's own name, which works from wherever in it this is. */
function packageVersion(): string {
  const { version } = createRequire(import.meta.url)('guru-meditation/package.json') as { version: string };
  return version;
}
