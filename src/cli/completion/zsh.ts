import type { Completed, CompletedCommand, CompletedOption } from './model.js';

/** A completion script for zsh: a file `_guru` in its `fpath`. */
export function zshCompletion(program: CompletedCommand): string {
  const { name, commands } = program;
  return `#compdef ${name}
# zsh completion of ${name}: ${name} completion zsh > a directory of the fpath/_${name}
_${name}() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -C \\
${program.options.map((option) => `    ${specification(option)} \\\n`).join('')}    '1: :->command' \\
    '*:: :->arguments'
  case $state in
    command)
      local -a commands
      commands=(
${commands.map((command) => `        ${quoted(`${command.name}:${command.summary}`)}\n`).join('')}      )
      _describe command commands
      ;;
    arguments)
      case $line[1] in
${commands.map(commandCase).join('')}      esac
      ;;
  esac
}
if [[ $funcstack[1] == _${name} ]]; then
  _${name} "$@"
else
  compdef _${name} ${name}
fi
`;
}

function commandCase(command: CompletedCommand): string {
  const places = command.arguments.map(({ name, value, variadic }, i) =>
    quoted(`${variadic ? '*' : i + 1}:${name}:${action(value)}`),
  );
  const all = [...command.options.map(specification), ...places];
  return `        ${command.name})
          _arguments \\
${all.map((one) => `            ${one}`).join(' \\\n')}
          ;;
`;
}

/** `'(-f --format)'{-f+,--format=}'[how to show them]:value:(text json)'` */
function specification({ flags, description, value, repeats }: CompletedOption): string {
  const text = `[${description.replaceAll(/[[\]:]/g, ' ')}]`;
  const follows = value === null ? '' : `:value:${action(value)}`;
  const names = value === null ? flags : flags.map(withValue);
  if (names.length === 1) return quoted(`${repeats ? '*' : ''}${names[0]}${text}${follows}`);
  const exclusive = repeats ? "'*'" : quoted(`(${flags.join(' ')})`);
  return `${exclusive}{${names.join(',')}}${quoted(`${text}${follows}`)}`;
}

/** The value is the next word, or stands right behind: `-fjson`, `--format=json`. */
function withValue(flag: string): string {
  return flag.startsWith('--') ? `${flag}=` : `${flag}+`;
}

function action(value: Completed): string {
  if (value === 'file') return '_files';
  return value === 'anything' ? ' ' : `(${value.words.join(' ')})`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
