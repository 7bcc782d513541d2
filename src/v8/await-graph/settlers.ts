import type { AwaitedKind, Via } from './await-graph.js';
import { describeFunction } from './functions.js';
import { betterOf, type Holder, rank } from './holder.js';
import { type Heap, type NodeKind, type Property, REGISTERS, type Retainer, type Retainers } from './heap.js';
import type { Waits } from './reactions.js';
import { describeResource, type Resource } from './resources.js';

/** What can settle a promise that neither a function nor another promise settles. */
export interface Settler {
  kind: AwaitedKind;
  detail: string | null;
  /** The thing, or else the promise itself. */
  node: number;
}

export interface Settlers {
  /** By the promise's vertex; `null` for promises that were not asked about. */
  of(promise: number): Settler | null;
}

/**
 * The search adds links from promises and generators whose callback, or scope, has a promise's `resolve` or `reject`: where these
 * lead to a function, that is what is waited for, and the thing only what may end it.
 */
export interface SettlerContext extends Pick<Waits, 'vertices' | 'links' | 'drivers' | 'promiseOfReaction'> {
  /** Whether a generator waits for a promise, be it through others: vertices. */
  awaits(generator: number, promise: number): boolean;
}

const LIMITS = { steps: 10, perNode: 40, total: 1_000_000 };

/** Phase 3. Looks for what holds the `resolve` or `reject` of each of these promises, which are nodes. */
export function findSettlers(heap: Heap, promises: readonly number[], context: SettlerContext): Settlers {
  const search = new SettlerSearch(heap, context);
  const retainers = heap.retainers(promises, (node, step) => search.climbs(node, step), LIMITS);
  const settlers = new Array<Settler | undefined>(context.vertices.count);
  for (const promise of promises)
    settlers[context.vertices.of(promise)] = search.settlerOf(promise, retainers);
  return { of: (promise) => settlers[promise] ?? null };
}

/**
 * How the search came to a node. In a function's scope it may go on to the functions that share the scope. Out of a
 * container it may go on to what contains that, but not to scopes: who could reach a list of waiters is no news.
 */
type Mode = 'scope' | 'container';

interface Step {
  node: number;
  from: number;
  mode: Mode;
  /** The callback through whose scope the search came. */
  callback: number;
  /** How many steps it is from the promise. */
  depth: number;
}

class SettlerSearch {
  readonly #heap: Heap;
  readonly #context: SettlerContext;
  /** Many promises may be held by the same few things, some of them large. */
  readonly #resources = new Map<number, Resource | null>();
  readonly #listeners = new Map<number, readonly Property[]>();

  constructor(heap: Heap, context: SettlerContext) {
    this.#heap = heap;
    this.#context = context;
  }

