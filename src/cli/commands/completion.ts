import { Argument, Command } from 'commander';
import type { Cli } from '../cli.js';
import { bashCompletion } from '../completion/bash.js';
import { fishCompletion } from '../completion/fish.js';
import { type CompletedCommand, describeCommand } from '../completion/model.js';
import { zshCompletion } from '../completion/zsh.js';
import { examples } from '../help.js';
import { createProgram } from '../program.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

type Shell = (typeof SHELLS)[number];

const SCRIPTS: { [S in Shell]: (program: CompletedCommand) => string } = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** `guru completion`: made from the commands themselves, so that it knows whatever they know. */
export function completionCommand(cli: Cli): Command {
  return new Command('completion')
    .summary('print a completion script for bash, zsh or fish')
    .description('Prints a script that makes a shell complete the commands, options and values of guru.')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText(
      'after',
      examples([
        ['source <(guru completion bash)', 'in this bash; in all: put it into ~/.bashrc'],
        ['guru completion zsh > ~/.zfunc/_guru', 'with ~/.zfunc in the fpath of zsh'],
        ['guru completion fish > ~/.config/fish/completions/guru.fish', 'fish'],
      ]),
    )
    .action(async (shell: Shell) => {
      const program = await createProgram(cli, { out: '', err: '' });
      await cli.write(SCRIPTS[shell](describeCommand(program)));
    });
}
