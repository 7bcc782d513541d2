/** What takes less is not worth a line that comes and goes, ms. */
const FIRST_MS = 300;

const BETWEEN_MS = 100;

/** The columns that are used if the terminal does not say how many it has. */
const COLUMNS = 80;

/** One line on a terminal that says how far something is. */
export class Progress {
  readonly #terminal: NodeJS.WriteStream | null;
  #next = performance.now() + FIRST_MS;
  #shown = false;

  /** @param terminal `null`: nothing is shown. */
  constructor(terminal: NodeJS.WriteStream | null) {
    this.#terminal = terminal;
  }

  /** @param line is only asked for if it is time to show it. */
  update(line: () => string): void {
    if (this.#terminal === null) return;
    const now = performance.now();
    if (now < this.#next) return;
    this.#next = now + BETWEEN_MS;
    const columns = this.#terminal.columns || COLUMNS;
    this.#terminal.write(`\r\x1b[K${line().slice(0, columns - 1)}`);
    this.#shown = true;
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#shown) this.#terminal?.write('\r\x1b[K');
    this.#shown = false;
  }
}
