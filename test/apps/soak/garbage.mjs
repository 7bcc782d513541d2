/** Work for the garbage collector: objects of all lifetimes and sizes, caches that grow and are dropped. */

const MB = 2 ** 20;

export class Garbage {
  #below;
  #maxCache;
  #cache = [];
  #cacheBytes = 0;
  #cacheLimit = 0;
  /** Objects that live for a while: replaced one by one, at random. */
  #pool = Array.from({ length: 20_000 }, () => null);

  constructor(below, maxCacheMb) {
    this.#below = below;
    this.#maxCache = maxCacheMb * MB;
    this.#chooseLimit();
  }

  /** Makes some MB of it. */
  make() {
    const below = this.#below;
    for (let n = 0; n < 3000; n++) {
      const object = { n, list: [n, n + 0.5, `${n}`], nested: { back: null } };
      object.nested.back = object;
      if (below(4) === 0) this.#pool[below(this.#pool.length)] = object;
    }
    // References from old objects to young ones.
    for (let n = 0; n < 200; n++) {
      const object = this.#pool[below(this.#pool.length)];
      if (object) object.extra = new Map([[n, { young: true }]]);
    }
    this.#grow();
  }

  drop() {
    this.#cache = [];
    this.#cacheBytes = 0;
    this.#pool.fill(null);
  }

  #grow() {
    const below = this.#below;
    for (let left = below(2 * MB); left > 0;) {
      const size = 2 ** (4 + below(below(6) === 0 ? 14 : 8));
      left -= size * 8;
      this.#cacheBytes += size * 8;
      const filler = below(3);
      this.#cache.push(
        filler === 0
          ? Array.from({ length: size }, (_, index) => index * 1.5)
          : filler === 1
            ? new Array(size).fill(this.#cache.at(-1) ?? null)
            : { text: 'x'.repeat(size * 4) + this.#cache.length, more: new Array(size / 2).fill({ size }) },
      );
    }
    // Holes, so that pages are worth compacting.
    for (let n = below(4); n > 0; n--) this.#cache[below(this.#cache.length)] = null;
    if (this.#cacheBytes < this.#cacheLimit) return;
    this.#chooseLimit();
    if (below(3) === 0) this.drop();
    else {
      const kept = 0.1 + below(80) / 100;
      this.#cache = this.#cache.filter(() => below(100) < kept * 100);
      this.#cacheBytes *= kept;
    }
  }

  #chooseLimit() {
    this.#cacheLimit = this.#maxCache / 4 + this.#below(this.#maxCache * 0.75);
  }
}
