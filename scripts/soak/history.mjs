import { closeSync, openSync, readSync } from 'node:fs';

/**
 * What the program was doing, and when, from the log that it writes.
 *
 * @typedef {{ at: number, serial: number, step: number, moving: boolean }} Entry
 */
export class History {
  #fd;
  #offset = 0;
  #rest = '';
  /** `THREAD LANE` → entries, in order. @type {Map<string, Entry[]>} */
  #lanes = new Map();
  /** Thread → when it was `alive`, `ending`, `gone`. @type {Map<number, { [state: string]: number }>} */
  #threads = new Map([[0, { alive: 0 }]]);

  constructor(path) {
    this.#fd = openSync(path, 'a+');
  }

  close() {
    closeSync(this.#fd);
  }

  /** Reads what has been added. */
  read() {
    const bytes = Buffer.alloc(1 << 20);
    for (let length; (length = readSync(this.#fd, bytes, 0, bytes.length, this.#offset)) > 0;) {
      this.#offset += length;
      const lines = (this.#rest + bytes.toString('latin1', 0, length)).split('\n');
      this.#rest = lines.pop();
      for (const line of lines) this.#add(line.split(' '));
    }
  }

  #add([at, thread, lane, serial, step, sign]) {
    if (serial === undefined) {
      const states = this.#threads.get(Number(thread)) ?? {};
      states[lane] ??= Number(at);
      this.#threads.set(Number(thread), states);
      return;
    }
    const key = lane === 'herd' ? `${thread} herd-${serial}` : `${thread} ${lane}`;
    const entry = { at: Number(at), serial: Number(serial), step: Number(step), moving: sign === '~' };
    const entries = this.#lanes.get(key);
    if (entries) entries.push(entry);
    else this.#lanes.set(key, [entry]);
  }

  /** Threads that may have existed within a time; `throughout`: with all that they hold. */
  threads({ from, to }) {
    const found = new Map();
    for (const [thread, { alive, ending, gone }] of this.#threads) {
      if (gone !== undefined && gone < from) continue;
      found.set(thread, { throughout: alive <= from && (ending ?? gone ?? Infinity) >= to });
    }
    return found;
  }

  /** What a lane was in, from the state at the beginning on: the one state of a lane that stood still, or several. */
  entries(thread, lane, { from, to }) {
    const entries = this.#lanes.get(`${thread} ${lane}`) ?? [];
    const first = entries.findLastIndex(({ at }) => at < from);
    const last = entries.findLastIndex(({ at }) => at <= to);
    return entries.slice(Math.max(0, first), last + 1);
  }

  /** The lanes of a thread that have begun. */
  lanes(thread) {
    const prefix = `${thread} `;
    return [...this.#lanes.keys()]
      .filter((key) => key.startsWith(prefix))
      .map((key) => key.slice(prefix.length));
  }

  /** Forgets what ended long before. */
  forget(before) {
    for (const [key, entries] of this.#lanes) {
      const first = entries.findLastIndex(({ at }) => at < before);
      if (first > 100) entries.splice(0, first);
      if (/ herd-/.test(key) && entries.at(-1).step === 1 && entries.at(-1).at < before)
        this.#lanes.delete(key);
    }
    for (const [thread, { gone }] of this.#threads) {
      if (gone === undefined || gone >= before) continue;
      this.#threads.delete(thread);
      for (const lane of this.lanes(thread)) this.#lanes.delete(`${thread} ${lane}`);
    }
  }
}

/** Whether it stood still all the time. */
export function stoodStill(entries, { from }) {
  return entries.length === 1 && !entries[0].moving && entries[0].at < from;
}
