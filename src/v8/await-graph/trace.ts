import type { AwaitGraph, Awaited, AwaitLink, SuspendedFunction, Via } from './await-graph.js';
import type { NodeLists } from './node-lists.js';
import { NodeTable } from './node-table.js';
import type { PromiseLinks } from './promise-links.js';
import type { PromiseOwners } from './promise-owners.js';
import type { Settlers } from './settlers.js';

export interface Waiting {
  suspended: SuspendedFunction[];
  links: PromiseLinks;
  /** Links that are none: what is left of it is garbage. */
  leftOver: ReadonlySet<number>;
  owners: PromiseOwners;
  /** Generators by node, with their index. */
  generators: NodeTable;
  settlers: Settlers;
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
  readonly #into: NodeLists;
  readonly #outOf: NodeLists;
  /** Callbacks that settle a promise through their scope: their own outcome is not what matters. */
  readonly #captors = new NodeTable();
  /** By the index of the function that is awaited. */
  readonly #awaitedBy: (AwaitLink[] | undefined)[] = [];
  /** Ways that are still to be followed. */
  readonly #todo: Way[] = [];
  /** What the function that is being followed waits for. */
  readonly #awaited: Awaited[] = [];
  #steps = 0;
  #cut: string | null = null;

  constructor(waiting: Waiting) {
    this.#waiting = waiting;
    this.#into = waiting.links.byEnd();
    this.#outOf = waiting.links.byStart();
    for (const one of waiting.links.via) if (one?.kind === 'resolve') this.#captors.add(one.closure);
  }

  trace(): AwaitGraph {
    const { suspended } = this.#waiting;
    for (const one of suspended) this.#inwards(one);
    for (const one of suspended) {
      const links = this.#awaitedBy[one.index];
      if (links) one.awaitedBy = links.length === 1 ? links : withoutTwins(links).sort((a, b) => a.to - b.to);
    }
    for (const one of suspended) this.#outwards(one);
    return { suspended, cut: this.#cut };
  }

  #inwards(one: SuspendedFunction): void {
    const { generators, owners, settlers, links, leftOver } = this.#waiting;
    const into = this.#into;
    let sources = 0;
    const todo = this.#todo;
    for (let at = into.first(one.node); at !== -1; at = into.next(at)) {
      const link = into.value(at);
      if (leftOver.has(link)) continue;
      const via = links.via[link]!;
      todo.push({ node: links.from[link]!, via: via && { via, outer: null }, depth: 0, behind: null });
    }
    const awaited = this.#awaited;
    awaited.length = 0;
    for (let way = todo.pop(); way; way = todo.pop()) {
      const owner = generators.has(way.node) ? way.node : owners.ownerOf(way.node);
      if (owner !== -1 && generators.has(owner)) {
        if (owner === one.node) {
          // Its own callbacks settle what it waits for: as its stream's iterator does (26.10). Then the stream matters.
          const behind = way.behind && settlers.of(way.behind.node);
          const { kind, detail, node } = behind && behind.kind !== 'promise' ? behind : ITSELF;
          const via = unroll(way.via?.outer ?? null);
          awaited.push({ kind, detail, via, node });
          continue;
        }
        const from = generators.get(owner);
        const link: AwaitLink = { from, to: one.index, via: unroll(way.via) };
        const others = this.#awaitedBy[from];
        if (others) others.push(link);
        else this.#awaitedBy[from] = [link];
        sources++;
        continue;
      }
      if (into.first(way.node) !== -1) {
        if (this.#mayGoOn(way)) this.#goOn(way, into, links.from);
        continue;
      }
      if (awaited.length >= MAX_AWAITED) {
        this.#cut ??= `only the first ${MAX_AWAITED} things are listed that a function waits for`;
        continue;
      }
      const settler = settlers.of(way.node);
      awaited.push({
        kind: settler?.kind ?? 'unknown',
        detail: settler?.detail ?? null,
        via: unroll(way.via),
        node: settler?.node ?? way.node,
      });
    }
    // A copy, as it has room for no more than it holds.
    if (awaited.length > 0) one.awaits = awaited.slice();
    else if (sources === 0) one.awaits = [nothingToFollow(one)];
  }

  /** Callbacks on the function's own promise that lead to no suspended function. */
  #outwards(one: SuspendedFunction): void {
    const { owners, links } = this.#waiting;
    const outOf = this.#outOf;
    const todo = this.#todo;
    for (const promise of owners.promisesOf(one.node)) {
      if (outOf.first(promise) !== -1) todo.push({ node: promise, via: null, depth: 0, behind: null });
    }
    let found: Via[][] | null = null;
    for (let way = todo.pop(); way && (found?.length ?? 0) < MAX_AWAITED; way = todo.pop()) {
      if (outOf.first(way.node) === -1) {
        const via = unroll(way.via).toReversed();
        if (via.length > 0 && !via.some(({ closure }) => this.#captors.has(closure)))
          (found ??= []).push(via);
        continue;
      }
      if (this.#mayGoOn(way)) this.#goOn(way, outOf, links.to, true);
    }
    todo.length = 0;
    if (found) one.continuations = found;
  }

  /**
   * Adds where the links of a node lead: the first of them is followed first.
   *
   * @param betweenOnly not to functions, nor to the promises that these settle
   */
  #goOn(way: Way, lists: NodeLists, ends: readonly number[], betweenOnly = false): void {
    const { generators, owners } = this.#waiting;
    const todo = this.#todo;
    const before = todo.length;
    for (let at = lists.first(way.node); at !== -1; at = lists.next(at)) {
      const link = lists.value(at);
      const node = ends[link]!;
      if (betweenOnly && (generators.has(node) || owners.has(node))) continue;
      if (isBehind(way, node)) continue;
      const via = this.#waiting.links.via[link]!;
      todo.push({ node, via: via ? { via, outer: way.via } : way.via, depth: way.depth + 1, behind: way });
    }
    for (let low = before, high = todo.length - 1; low < high; low++, high--)
      [todo[low], todo[high]] = [todo[high]!, todo[low]!];
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
  return { kind: idle ? 'consumer' : 'settled', detail: null, via: NO_VIA, node: -1 };
}

function isBehind(way: Way, node: number): boolean {
  for (let at: Way | null = way; at; at = at.behind) {
    if (at.node === node) return true;
  }
  return false;
}

function unroll(list: ViaList | null): readonly Via[] {
  if (!list) return NO_VIA;
  // V8 makes room for 17 when something is pushed to an empty list.
  const all = [list.via];
  for (let at = list.outer; at; at = at.outer) all.push(at.via);
  return all;
}

const NO_VIA: readonly never[] = [];

/** Two ways alike between two functions (both callbacks of one `then`) are one; two elements of a combinator are not. */
function withoutTwins(links: readonly AwaitLink[]): AwaitLink[] {
  const keys = new Set<string>();
  return links.filter(({ to, via }) => {
    const key = `${to} ${via.map(({ kind, closure }) => `${kind}:${closure}`).join(' ')}`;
    const before = keys.size;
    return keys.add(key).size > before;
  });
}
