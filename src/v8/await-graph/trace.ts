import type { AwaitGraph, Awaited, AwaitLink, SuspendedFunction, Via } from './await-graph.js';
import type { Adjacency, Links } from './links.js';
import type { PromiseOwners } from './promise-owners.js';
import type { Settlers } from './settlers.js';
import type { Vertices } from './vertices.js';

export interface Waiting {
  suspended: SuspendedFunction[];
  vertices: Vertices;
  links: Links;
  owners: PromiseOwners;
  settlers: Settlers;
}

/** In all: a promise that each of a thousand functions awaits may itself wait for a thousand. */
const MAX_STEPS = 2_000_000;
/** Of one function. */
const MAX_AWAITED = 100;
/** Queues that append to the end of one promise chain make it as long as they like. */
const MAX_DEPTH = 500;

/** Phase 5. Follows each function's promises inwards, to functions or to things, and outwards, to callbacks; `parts` gets what follows them. */
export function traceWaits(waiting: Waiting, parts: object[]): AwaitGraph {
  const tracer = new Tracer(waiting);
  parts.push(tracer);
  return tracer.trace();
}

interface Way {
  /** A promise, or a generator that has a promise's `resolve` in its scope: a vertex. */
  vertex: number;
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
  readonly #into: Adjacency;
  readonly #outOf: Adjacency;
  /** Callbacks that settle a promise through their scope: their own outcome is not what matters. */
  readonly #captors = new Set<number>();
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
    const { links, vertices } = waiting;
    this.#into = links.byEnd(vertices.count);
    this.#outOf = links.byStart(vertices.count);
    for (const one of links.via) if (one?.kind === 'resolve') this.#captors.add(one.closure);
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
    const { links } = this.#waiting;
    const { first, links: into } = this.#into;
    const awaited = this.#awaited;
    awaited.length = 0;
    let sources = 0;
    const start = first[one.index]!;
    const end = first[one.index + 1]!;
    if (end === start + 1 && this.#isEnd(links.from.at(into[start]!))) {
      // As of most functions: it waits for one promise, of another function or of nothing that is known to wait.
      const via = links.via[into[start]!] ?? null;
      if (this.#take(one, links.from.at(into[start]!), via && { via, outer: null }, null)) sources++;
    } else {
      const todo = this.#todo;
      for (let at = start; at < end; at++) {
        const link = into[at]!;
        const via = links.via[link]!;
        todo.push({
          vertex: links.from.at(link),
          via: via && { via, outer: null },
          depth: 0,
          behind: null,
        });
      }
      for (let way = todo.pop(); way; way = todo.pop()) {
        if (this.#isEnd(way.vertex)) {
          if (this.#take(one, way.vertex, way.via, way.behind)) sources++;
        } else if (this.#mayGoOn(way)) this.#goOn(way, this.#into, links.from.values);
      }
    }
    // A copy, as it has room for no more than it holds.
    if (awaited.length > 0) one.awaits = awaited.slice();
    else if (sources === 0) one.awaits = [nothingToFollow(one)];
  }

  /** Whether a way inwards ends there: at a function, or its promise, or where nothing leads further. */
  #isEnd(vertex: number): boolean {
    const { vertices, owners } = this.#waiting;
    return (
      vertices.isGenerator(vertex) ||
      owners.ownerOf(vertex) !== -1 ||
      this.#into.first[vertex] === this.#into.first[vertex + 1]
    );
  }

  /** Adds the end of a way. Whether it is another function. */
  #take(one: SuspendedFunction, vertex: number, via: ViaList | null, behind: Way | null): boolean {
    const { vertices, owners, settlers } = this.#waiting;
    const from = vertices.isGenerator(vertex) ? vertex : owners.ownerOf(vertex);
    const awaited = this.#awaited;
    if (from === one.index) {
      // Its own callbacks settle what it waits for: as its stream's iterator does (26.10). Then the stream matters.
      const settler = behind && settlers.of(behind.vertex);
      const { kind, detail, node } = settler && settler.kind !== 'promise' ? settler : ITSELF;
      awaited.push({ kind, detail, via: unroll(via?.outer ?? null), node });
      return false;
    }
    if (from !== -1) {
      const link: AwaitLink = { from, to: one.index, via: unroll(via) };
      const others = this.#awaitedBy[from];
      if (others) others.push(link);
      else this.#awaitedBy[from] = [link];
      return true;
    }
    if (awaited.length >= MAX_AWAITED) {
      this.#cut ??= `only the first ${MAX_AWAITED} things are listed that a function waits for`;
      return false;
    }
    const settler = settlers.of(vertex);
    awaited.push({
      kind: settler?.kind ?? 'unknown',
      detail: settler?.detail ?? null,
      via: unroll(via),
      node: settler?.node ?? vertices.node(vertex),
    });
    return false;
  }

