import type { Argument, Command, Option } from 'commander';
import { isRepeated } from '../option-values.js';

/** What comes at a place of the command line: one of some words, a file, or what nobody knows. */
export type Completed = { words: readonly string[] } | 'file' | 'anything';

export interface CompletedOption {
  /** `-f`, `--format`: those that there are. */
  flags: string[];
  description: string;
  /** `null` for options without a value. */
  value: Completed | null;
  /** It may be given several times. */
  repeats: boolean;
}

export interface CompletedArgument {
  name: string;
  value: Completed;
  variadic: boolean;
}

/** A command as shells see it. */
export interface CompletedCommand {
  name: string;
  summary: string;
  options: CompletedOption[];
  arguments: CompletedArgument[];
  commands: CompletedCommand[];
}

/** Reads it from commander's own description of a program, with `help` as the commands' own is. */
export function describeCommand(command: Command): CompletedCommand {
  const help = command.createHelp();
  const commands = help.visibleCommands(command).map((one) => describeCommand(one));
  const names = commands.map(({ name }) => name).filter((name) => name !== 'help');
  for (const one of commands) {
    if (one.name === 'help') one.arguments = [{ name: 'command', value: { words: names }, variadic: false }];
  }
  return {
    name: command.name(),
    summary: help.subcommandDescription(command),
    options: help.visibleOptions(command).map(describeOption),
    arguments: command.registeredArguments.map(describeArgument),
    commands,
  };
}

function describeOption(option: Option): CompletedOption {
  const { short, long, description, required, optional, variadic, argChoices, flags, parseArg } = option;
  return {
    flags: [short, long].filter((flag) => flag !== undefined),
    description,
    value:
      required || optional ? completed(/[<[](.*?)(?:\.\.\.)?[>\]]/.exec(flags)?.[1] ?? '', argChoices) : null,
    repeats: variadic || isRepeated(parseArg),
  };
}

function describeArgument(argument: Argument): CompletedArgument {
  const { variadic, argChoices } = argument;
  return { name: argument.name(), value: completed(argument.name(), argChoices), variadic };
}

/** Placeholders that begin with `file`, `path` or `directory` stand for a file. */
function completed(placeholder: string, choices: readonly string[] | undefined): Completed {
  if (choices !== undefined) return { words: choices };
  return /^(?:file|path|dir)/i.test(placeholder) ? 'file' : 'anything';
}
