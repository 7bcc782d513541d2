/** Different texts that are counted one by one. */
const MOST_TEXTS = 50;

/** How often each of some texts came. Texts beyond the first fifty different ones are only counted together. */
export class Tally {
  #counts: Map<string, number> | undefined;
  /** How often a text came that is not counted by itself. */
  others = 0;

  add(text: string, count: number): void {
    this.#counts ??= new Map();
    const known = this.#counts.get(text);
    if (known !== undefined || this.#counts.size < MOST_TEXTS) this.#counts.set(text, (known ?? 0) + count);
    else this.others += count;
  }

  get isEmpty(): boolean {
    return this.#counts === undefined;
  }

  /** The commonest first. */
  entries(): [text: string, count: number][] {
    return [...(this.#counts ?? [])].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  }
}