  /** Callbacks on the function's own promise that lead to no suspended function. */
  #outwards(one: SuspendedFunction): void {
    const { owners, links } = this.#waiting;
    const todo = this.#todo;
    const only = owners.onlyPromiseOf(one.index);
    if (only >= 0) this.#startOutwards(only);
    else if (only === -2) for (const promise of owners.promisesOf(one.index)) this.#startOutwards(promise);
    let found: Via[][] | null = null;
    for (let way = todo.pop(); way && (found?.length ?? 0) < MAX_AWAITED; way = todo.pop()) {
      if (this.#outOf.first[way.vertex] === this.#outOf.first[way.vertex + 1]) {
        const via = unroll(way.via).toReversed();
        if (via.length > 0 && !via.some(({ closure }) => this.#captors.has(closure)))
          (found ??= []).push(via);
        continue;
      }
      if (this.#mayGoOn(way)) this.#goOn(way, this.#outOf, links.to.values, true);
    }
    todo.length = 0;
    if (found) one.continuations = found;
  }

  /** Unless all that waits for the promise are functions. */
  #startOutwards(promise: number): void {
    const { links } = this.#waiting;
    const { first, links: outOf } = this.#outOf;
    for (let at = first[promise]!; at < first[promise + 1]!; at++) {
      if (this.#isFunctions(links.to.at(outOf[at]!))) continue;
      this.#todo.push({ vertex: promise, via: null, depth: 0, behind: null });
      return;
    }
  }

  /** A function, or a promise that one settles. */
  #isFunctions(vertex: number): boolean {
    const { vertices, owners } = this.#waiting;
    return vertices.isGenerator(vertex) || owners.ownerOf(vertex) !== -1;
  }

  /**
   * Adds where the links of a vertex lead: the first of them is followed first.
   *
   * @param betweenOnly not to functions, nor to the promises that these settle
   */
  #goOn(way: Way, { first, links }: Adjacency, ends: Int32Array, betweenOnly = false): void {
    const todo = this.#todo;
    for (let at = first[way.vertex + 1]! - 1; at >= first[way.vertex]!; at--) {
      const link = links[at]!;
      const vertex = ends[link]!;
      if (betweenOnly && this.#isFunctions(vertex)) continue;
      if (isBehind(way, vertex)) continue;
      const via = this.#waiting.links.via[link]!;
      todo.push({
        vertex,
        via: via ? { via, outer: way.via } : way.via,
        depth: way.depth + 1,
        behind: way,
      });
    }
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

function nothingToFollow({ point: { kind } }: SuspendedFunction): Awaited {
  const idle = kind === 'async generator' || kind === 'generator';
  return { kind: idle ? 'consumer' : 'settled', detail: null, via: NO_VIA, node: -1 };
}

function isBehind(way: Way, vertex: number): boolean {
  for (let at: Way | null = way; at; at = at.behind) {
    if (at.vertex === vertex) return true;
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
