import type { Place } from '../await-graph/await-graph.js';
import { lineColumn } from './scripts.js';
import type { TaggedHeap } from './tagged-heap.js';

/**
 * Lines and columns of source positions, each worked out once: where V8 has no table of a script's lines, its text is gone
 * through for them. Kept from the first pass to the second, so that nothing is to be read of a text meanwhile.
 */
export class Places {
  readonly #byScript = new Map<number, Map<number, Place | null>>();

  of(objects: TaggedHeap, script: number, position: number): Place | null {
    if (script === 0 || position < 0) return null;
    let places = this.#byScript.get(script);
    if (!places) this.#byScript.set(script, (places = new Map()));
    let place = places.get(position);
    if (place === undefined) places.set(position, (place = lineColumn(objects, script, position)));
    return place;
  }
}
