import type { Heap, Retainers } from './heap.js';
import type { Resource } from './resources.js';

/** V8's name of a promise's function `reject` (11.3 to 14.6). */
export const REJECT = 'PromiseCapabilityDefaultReject';

/** An emitter that the way up from a promise has come to. */
export interface Emitter {
  /** Its `_events`: an object with a property for each event, the listener or a list of them (Node 20.20 to 26.12). */
  events: number;
  node: number;
}

/** What emitters of any class say of the promises that their listeners settle. */
export class Emitters {
  readonly #heap: Heap;
  readonly #retainers: Retainers;
  /** By `_events`, and the listener, or the list of them: the events. */
  readonly #listeners = new Map<number, ReadonlyMap<number, readonly string[]>>();

  constructor(heap: Heap, retainers: Retainers) {
    this.#heap = heap;
    this.#retainers = retainers;
  }

  /** Whether an emitter has by this entry its `_events`. */
  isEvents(entry: number): boolean {
    const retainers = this.#retainers;
    return retainers.type(entry) === 'property' && retainers.name(entry) === '_events';
  }

  /**
   * The event whose listener the way has come by. Whoever waits for an event listens for errors as well; so that is told only where nothing else
   * can be meant: the other listener may be one of those that were not found.
   *
   * @param way all that it has come by
   * @returns with the detail `'EVENT' or 'EVENT' of CLASS`, or `of CLASS` where it is not known which
   */
  describe({ events, node }: Emitter, way: ReadonlySet<number>): Resource {
    const listeners = this.#listenersOf(events);
    const names = new Set<string>();
    for (const one of way) for (const event of listeners.get(one) ?? []) names.add(event);
    if (names.size > 1 || (listeners.size > 1 && !this.#canOnlyReject(way))) names.delete('error');
    const owner = this.#heap.name(node);
    const detail = names.size === 0 ? `of ${owner}` : `${list([...names])} of ${owner}`;
    return { kind: 'event', detail, node };
  }

  #listenersOf(events: number): ReadonlyMap<number, readonly string[]> {
    const known = this.#listeners.get(events);
    if (known) return known;
    const listeners = new Map<number, string[]>();
    for (const { name, value } of this.#heap.properties(events)) {
      const names = listeners.get(value);
      if (names) names.push(name);
      else listeners.set(value, [name]);
    }
    this.#listeners.set(events, listeners);
    return listeners;
  }

  /** Nothing refers to the function that resolves the promise, and no function of a script is on the way, which may hold it as well. */
  #canOnlyReject(way: ReadonlySet<number>): boolean {
    const heap = this.#heap;
    const retainers = this.#retainers;
    for (const node of way) {
      if (heap.kind(node) !== 'function') continue;
      const builtin = heap.builtin(node);
      if (builtin === REJECT || heap.boundTarget(node) !== -1) continue;
      if (builtin === '' || retainers.first(node) !== -1 || retainers.cut(node)) return false;
    }
    return true;
  }
}

const MOST_NAMES = 3;

/** The events are in no order that could be relied on. */
function list(names: string[]): string {
  const shown = names
    .sort()
    .slice(0, MOST_NAMES)
    .map((name) => `'${name}'`);
  if (names.length > MOST_NAMES) shown.push('others');
  return shown.join(' or ');
}
