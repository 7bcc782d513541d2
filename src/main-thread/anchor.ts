import { Script } from 'node:vm';
import { threadId } from 'node:worker_threads';
import type { StoreRegistry } from './store-registry.js';

/**
 * What a reader of this process's memory starts from in a thread: the generator object of a suspended function
 * `guruAnchor` of the script `guru-meditation:anchor`, whose first parameter is a `GuruAnchor` with the own properties
 * `threadId` and `stores`, an array of {@link StoreRegistry}. A text of its own, since in an application's bundle
 * these names would be changed.
 *
 * V8 keeps a function's parameters for as long as it is suspended, and drops no bytecode of such functions.
 */
const SCRIPT = `(() => {
'use strict';
class GuruAnchor {
  constructor(threadId, stores) {
    this.threadId = threadId;
    this.stores = stores;
  }
}
async function guruAnchor(anchor, released) {
  await released;
  return anchor;
}
return (threadId, stores, released) => {
  void guruAnchor(new GuruAnchor(threadId, stores), released);
};
})()`;

type Drop = (threadId: number, stores: StoreRegistry[], released: Promise<void>) => void;

/** The anchor of this thread: it lies in memory for as long as something needs it to be found there. */
export class Anchor {
  /** The stores that the thread's labels are about; the memory's reader sees this very array. */
  readonly stores: StoreRegistry[] = [];
  #holders = 0;
  /** Nothing else keeps the suspended function alive: it is reachable from this promise's reactions only. */
  #lying: { released: Promise<void>; release: () => void } | null = null;

  /** Whether it can be found in memory: the sentinel asks for it. */
  get lies(): boolean {
    return this.#lying !== null;
  }

  /** @returns an idempotent function; the last one of all takes the anchor up. */
  hold(): () => void {
    if (this.#holders++ === 0) this.#drop();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      if (--this.#holders > 0) return;
      this.#lying?.release();
      this.#lying = null;
    };
  }

  #drop(): void {
    try {
      let release = (): void => {};
      const released = new Promise<void>((resolve) => (release = resolve));
      const drop = new Script(SCRIPT, { filename: 'guru-meditation:anchor' });
      (drop.runInThisContext() as Drop)(threadId, this.stores, released);
      this.#lying = { released, release };
    } catch {
      // An application that changed what this is built from, say. Without an anchor the Green Threads section says that some
      // may be missing, no more than that.
    }
  }
}
