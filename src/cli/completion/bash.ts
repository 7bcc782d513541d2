import type { Completed, CompletedCommand } from './model.js';

/**
 * A completion script for bash 3.2 and later. Words that bash splits at `=` (`--format=js` are three) are seen as
 * the shell sees them.
 */
export function bashCompletion(program: CompletedCommand): string {
  const { name, commands } = program;
  return `# bash completion of ${name}: source <(${name} completion bash)
_${name}() {
  local word="\${COMP_WORDS[COMP_CWORD]}" option="\${COMP_WORDS[COMP_CWORD-1]}" command= i
  COMPREPLY=()
  if [[ $word == = ]]; then
    word=
  elif [[ $option == = ]]; then
    option="\${COMP_WORDS[COMP_CWORD-2]}"
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in
      -*) ;;
      *)
        command="\${COMP_WORDS[i]}"
        break
        ;;
    esac
  done
  case "$command:$option" in
${commands.map((command) => optionValues(name, command)).join('')}  esac
  case "$command" in
    '')
      _${name}_words '${words([...flagsOf(program), ...commands.map((one) => one.name)])}'
      ;;
${commands.map((command) => commandWords(name, command)).join('')}  esac
}
_${name}_words() {
  COMPREPLY=($(compgen -W "$1" -- "$word"))
}
_${name}_files() {
  compopt -o filenames 2>/dev/null
  local IFS=$'\\n'
  COMPREPLY+=($(compgen -f -- "$word"))
}
complete -F _${name} ${name}
`;
}

/** What follows an option that takes a value: then nothing else can. */
function optionValues(program: string, { name, options }: CompletedCommand): string {
  return options
    .map(({ flags, value }) => {
      const action = value === null ? null : completion(program, value);
      if (action === null) return '';
      return `    ${flags.map((flag) => `${name}:${flag}`).join(' | ')})\n      ${action}\n      return\n      ;;\n`;
    })
    .join('');
}

function commandWords(program: string, command: CompletedCommand): string {
  const values = command.arguments.map(({ value }) => value);
  const choices = values.flatMap((value) => (typeof value === 'object' ? value.words : []));
  const files = values.includes('file') ? `\n      [[ $word == -* ]] || _${program}_files` : '';
  // Options only where one begins, so that files are not hidden among them.
  return `    ${command.name})
      if [[ $word == -* ]]; then
        _${program}_words '${words(flagsOf(command))}'
      else
        _${program}_words '${words(choices)}'
      fi${files}
      ;;
`;
}

function completion(program: string, value: Completed): string {
  if (value === 'file') return `_${program}_files`;
  return value === 'anything' ? ':' : `_${program}_words '${words(value.words)}'`;
}

function flagsOf({ options }: CompletedCommand): string[] {
  return options.flatMap(({ flags }) => flags);
}

/** Names and choices are words of our own: letters, digits, dashes. */
function words(list: readonly string[]): string {
  return list.join(' ');
}
