import { CommanderError } from 'commander';
import { GuruError } from '../report/error.js';
import { Cli, OutputClosed, type Streams } from './cli.js';
import { EXIT, type ExitStatus, exitStatusOf } from './exit-status.js';
import { type Printed, createProgram, isCalled } from './program.js';

/**
 * Runs `guru` with these arguments, to its end. Never throws what it can say in a line.
 *
 * @param leave called if the process is to end although something is still awaited
 */
export async function run(args: readonly string[], streams: Streams, leave: () => void): Promise<ExitStatus> {
  const cli = new Cli(streams);
  const printed: Printed = { out: '', err: '' };
  try {
    const program = await createProgram(cli, printed, isCalled(args));
    await program.parseAsync(args, { from: 'user' });
    return cli.status;
  } catch (error) {
    return await failed(error, cli, printed);
  } finally {
    if (cli.hurries) leave();
  }
}

async function failed(error: unknown, cli: Cli, printed: Printed): Promise<ExitStatus> {
  if (error instanceof OutputClosed) return cli.status;
  if (error instanceof GuruError) {
    cli.warn(error.message);
    return exitStatusOf(error.code);
  }
  if (!(error instanceof CommanderError)) {
    // A fault of our own. Node would end with 1, which means differences.
    cli.warn('this is an error in guru itself:');
    cli.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    return EXIT.usage;
  }
  if (error.exitCode === 0) return await print(cli, printed.out);
  // Called without a command: commander gives the help.
  if (printed.err !== '') cli.stderr.write(printed.err);
  else cli.warn(usageLine(error.message));
  return EXIT.usage;
}

/** Help and version. */
async function print(cli: Cli, text: string): Promise<ExitStatus> {
  try {
    await cli.write(text);
  } catch (error) {
    if (!(error instanceof OutputClosed)) throw error;
  }
  return EXIT.done;
}

/** Commander's message in one line: without its `error: `, and with what it suggests beside it. */
function usageLine(message: string): string {
  return message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' ');
}
