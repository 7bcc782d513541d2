import { PAGE } from './page-store.js';
import { PageTable } from './page-table.js';

/** Objects are aligned to 8 bytes. */
const WORD_BITS = 3;
const PAGE_BITS = 9;
const TAG = 1;
/** So that nodes stay below 2^31: 16 GB of pages with nodes on them. */
const MAX_PAGES = 2 ** (31 - PAGE_BITS) - 1;

/**
 * Numbers tagged words, pointers and small integers: by the page that they point to, in the order in which these come up, and
 * the place in it. So there is something to keep for each page only, not for each of a million objects.
 */
export class NodeNumbers {
  readonly #pages = new PageTable();
  /** By number of a page: the word that stands for its first place. */
  #bases = new Float64Array(1024);
  #size = 0;
  #lastKey = 0;
  #last = 0;

  /** -1 of what points to the first page of memory, where nothing is, and if there are too many. */
  number(word: number): number {
    // Small integers, which are multiples of 2^32, have keys of their own.
    const key = (word | 0) === 0 ? -1 - word / PAGE : Math.floor(word / PAGE);
    if (key === 0) return -1;
    if (key !== this.#lastKey) {
      let page = this.#pages.find(key);
      if (page === -1) {
        if (this.#size >= MAX_PAGES) return -1;
        page = this.#add(key);
      }
      this.#lastKey = key;
      this.#last = page;
    }
    return (this.#last << PAGE_BITS) | ((word & (PAGE - 1)) >> WORD_BITS);
  }

  /** 0 for what is no number of these. */
  word(number: number): number {
    const page = number >>> PAGE_BITS;
    return page < this.#size ? this.#bases[page]! + ((number & (2 ** PAGE_BITS - 1)) << WORD_BITS) : 0;
  }

  #add(key: number): number {
    const page = this.#size++;
    if (page === this.#bases.length) {
      const bases = new Float64Array(2 * page);
      bases.set(this.#bases);
      this.#bases = bases;
    }
    this.#bases[page] = key < 0 ? (-1 - key) * PAGE : key * PAGE + TAG;
    this.#pages.add(key, page);
    return page;
  }
}
