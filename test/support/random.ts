import type { JsonValue } from '#src/report/json.js';

/** A small generator of pseudo-random numbers: the same seed gives the same run, everywhere. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 up to, not including, `below`. */
  below(below: number): number {
    // mulberry32
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }

  /** Letters, and everything that a view could trip over. */
  text(): string {
    return Array.from({ length: this.below(12) }, () => this.#char()).join('');
  }

  json(depth = 4): JsonValue {
    const kind = this.below(depth > 0 ? 7 : 5);
    if (kind === 0) return null;
    if (kind === 1) return this.below(2) === 0;
    if (kind === 2) return this.pick([0, 1, -1, 1.5, 1e21, 1e-7, this.below(1e6)]);
    if (kind < 5) return this.text();
    const items = Array.from({ length: this.below(5) }, () => this.json(depth - 1));
    return kind === 5 ? items : Object.fromEntries(items.map((item) => [this.key(), item]));
  }

  key(): string {
    return this.below(2) === 0 ? this.pick(KEYS) : this.text();
  }

  #char(): string {
    switch (this.below(6)) {
      case 0:
        return String.fromCharCode(this.below(0x20));
      case 1:
        return String.fromCharCode(0x7f + this.below(0x21));
      case 2:
        return this.pick(TRICKY);
      case 3:
        return String.fromCharCode(this.below(0x10000)); // lone surrogates among them
      case 4:
        return String.fromCodePoint(0x10000 + this.below(0x100000));
      default:
        return String.fromCharCode(0x61 + this.below(26));
    }
  }
}

const KEYS = [
  'a',
  'b1',
  'item',
  'type',
  'key',
  'name',
  'xml',
  'xmlns',
  'x:y',
  '1a',
  '',
  '__proto__',
  'constructor',
  '-',
];
const TRICKY = [
  '<', '>', '&', '"', "'", '`', ']]>', '<!--', '-->', '<?', '?>', '&#0;', '\\', '\r\n', '\n', '\t', ' ', '\u2028',
  '\u202e', '\u2066', '\ufeff', '\ufffe', '\uffff', '\ufffd', '\ud800', '\udfff', '\u0085', '\u009b', '\u001b[2J',
]; // prettier-ignore