  climbs(node: number, step: number): boolean {
    if (this.#context.vertices.generator(node) !== -1) return false;
    const kind = this.#heap.kind(node);
    // Who refers to the promise itself cannot settle it: only its resolving functions' context leads further.
    if (step === 0) return kind === 'context' || kind === 'capability';
    if (kind === 'reaction') return false;
    return !this.#isCommonScope(node, kind) && this.#resource(node) === null;
  }

  settlerOf(promise: number, retainers: Retainers): Settler {
    const heap = this.#heap;
    const first: Step[] = [];
    let native: Settler | null = null;
    for (const { node } of retainers.of(promise)) {
      const kind = heap.kind(node);
      // Contexts of builtins have no named slots.
      if (kind === 'context' && heap.slots(node).includes(promise)) {
        first.push({ node, from: promise, mode: 'scope', callback: -1, depth: 0 });
        continue;
      }
      if (kind === 'global handles') {
        native ??= { kind: 'native promise', detail: null, node: promise };
      }
      const resource = this.#resource(node);
      if (resource !== null && NATIVE_HOLDER.test(heap.name(node))) native = resource;
    }
    if (native) return native;
    const found = this.#climb(promise, first, retainers);
    if (found) return found;
    if (retainers.cut(promise)) return { kind: 'unknown', detail: null, node: promise };
    return { kind: 'nothing', detail: null, node: promise };
  }

  #climb(promise: number, first: Step[], retainers: Retainers): Settler | null {
    const heap = this.#heap;
    const seen = new Set<number>([promise]);
    const queue = first;
    // From where, vertices, and by what.
    let links: Map<number, Via | null> | null = null;
    let resource: Resource | null = null;
    let holder: Holder | null = null;
    let cut = false;
    for (const step of queue) {
      if (seen.has(step.node)) continue;
      seen.add(step.node);
      cut ||= retainers.cut(step.node);
      for (const retainer of retainers.of(step.node)) {
        const { node } = retainer;
        if (seen.has(node)) continue;
        const kind = heap.kind(node);
        if (kind === 'reaction') {
          const source = this.#callbackSource(node, step.node, promise);
          if (source !== null) (links ??= new Map()).set(source.from, source.via);
          holder ??= { detail: '', depth: step.depth, rejects: false };
          continue;
        }
        const generator = this.#suspendedHolder(node, retainers);
        if (generator !== -1) {
          if (this.#maySettle(generator, step, retainers, promise))
            (links ??= new Map()).set(generator, null);
          continue;
        }
        const described = this.#resource(node) ?? this.#emitter(retainer, step, retainers);
        if (described !== null) {
          if (resource === null || rank(described) < rank(resource)) resource = described;
          continue;
        }
        const mode = this.#mode(step, node, kind);
        if (mode === null) continue;
        if (mode === 'container') {
          const detail = this.#describeHolder(retainer, kind);
          const rejects = heap.kind(step.node) === 'function' && heap.builtin(step.node) === REJECT;
          holder = betterOf(holder, { detail, depth: step.depth, rejects });
        }
        const callback = kind === 'function' && heap.builtin(node) === '' ? node : step.callback;
        queue.push({ node, from: step.node, mode, callback, depth: step.depth + 1 });
      }
      if (queue.length > MAX_STEPS) {
        cut = true;
        break;
      }
    }
    if (links) {
      const { vertices, links: all } = this.#context;
      for (const [from, via] of links) all.add(from, vertices.of(promise), via);
    }
    if (resource) return resource;
    if (links) return { kind: 'promise', detail: null, node: promise };
    if (holder !== null) return { kind: 'promise', detail: holder.detail || null, node: promise };
    if (cut) return { kind: 'unknown', detail: null, node: promise };
    // Functions that have it in their scope, with nothing to say of these functions.
    const reachable = queue.some(({ node }) => this.#isOfScript(node));
    return reachable ? { kind: 'promise', detail: null, node: promise } : null;
  }

  /** What must come first where a reaction's callback settles the promise, and by what. */
  #callbackSource(
    reaction: number,
    callback: number,
    promise: number,
  ): { from: number; via: Via | null } | null {
    if (this.#heap.kind(callback) !== 'function') return null;
    const { drivers, promiseOfReaction, vertices } = this.#context;
    const driven = drivers.has(callback) ? drivers.get(callback) : drivers.get(reaction);
    if (driven !== -1) return { from: driven, via: null };
    const from = promiseOfReaction(reaction);
    return from === -1 || from === vertices.of(promise) ? null : { from, via: this.#via(callback) };
  }

  #via(callback: number): Via {
    const heap = this.#heap;
    return {
      kind: 'resolve',
      index: null,
      callback: heap.builtin(callback) === '' ? describeFunction(heap, callback) : null,
      closure: callback,
    };
  }

  /** How the search goes on to `node`; `null` if it does not. */
  #mode(step: Step, node: number, kind: NodeKind): Mode | null {
    if (kind === 'context') return step.mode === 'scope' && !this.#isCommonScope(node, kind) ? 'scope' : null;
    return kind === 'function' ? 'scope' : 'container';
  }

  #isOfScript(node: number): boolean {
    return this.#heap.kind(node) === 'function' && this.#heap.builtin(node) === '';
  }

