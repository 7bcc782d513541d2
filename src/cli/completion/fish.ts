import type { Completed, CompletedCommand, CompletedOption } from './model.js';

/** A completion script for fish. */
export function fishCompletion(program: CompletedCommand): string {
  const { name, commands } = program;
  const lines = [
    `# fish completion of ${name}: ${name} completion fish > ~/.config/fish/completions/${name}.fish`,
    `complete -c ${name} -f`,
    ...program.options.map((option) => optionLine(name, '__fish_use_subcommand', option)),
    ...commands.map(
      (command) =>
        `complete -c ${name} -n __fish_use_subcommand -a ${command.name} -d ${quoted(command.summary)}`,
    ),
    ...commands.flatMap((command) => commandLines(name, command)),
  ];
  return `${lines.join('\n')}\n`;
}

function commandLines(program: string, command: CompletedCommand): string[] {
  const condition = quoted(`__fish_seen_subcommand_from ${command.name}`);
  const places = command.arguments.map(({ value }) => value);
  return [
    ...command.options.map((option) => optionLine(program, condition, option)),
    ...[...new Set(places.map(action))]
      .filter((one) => one !== '')
      .map((one) => `complete -c ${program} -n ${condition} ${one}`),
  ];
}

function optionLine(
  program: string,
  condition: string,
  { flags, description, value }: CompletedOption,
): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  const follows = value === null ? '' : ` -r ${action(value)}`.trimEnd();
  return `complete -c ${program} -n ${condition} ${names.join(' ')}${follows} -d ${quoted(description)}`;
}

function action(value: Completed): string {
  if (value === 'file') return '-F';
  return value === 'anything' ? '' : `-f -a ${quoted(value.words.join(' '))}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
