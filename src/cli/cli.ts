import { describeSystemError, errorCode } from '../os/system-error.js';
import { GuruError } from '../report/error.js';
import { escapeLine } from '../views/text-escape.js';
import { EXIT, type ExitStatus } from './exit-status.js';
import { hasColor, paint } from './paint.js';
import { Progress } from './progress.js';

/** What of `process` a command line program uses. */
export interface Streams {
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
  env: NodeJS.ProcessEnv;
}

/** Whoever reads our output has gone (`guru stacks … | head`). It is no error: there is just nothing left to do. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed';
}

/** The world of a command: what it reads and writes, and how it will have ended. */
export class Cli {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  /** What the exit code will be, unless an error is thrown. */
  status: ExitStatus = EXIT.done;
  /** It was interrupted: what is still awaited, an answer for instance, is of no use any more. */
  hurries = false;
  #progress: Progress | null = null;

  constructor({ stdin, stdout, stderr, env }: Streams) {
    this.stdin = stdin;
    this.stdout = stdout;
    this.stderr = stderr;
    this.env = env;
    // Each write has its own answer. Without listeners, these events would end the process with a stack trace.
    stdout.on('error', () => {});
    stderr.on('error', () => {});
  }

  /** Resolves once the text is written, so that a slow reader is waited for. @throws {OutputClosed} @throws {GuruError} */
  async write(text: string): Promise<void> {
    if (text === '') return;
    this.#progress?.clear();
    const error = await new Promise<Error | null | undefined>((done) => this.stdout.write(text, done));
    if (!error) return;
    if (errorCode(error) === 'EPIPE' || errorCode(error) === 'ERR_STREAM_DESTROYED') throw new OutputClosed();
    throw new GuruError('ERR_GURU_SINK', `standard output cannot be written: ${describeSystemError(error)}`, {
      cause: error,
    });
  }

  /** {@link write} for text in the layout of the text view: in colour, where that is wanted. */
  async writeText(text: string): Promise<void> {
    await this.write(hasColor(this.stdout, this.env) ? paint(text) : text);
  }

  /** One line on stderr: `guru: MESSAGE`, with nothing in it that could act on a terminal. */
  warn(message: string): void {
    this.#progress?.clear();
    this.stderr.write(`guru: ${escapeLine(message)}\n`);
  }

  /** Shows how far something is, until `done` is called: on a terminal only. */
  startProgress(): Progress {
    const progress = new Progress(this.stderr.isTTY ? this.stderr : null);
    this.#progress = progress;
    return progress;
  }
}