  /** Scopes of whole modules and scripts, which any function of theirs shares. */
  #isCommonScope(node: number, kind: NodeKind): boolean {
    if (kind === 'native context' || kind === 'script context table') return true;
    if (kind !== 'context') return false;
    const heap = this.#heap;
    const extension = heap.extension(node);
    if (extension !== -1 && heap.kind(extension) === 'module') return true;
    // The function that wraps a CommonJS module, and those that wrap Node's own.
    const previous = heap.previous(node);
    return (
      previous !== -1 &&
      heap.kind(previous) === 'native context' &&
      heap.variables(node).length > MANY_VARIABLES
    );
  }

  /** The suspended generator that a node is, or whose registers it is: its vertex. */
  #suspendedHolder(node: number, retainers: Retainers): number {
    const { vertices } = this.#context;
    const own = vertices.generator(node);
    if (own !== -1) return own;
    for (const retainer of retainers.of(node)) {
      const generator = vertices.generator(retainer.node);
      if (generator !== -1 && retainer.name === REGISTERS) return generator;
    }
    return -1;
  }

  /**
   * Of what a function holds in its variables it may call what stands in a property (`{ resolve, reject }`); but those whose
   * means stand in a list wait at something common, a pool, say, and do not end each other's waiting.
   */
  #maySettle(generator: number, { node, from, mode }: Step, retainers: Retainers, promise: number): boolean {
    if (mode === 'container') {
      const isOwn = this.#heap.kind(from) === 'function';
      const inProperty = retainers
        .of(from)
        .some((retainer) => retainer.node === node && retainer.type === 'property');
      if (!isOwn || !inProperty) return false;
    }
    return !this.#context.awaits(generator, this.#context.vertices.of(promise));
  }

  #resource(node: number): Resource | null {
    if (this.#heap.kind(node) !== 'object') return null;
    let resource = this.#resources.get(node);
    if (resource === undefined) {
      resource = describeResource(this.#heap, node);
      this.#resources.set(node, resource);
    }
    return resource;
  }

  #listenersOf(events: number): readonly Property[] {
    let listeners = this.#listeners.get(events);
    if (!listeners) {
      listeners = [...this.#heap.properties(events)];
      this.#listeners.set(events, listeners);
    }
    return listeners;
  }

  /** An emitter of any class that has `step.node` as its `_events`. */
  #emitter(
    retainer: Retainer,
    step: Step,
    retainers: Retainers,
  ): { kind: AwaitedKind; detail: string; node: number } | null {
    const heap = this.#heap;
    if (retainer.type !== 'property' || retainer.name !== '_events') return null;
    const events: string[] = [];
    for (const { name: event, value: listener } of this.#listenersOf(step.node)) {
      if (listener === step.from && event !== 'error') events.unshift(event);
      else if (listener === step.from || (event !== 'error' && retainers.of(listener).length > 0))
        events.push(event);
    }
    // The search comes here once, maybe by the listener that waits for errors only.
    const event = events.find((name) => name !== 'error') ?? events[0];
    const owner = heap.name(retainer.node);
    const detail = event === undefined ? `of ${owner}` : `'${event}' of ${owner}`;
    return { kind: 'event', detail, node: retainer.node };
  }

  #describeHolder({ node, type, name }: Retainer, kind: NodeKind): string {
    if (kind !== 'object') return '';
    const owner = this.#heap.name(node);
    return type === 'property' ? `${owner}.${name}` : owner;
  }
}

const REJECT = 'PromiseCapabilityDefaultReject';

/** Classes whose object holds the promise itself because C++ settles it. */
const NATIVE_HOLDER = /^(?:FSReqPromise|FileHandleCloseReq|FileHandle|Timeout|\w+Job)$/;
const MAX_STEPS = 5000;
/** A function's scope has few variables that closures share; a module's has many. */
const MANY_VARIABLES = 30;
