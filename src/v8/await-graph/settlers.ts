import type { AwaitedKind, Via } from './await-graph.js';
import { type Emitter, Emitters, REJECT } from './emitters.js';
import { describeFunction } from './functions.js';
import { betterOf, type Holder, rank } from './holder.js';
import { type Heap, type NodeKind, REGISTERS, type Retainers } from './heap.js';
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

/** Phase 4. Looks for what holds the `resolve` or `reject` of each of these promises, which are nodes; `parts` gets what looks for it. */
export function findSettlers(
  heap: Heap,
  promises: readonly number[],
  context: SettlerContext,
  parts: object[],
): Settlers {
  const climbs = new SettlerClimbs(heap, context);
  const retainers = heap.retainers(promises, (node, step) => climbs.climbs(node, step), LIMITS);
  const search = new SettlerSearch(heap, context, climbs, retainers);
  parts.push(search);
  const settlers: Settler[] = [];
  // By vertex: its place in the list plus 1.
  const numbers = new Int32Array(context.vertices.count);
  for (const promise of promises)
    numbers[context.vertices.of(promise)] = settlers.push(search.settlerOf(promise));
  return { of: (promise) => settlers[(numbers[promise] ?? 0) - 1] ?? null };
}

/** How far the search goes up, and what ends it. */
class SettlerClimbs {
  readonly #heap: Heap;
  readonly #context: SettlerContext;
  /** Many promises may be held by the same few things, some of them large. */
  readonly #resources = new Map<number, Resource | null>();

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
    return !this.isCommonScope(node, kind) && this.resource(node, kind) === null;
  }

  resource(node: number, kind: NodeKind): Resource | null {
    if (kind !== 'object') return null;
    let resource = this.#resources.get(node);
    if (resource === undefined) {
      resource = describeResource(this.#heap, node);
      this.#resources.set(node, resource);
    }
    return resource;
  }

  /** Scopes of whole modules and scripts, which any function of theirs shares. */
  isCommonScope(node: number, kind: NodeKind): boolean {
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
  /** How many steps it is from the promise. */
  depth: number;
}

/** What the way up from a promise, or from a container on, has come to. */
interface Climb {
  /** What Node's objects say, and what holds the means to settle it. */
  resource: Resource | null;
  holder: Holder | null;
  /** From where else it may be settled, vertices, and by what. */
  links: Map<number, Via | null> | null;
  /** Not all was looked through. */
  cut: boolean;
  /** Functions of a script have it in their scope. */
  isReachable: boolean;
  /** It is the same for any promise that the way leads to by the container alone. */
  isCommon: boolean;
}

class SettlerSearch {
  readonly #heap: Heap;
  readonly #context: SettlerContext;
  readonly #climbs: SettlerClimbs;
  readonly #retainers: Retainers;
  readonly #emitters: Emitters;
  /** By container: thousands of promises are held by the same table. */
  readonly #containers = new Map<number, Climb>();

  constructor(heap: Heap, context: SettlerContext, climbs: SettlerClimbs, retainers: Retainers) {
    this.#heap = heap;
    this.#context = context;
    this.#climbs = climbs;
    this.#retainers = retainers;
    this.#emitters = new Emitters(heap, retainers);
  }

  settlerOf(promise: number): Settler {
    const heap = this.#heap;
    const retainers = this.#retainers;
    const contexts: number[] = [];
    let native: Settler | null = null;
    for (let entry = retainers.first(promise); entry !== -1; entry = retainers.next(entry)) {
      const node = retainers.node(entry);
      const kind = heap.kind(node);
      // Contexts of builtins have no named slots.
      if (kind === 'context' && heap.hasSlot(node, promise)) {
        contexts.push(node);
        continue;
      }
      if (kind === 'global handles') {
        native ??= { kind: 'native promise', detail: null, node: promise };
      }
      const resource = this.#climbs.resource(node, kind);
      if (resource !== null && NATIVE_HOLDER.test(heap.name(node))) native = resource;
    }
    if (native) return native;
    const found = this.#settlerOf(promise, this.#climbFrom(promise, contexts));
    if (found) return found;
    if (retainers.cut(promise)) return { kind: 'unknown', detail: null, node: promise };
    return { kind: 'nothing', detail: null, node: promise };
  }

  #settlerOf(promise: number, climb: Climb): Settler | null {
    const { resource, holder, links, cut, isReachable } = climb;
    if (links !== null) {
      const { vertices, links: all } = this.#context;
      for (const [from, via] of links) all.add(from, vertices.of(promise), via);
    }
    if (resource) return resource;
    if (links) return { kind: 'promise', detail: null, node: promise };
    if (holder !== null) return { kind: 'promise', detail: holder.detail || null, node: promise };
    if (cut) return { kind: 'unknown', detail: null, node: promise };
    // Functions that have it in their scope, with nothing to say of these functions.
    return isReachable ? { kind: 'promise', detail: null, node: promise } : null;
  }

  /** @param contexts of the functions that resolve and reject the promise */
  #climbFrom(promise: number, contexts: readonly number[]): Climb {
    const direct = contexts.length === 1 ? this.#climbByContainer(promise, contexts[0]!) : null;
    if (direct !== null) return direct;
    const first: Step[] = contexts.map((node) => ({ node, from: promise, mode: 'scope', depth: 0 }));
    return this.#climb(promise, [promise], first);
  }

  /**
   * Where one thing alone has the one function that settles the promise, and that thing is no scope, all that lies above it is the same for
   * all promises that it has; `null` where it is otherwise.
   */
  #climbByContainer(promise: number, context: number): Climb | null {
    const heap = this.#heap;
    const retainers = this.#retainers;
    const toFunction = this.#onlyEntry(context);
    if (toFunction === -1) return null;
    const fn = retainers.node(toFunction);
    if (fn === promise || heap.kind(fn) !== 'function' || !heap.builtin(fn)) return null;
    const toContainer = this.#onlyEntry(fn);
    if (toContainer === -1) return null;
    const container = retainers.node(toContainer);
    const kind = heap.kind(container);
    if (kind !== 'object' && kind !== 'other') return null;
    if (container === promise || this.#suspendedHolder(container) !== -1) return null;
    const step: Step = { node: fn, from: context, mode: 'scope', depth: 1 };
    const resource = this.#climbs.resource(container, kind);
    if (resource !== null)
      return { resource, holder: null, links: null, cut: false, isReachable: false, isCommon: false };
    let above = this.#containers.get(container);
    if (above === undefined) {
      const first: Step = { node: container, from: fn, mode: 'container', depth: 2 };
      above = this.#climb(promise, [promise, context, fn], [first]);
      this.#containers.set(container, above);
    }
    if (!above.isCommon) return null;
    const own = this.#holder(toContainer, kind, step);
    return { ...above, holder: above.holder === null ? own : betterOf(own, above.holder) };
  }

  /** The entry of a node that is referred to once; -1 if it is not, or may not be. */
  #onlyEntry(node: number): number {
    const retainers = this.#retainers;
    const entry = retainers.first(node);
    return entry !== -1 && retainers.next(entry) === -1 && !retainers.cut(node) ? entry : -1;
  }

  /** @param behind what the way has come by, and does not go to again */
  #climb(promise: number, behind: readonly number[], queue: Step[]): Climb {
    const heap = this.#heap;
    const retainers = this.#retainers;
    const seen = new Set<number>(behind);
    const emitters: Emitter[] = [];
    const climb: Climb = {
      resource: null,
      holder: null,
      links: null,
      cut: false,
      isReachable: false,
      isCommon: true,
    };
    for (const step of queue) {
      if (seen.has(step.node)) continue;
      seen.add(step.node);
      climb.cut ||= retainers.cut(step.node);
      const isFirst = step === queue[0];
      for (let entry = retainers.first(step.node); entry !== -1; entry = retainers.next(entry)) {
        const node = retainers.node(entry);
        if (seen.has(node)) {
          if (behind.includes(node)) climb.isCommon = false;
          continue;
        }
        const kind = heap.kind(node);
        if (kind === 'reaction') {
          climb.isCommon = false;
          const source = this.#callbackSource(node, step.node, promise);
          if (source !== null) (climb.links ??= new Map()).set(source.from, source.via);
          climb.holder ??= { detail: '', depth: step.depth, rejects: false };
          continue;
        }
        const generator = this.#suspendedHolder(node);
        if (generator !== -1) {
          climb.isCommon = false;
          if (this.#maySettle(generator, step, promise)) (climb.links ??= new Map()).set(generator, null);
          continue;
        }
        const resource = this.#climbs.resource(node, kind);
        if (resource !== null) {
          climb.resource = tellingMore(climb.resource, resource);
          continue;
        }
        if (this.#emitters.isEvents(entry)) {
          emitters.push({ events: step.node, node });
          // It depends on which listener the promise has.
          if (isFirst) climb.isCommon = false;
          continue;
        }
        const mode = this.#mode(step, node, kind);
        if (mode === null) continue;
        if (mode === 'container') climb.holder = betterOf(climb.holder, this.#holder(entry, kind, step));
        queue.push({ node, from: step.node, mode, depth: step.depth + 1 });
      }
      if (queue.length > MAX_STEPS) {
        climb.cut = true;
        break;
      }
    }
    for (const emitter of emitters)
      climb.resource = tellingMore(climb.resource, this.#emitters.describe(emitter, seen));
    climb.isReachable = queue.some(({ node }) => this.#isOfScript(node));
    return climb;
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
    if (kind === 'context')
      return step.mode === 'scope' && !this.#climbs.isCommonScope(node, kind) ? 'scope' : null;
    return kind === 'function' ? 'scope' : 'container';
  }

  #isOfScript(node: number): boolean {
    return this.#heap.kind(node) === 'function' && this.#heap.builtin(node) === '';
  }

  /** The suspended generator that a node is, or whose registers it is: its vertex. */
  #suspendedHolder(node: number): number {
    const { vertices } = this.#context;
    const own = vertices.generator(node);
    if (own !== -1) return own;
    const retainers = this.#retainers;
    for (let entry = retainers.first(node); entry !== -1; entry = retainers.next(entry)) {
      const generator = vertices.generator(retainers.node(entry));
      if (generator !== -1 && retainers.name(entry) === REGISTERS) return generator;
    }
    return -1;
  }

  /**
   * Of what a function holds in its variables it may call what stands in a property (`{ resolve, reject }`); but those whose
   * means stand in a list wait at something common, a pool, say, and do not end each other's waiting.
   */
  #maySettle(generator: number, { node, from, mode }: Step, promise: number): boolean {
    if (mode === 'container' && !(this.#heap.kind(from) === 'function' && this.#isInProperty(from, node)))
      return false;
    return !this.#context.awaits(generator, this.#context.vertices.of(promise));
  }

  #isInProperty(node: number, holder: number): boolean {
    const retainers = this.#retainers;
    for (let entry = retainers.first(node); entry !== -1; entry = retainers.next(entry))
      if (retainers.node(entry) === holder && retainers.type(entry) === 'property') return true;
    return false;
  }

  /** What refers to `step.node` by this entry. */
  #holder(entry: number, kind: NodeKind, step: Step): Holder {
    const heap = this.#heap;
    const rejects = heap.kind(step.node) === 'function' && heap.builtin(step.node) === REJECT;
    return { detail: this.#describeHolder(entry, kind), depth: step.depth, rejects };
  }

  #describeHolder(entry: number, kind: NodeKind): string {
    if (kind !== 'object') return '';
    const retainers = this.#retainers;
    const owner = this.#heap.name(retainers.node(entry));
    return retainers.type(entry) === 'property' ? `${owner}.${retainers.name(entry)}` : owner;
  }
}

function tellingMore(known: Resource | null, found: Resource): Resource {
  return known === null || rank(found) < rank(known) ? found : known;
}

/** Classes whose object holds the promise itself because C++ settles it. */
const NATIVE_HOLDER = /^(?:FSReqPromise|FileHandleCloseReq|FileHandle|Timeout|\w+Job)$/;
const MAX_STEPS = 5000;
/** A function's scope has few variables that closures share; a module's has many. */
const MANY_VARIABLES = 30;
