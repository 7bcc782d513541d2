/** What resumes a suspended function: a reaction of the promise that it awaits. */
export interface Resumption {
  /** From the promise to the function. */
  link: number;
  /** A vertex. What follows are nodes. */
  promise: number;
  fulfill: number;
  derived: number;
  asyncContext: number;
}

/**
 * By the index of a generator: what resumes it; -1 where nothing does, or it has no such thing. A function awaits one promise
 * at a time. Where several would resume it, all but one are garbage that V8 has not swept yet: such are left by what the
 * inspector is asked after a snapshot (seen on 20.20 to 26.10).
 */
export class Resumptions {
  readonly promise: Int32Array;
  readonly fulfill: Int32Array;
  readonly derived: Int32Array;
  readonly asyncContext: Int32Array;
  readonly #links: Int32Array;
  /** Of functions that several promises would resume. */
  readonly #rivals = new Map<number, Resumption[]>();

  constructor(count: number) {
    this.promise = new Int32Array(count).fill(-1);
    this.fulfill = new Int32Array(count).fill(-1);
    this.derived = new Int32Array(count).fill(-1);
    this.asyncContext = new Int32Array(count).fill(-1);
    this.#links = new Int32Array(count).fill(-1);
  }

  /** By an `await` of the function itself. The parameters are those of {@link Resumption}. */
  add(
    index: number,
    link: number,
    promise: number,
    fulfill: number,
    derived: number,
    asyncContext: number,
  ): void {
    if (this.#links[index] !== -1) {
      const rivals = this.#rivals.get(index);
      const rival = { link, promise, fulfill, derived, asyncContext };
      if (rivals) rivals.push(rival);
      else this.#rivals.set(index, [this.#get(index), rival]);
    }
    this.#links[index] = link;
    this.set(index, promise, fulfill, derived, asyncContext);
  }

  /** By a callback that drives a generator, of which there may be more. */
  set(index: number, promise: number, fulfill: number, derived: number, asyncContext: number): void {
    this.promise[index] = promise;
    this.fulfill[index] = fulfill;
    this.derived[index] = derived;
    this.asyncContext[index] = asyncContext;
  }

  get hasRivals(): boolean {
    return this.#rivals.size > 0;
  }

  /** Keeps one of each function's. Returns the links of the others, and the indices of these functions. */
  decide(isLeftOver: (promise: number) => boolean): {
    links: readonly number[];
    functions: readonly number[];
  } {
    const links: number[] = [];
    for (const [index, rivals] of this.#rivals) {
      const kept = rivals.find(({ promise }) => !isLeftOver(promise)) ?? rivals[0]!;
      for (const one of rivals) if (one !== kept) links.push(one.link);
      this.set(index, kept.promise, kept.fulfill, kept.derived, kept.asyncContext);
    }
    return { links, functions: [...this.#rivals.keys()] };
  }

  #get(index: number): Resumption {
    return {
      link: this.#links[index]!,
      promise: this.promise[index]!,
      fulfill: this.fulfill[index]!,
      derived: this.derived[index]!,
      asyncContext: this.asyncContext[index]!,
    };
  }
}
