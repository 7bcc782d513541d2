import type { AwaitGraph, Awaited, AwaitLink, SuspendedFunction, Via } from './await-graph.js';
import type { PromiseLink } from './promise-links.js';
import type { Settler } from './settlers.js';

export interface Waiting {
  suspended: SuspendedFunction[];
  links: readonly PromiseLink[];
  /** Promises with the generator that settles each. */
  owners: ReadonlyMap<number, number>;
  /** Generators by node, with their index. */
  generators: ReadonlyMap<number, number>;
  settlers: ReadonlyMap<number, Settler>;
}

/** In all: a promise that each of a thousand functions awaits may itself wait for a thousand. */
const MAX_STEPS = 2_000_000;
/** Of one function. */
const MAX_AWAITED = 100;
/** Queues that append to the end of one promise chain make it as long as they like. */
const MAX_DEPTH = 500;

/** Phase 4. Follows each function's promises inwards, to functions or to things, and outwards, to callbacks. */
export function traceWaits(waiting: Waiting): AwaitGraph {
  return new Tracer(waiting).trace();
}

interface Way {
  /** A promise, or a generator that has a promise's `resolve` in its scope. */
  node: number;
  /** What lies between it and the function: innermost first. A list that shares its tail with others. */
  via: ViaList | null;
  depth: number;
  /** The way here, against cycles. */
  behind: Way | null;
}

const ITSELF = { kind: 'nothing', detail: 'it waits for itself', node: -1 } as const;

interface ViaList {
  via: Via;
  outer: ViaList | null;
}

class Tracer {
  readonly #waiting: Waiting;
  readonly #into = new Map<number, PromiseLink[]>();
  readonly #outOf = new Map<number, PromiseLink[]>();
  /** Callbacks that settle a promise through their scope: their own outcome is not what matters. */
  readonly #captors = new Set<number>();
  #steps = 0;
  #cut: string | null = null;

  constructor(waiting: Waiting) {
    this.#waiting = waiting;
    const all = [...waiting.links, ...[...waiting.settlers.values()].flatMap(({ links }) => links)];
    for (const link of all) {
      push(this.#into, link.to, link);
      push(this.#outOf, link.from, link);
      if (link.via?.kind === 'resolve') this.#captors.add(link.via.closure);
    }
  }

  trace(): AwaitGraph {
    const { suspended } = this.#waiting;
    for (const one of suspended) this.#inwards(one);
    const keys = new Set<string>();
    for (const one of suspended) {
      one.awaitedBy = one.awaitedBy.filter((link) => !isKnown(keys, link)).toSorted((a, b) => a.to - b.to);
    }
    for (const one of suspended) this.#outwards(one);
    return { suspended, cut: this.#cut };
  }

  #inwards(one: SuspendedFunction): void {
    const { generators, owners, suspended, settlers } = this.#waiting;
    let sources = 0;
    const todo: Way[] = [];
    for (const { from, via } of this.#into.get(one.node) ?? []) {
      todo.push({ node: from, via: via && { via, outer: null }, depth: 0, behind: null });
    }
    const awaited: Awaited[] = [];
    while (todo.length > 0) {
      const way = todo.pop()!;
      const owner = generators.has(way.node) ? way.node : owners.get(way.node);
      if (owner !== undefined && generators.has(owner)) {
        if (owner === one.node) {
          // Its own callbacks settle what it waits for: as its stream's iterator does (26.10). Then the stream matters.
          const behind = way.behind && settlers.get(way.behind.node);
          const { kind, detail, node } = behind && behind.kind !== 'promise' ? behind : ITSELF;
          awaited.push({ kind, detail, via: unroll(way.via?.outer ?? null), node, heapObjectId: null });
          continue;
        }
        const from = generators.get(owner)!;
        const link: AwaitLink = { from, to: one.index, via: unroll(way.via) };
        suspended[from]!.awaitedBy.push(link);
        sources++;
        continue;
      }
      const into = this.#into.get(way.node);
      if (into) {
        if (this.#mayGoOn(way)) {
          for (const link of into.toReversed()) {
            if (isBehind(way, link.from)) continue;
            const via = link.via ? { via: link.via, outer: way.via } : way.via;
            todo.push({ node: link.from, via, depth: way.depth + 1, behind: way });
          }
        }
        continue;
      }
      if (awaited.length >= MAX_AWAITED) {
        this.#cut ??= `only the first ${MAX_AWAITED} things are listed that a function waits for`;
        continue;
      }
      const settler = settlers.get(way.node);
      awaited.push({
        kind: settler?.kind ?? 'unknown',
        detail: settler?.detail ?? null,
        via: unroll(way.via),
        node: settler?.node ?? way.node,
        heapObjectId: null,
      });
    }
    if (awaited.length === 0 && sources === 0) awaited.push(nothingToFollow(one));
    one.awaits = awaited;
  }

  /** Callbacks on the function's own promise that lead to no suspended function. */
  #outwards(one: SuspendedFunction): void {
    const { generators, owners } = this.#waiting;
    const todo: Way[] = [];
    for (const [promise, owner] of this.#ownersOf(one)) {
      if (owner === one.node) todo.push({ node: promise, via: null, depth: 0, behind: null });
    }
    while (todo.length > 0 && one.continuations.length < MAX_AWAITED) {
      const way = todo.pop()!;
      const out = this.#outOf.get(way.node);
      if (!out) {
        const via = unroll(way.via).toReversed();
        if (via.length > 0 && !via.some(({ closure }) => this.#captors.has(closure)))
          one.continuations.push(via);
        continue;
      }
      if (!this.#mayGoOn(way)) continue;
      for (const link of out.toReversed()) {
        if (generators.has(link.to) || owners.has(link.to) || isBehind(way, link.to)) continue;
        const via = link.via ? { via: link.via, outer: way.via } : way.via;
        todo.push({ node: link.to, via, depth: way.depth + 1, behind: way });
      }
    }
  }

  #promises: Map<number, [promise: number, owner: number][]> | null = null;

  #ownersOf(one: SuspendedFunction): [promise: number, owner: number][] {
    if (!this.#promises) {
      this.#promises = new Map();
      for (const [promise, owner] of this.#waiting.owners) push(this.#promises, owner, [promise, owner]);
    }
    return this.#promises.get(one.node) ?? [];
  }

  #mayGoOn(way: Way): boolean {
    if (way.depth >= MAX_DEPTH) {
      this.#cut ??= `chains of more than ${MAX_DEPTH} promises are cut`;
      return false;
    }
    if (++this.#steps > MAX_STEPS) {
      this.#cut ??= 'there are more ways between the functions than can be followed';
      return false;
    }
    return true;
  }
}

function nothingToFollow(one: SuspendedFunction): Awaited {
  const idle = one.kind === 'async generator' || one.kind === 'generator';
  return { kind: idle ? 'consumer' : 'settled', detail: null, via: [], node: -1, heapObjectId: null };
}

function isBehind(way: Way, node: number): boolean {
  for (let at: Way | null = way; at; at = at.behind) {
    if (at.node === node) return true;
  }
  return false;
}

function unroll(list: ViaList | null): Via[] {
  const all: Via[] = [];
  for (let at = list; at; at = at.outer) all.push(at.via);
  return all;
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/** Two ways alike between two functions (both callbacks of one `then`) are one; two elements of a combinator are not. */
function isKnown(keys: Set<string>, { from, to, via }: AwaitLink): boolean {
  const key = `${from} ${to} ${via.map(({ kind, closure }) => `${kind}:${closure}`).join(' ')}`;
  if (keys.has(key)) return true;
  keys.add(key);
  return false;
}
