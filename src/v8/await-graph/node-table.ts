/**
 * A number for each of many nodes: a hash table with open addressing in one typed array. A `Map` takes some 40 bytes an entry,
 * which V8's collector goes over again and again; this takes 12 to 24, and is left alone.
 */
export class NodeTable {
  /** A node plus 1 (0: an empty slot), then its number. */
  #slots: Int32Array<ArrayBuffer>;
  #mask: number;
  #size = 0;

  /** @param room for how many there is room at first, in about */
  constructor(room = 256) {
    const slots = 1 << (32 - Math.clz32(room + (room >> 1)));
    this.#slots = new Int32Array(2 * slots);
    this.#mask = slots - 1;
  }

  get size(): number {
    return this.#size;
  }

  has(node: number): boolean {
    return this.#slots[this.#find(node)] !== 0;
  }

  /** -1 if it has none. */
  get(node: number): number {
    const at = this.#find(node);
    return this.#slots[at] === 0 ? -1 : this.#slots[at + 1]!;
  }

  set(node: number, value: number): void {
    const at = this.#find(node);
    this.#slots[at + 1] = value;
    if (this.#slots[at] !== 0) return;
    this.#slots[at] = node + 1;
    if (++this.#size * 3 > this.#mask * 2) this.#grow();
  }

  /** Its number; the one that is given here, from now on, if it has none. */
  numberOf(node: number, fresh: number): number {
    const at = this.#find(node);
    if (this.#slots[at] !== 0) return this.#slots[at + 1]!;
    this.#slots[at] = node + 1;
    this.#slots[at + 1] = fresh;
    if (++this.#size * 3 > this.#mask * 2) this.#grow();
    return fresh;
  }

  /** False if it was there already. */
  add(node: number): boolean {
    const before = this.#size;
    if (!this.has(node)) this.set(node, 0);
    return this.#size > before;
  }

  /** The index of the node's slot, or of the empty one where it belongs. */
  #find(node: number): number {
    const slots = this.#slots;
    const key = (node + 1) | 0;
    let slot = (Math.imul(node, 0x9e3779b1) >>> 7) & this.#mask;
    while (slots[2 * slot] !== key && slots[2 * slot] !== 0) slot = (slot + 1) & this.#mask;
    return 2 * slot;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Int32Array(2 * old.length);
    this.#mask = this.#slots.length / 2 - 1;
    for (let at = 0; at < old.length; at += 2) {
      if (old[at] === 0) continue;
      const to = this.#find(old[at]! - 1);
      this.#slots[to] = old[at]!;
      this.#slots[to + 1] = old[at + 1]!;
    }
  }
}
