import type { Completed, CompletedCommand, CompletedOption } from './model.js';

/** A completion script for fish. */
export function fishCompletion(program: CompletedCommand): string {
  const { name, commands } = program;
  const lines = [
    `# fish completion of ${name}: ${name} completion fish > ~/.config/fish/completions/${name}.fish`,
    ...isCommand(name),
    `complete -c ${name} -f`,
    ...program.options.map((option) => optionLine(name, `__${name}_is ''`, option)),
    ...commands.map(
      (command) =>
        `complete -c ${name} -n "__${name}_is ''" -a ${command.name} -d ${quoted(command.summary)}`,
    ),
    ...commands.flatMap((command) => commandLines(name, command)),
  ];
  return `${lines.join('\n')}\n`;
}

/**
 * A condition: the command, the first word that is no option, is that one. fish's own `__fish_seen_subcommand_from` takes any
 * word for it: that of `guru help dump`, a file called `diff`.
 */
function isCommand(program: string): string[] {
  return [
    `function __${program}_is`,
    '  set -l words (commandline -opc)',
    '  set -e words[1]',
    '  for word in $words',
    "    string match -q -- '-*' $word; and continue",
    '    test "$word" = "$argv[1]"',
    '    return',
    '  end',
    '  test -z "$argv[1]"',
    'end',
  ];
}

function commandLines(program: string, command: CompletedCommand): string[] {
  const condition = `__${program}_is ${command.name}`;
  const places = command.arguments.map(({ value }) => value);
  return [
    ...command.options.map((option) => optionLine(program, condition, option)),
    ...[...new Set(places.map(action))]
      .filter((one) => one !== '')
      .map((one) => `complete -c ${program} -n "${condition}" ${one}`),
  ];
}

function optionLine(
  program: string,
  condition: string,
  { flags, description, value }: CompletedOption,
): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  // Exclusive (-x) is a required value that is no file.
  const follows = value === null ? '' : value === 'file' ? ' -r -F' : ` -x ${action(value)}`.trimEnd();
  return `complete -c ${program} -n "${condition}" ${names.join(' ')}${follows} -d ${quoted(description)}`;
}

function action(value: Completed): string {
  if (value === 'file') return '-F';
  return value === 'anything' ? '' : `-a ${quoted(value.words.join(' '))}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
