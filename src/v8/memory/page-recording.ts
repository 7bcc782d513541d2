import { PAGE } from './page-store.js';

/** Pages that are lent at a time, at most: 256 KB. */
const LENT_PAGES = 64;

/** Notes which pages of memory are read, each once as long as it is at hand. */
export class PageRecording {
  /** Their start addresses, in no order. One that was read from another place again occurs again. */
  readonly addresses: number[] = [];
  /** By page of the store: 1 if it is noted. */
  #noted = new Uint8Array(1024);
  /** By page of what is lent. */
  readonly #notedLent = new Uint8Array(LENT_PAGES);

  /** @param page its place in the store */
  note(page: number, address: number): void {
    if (this.#noted[page] === 1) return;
    while (page >= this.#noted.length) {
      const noted = new Uint8Array(2 * this.#noted.length);
      noted.set(this.#noted);
      this.#noted = noted;
    }
    this.#noted[page] = 1;
    this.addresses.push(address);
  }

  /** @param at how far behind the beginning of what is lent, in bytes */
  noteLent(at: number, address: number): void {
    const page = Math.floor(at / PAGE);
    if (this.#notedLent[page] === 1) return;
    this.#notedLent[page] = 1;
    this.addresses.push(address);
  }

  /** Other pages are in these places of the store from now on. */
  forgetStored(): void {
    this.#noted.fill(0);
  }

  /** Something else is lent. */
  forgetLent(): void {
    this.#notedLent.fill(0);
  }
}
