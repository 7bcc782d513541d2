import type { Cli } from '../cli.js';
import { hasColor } from '../paint.js';
import type { Line, Window } from './turn-lines.js';

const COLUMNS = 80;
const ROWS = 24;

const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
const CLEAR_ALL = '\x1b[2J';
const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[2K';
const CLEAR_BELOW = '\x1b[J';
/** Off only while something is drawn: a terminal may count a character as wider than this does. */
const WRAP_OFF = '\x1b[?7l';
const WRAP_ON = '\x1b[?7h';

/** Bold, yellow, green, red, dim. */
const STYLES: { [kind in Line['kind']]: string } = {
  head: '1',
  note: '33',
  grew: '32',
  shrank: '31',
  group: '',
  frame: '2',
};

/** A terminal whose window is drawn again and again. Without cursor, until it is closed. */
export class Screen {
  readonly #cli: Cli;
  readonly #redraw: () => void;
  readonly #onStop = (): void => this.#stop();
  readonly #onContinue = (): void => this.#begin();
  #clears = true;

  /** @param redraw called when the window has another size, or was used by other programs */
  constructor(cli: Cli, redraw: () => void) {
    this.#cli = cli;
    this.#redraw = redraw;
    cli.stdout.on('resize', this.#onContinue);
    process.on('SIGTSTP', this.#onStop);
    process.on('SIGCONT', this.#onContinue);
  }

  /** The last line stays empty: there the cursor is. */
  get window(): Window {
    const { columns, rows } = this.#cli.stdout;
    return { columns: columns || COLUMNS, rows: Math.max(1, (rows || ROWS) - 1) };
  }

  async draw(lines: readonly Line[]): Promise<void> {
    const color = hasColor(this.#cli.stdout, this.#cli.env);
    const text = lines.map((line) => `${CLEAR_LINE}${color ? painted(line) : line.text}\n`).join('');
    const start = this.#clears ? HIDE_CURSOR + CLEAR_ALL : '';
    this.#clears = false;
    await this.#cli.write(`${start}${WRAP_OFF}${HOME}${text}${CLEAR_BELOW}${WRAP_ON}`);
  }

  /** Leaves what was drawn last, and the cursor below. */
  close(): void {
    this.#cli.stdout.off('resize', this.#onContinue);
    process.off('SIGTSTP', this.#onStop);
    process.off('SIGCONT', this.#onContinue);
    if (!this.#clears) this.#cli.stdout.write(SHOW_CURSOR);
  }

  /** By ^Z: the shell is to have its cursor. */
  #stop(): void {
    this.#cli.stdout.write(SHOW_CURSOR);
    process.kill(process.pid, 'SIGSTOP');
  }

  #begin(): void {
    this.#clears = true;
    this.#redraw();
  }
}

function painted({ kind, text }: Line): string {
  const style = STYLES[kind];
  return style === '' || text === '' ? text : `\x1b[${style}m${text}\x1b[0m`;
}
