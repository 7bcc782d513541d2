import type { AwaitedKind, Via } from './await-graph.js';
import { describeFunction } from './functions.js';
import type { HeapWords } from './heap-words.js';
import type { PromiseLink } from './promise-links.js';
import { describeResource } from './resources.js';
import { findRetainers, type Retainer, type Retainers } from './retainers.js';

/** What can settle a promise that neither a function nor another promise settles. */
export interface Settler {
  kind: AwaitedKind;
  detail: string | null;
  /** The thing, or else the promise itself. */
  node: number;
  /**
   * Promises and generators whose callback, or scope, has the promise's `resolve` or `reject`. Where these lead to a
   * function, that is what is waited for, and the thing only what may end it.
   */
  links: PromiseLink[];
}

export interface SettlerContext {
  /** The promise on which a reaction stands. */
  promiseOfReaction: ReadonlyMap<number, number>;
  /** Suspended generators, by node. */
  generators: ReadonlyMap<number, number>;
  /** Callbacks that run a plain generator as an async function. */
  drivers: ReadonlyMap<number, number>;
  /** Promises with the generators that await them. */
  waiters: ReadonlyMap<number, ReadonlySet<number>>;
  /** Nodes that are there for our own sake. */
  ignored: ReadonlySet<number>;
}

const LIMITS = { steps: 10, perNode: 40, total: 1_000_000 };

/** Phase 3. Looks for what holds the `resolve` or `reject` of each of these promises. */
export function findSettlers(
  words: HeapWords,
  promises: readonly number[],
  context: SettlerContext,
): Map<number, Settler> {
  const search = new SettlerSearch(words, context);
  const retainers = findRetainers(words, promises, (node, step) => search.climbs(node, step), LIMITS);
  return new Map(promises.map((promise) => [promise, search.settlerOf(promise, retainers)]));
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
}

class SettlerSearch {
  readonly #words: HeapWords;
  readonly #context: SettlerContext;

  constructor(words: HeapWords, context: SettlerContext) {
    this.#words = words;
    this.#context = context;
  }

  climbs(node: number, step: number): boolean {
    const { ignored, generators } = this.#context;
    if (ignored.has(node) || generators.has(node)) return false;
    // Who refers to the promise itself cannot settle it: only its resolving functions' context leads further.
    if (step === 0) return this.#isContext(node) || this.#isCapability(node);
    if (this.#isReaction(node)) return false;
    return !this.#isCommonScope(node) && describeResource(this.#words, node) === null;
  }

  settlerOf(promise: number, retainers: Retainers): Settler {
    const words = this.#words;
    const first: Step[] = [];
    let native: Settler | null = null;
    for (const { node } of retainers.of(promise)) {
      if (this.#context.ignored.has(node)) continue;
      if (this.#isContext(node) && this.#holdsHidden(node, promise)) {
        first.push({ node, from: promise, mode: 'scope', callback: -1 });
        continue;
      }
      const resource = describeResource(words, node);
      if (words.heap.nodeName(node) === '(Global handles)') {
        native ??= { kind: 'native promise', detail: null, node: promise, links: [] };
      }
      if (resource !== null && NATIVE_HOLDER.test(words.heap.nodeName(node)))
        native = { ...resource, links: [] };
    }
    if (native) return native;
    const found = this.#climb(promise, first, retainers);
    if (found) return found;
    if (retainers.cut(promise)) return { kind: 'unknown', detail: null, node: promise, links: [] };
    return { kind: 'nothing', detail: null, node: promise, links: [] };
  }

  #climb(promise: number, first: Step[], retainers: Retainers): Settler | null {
    const words = this.#words;
    const seen = new Set<number>([promise]);
    const queue = first;
    const links = new Map<number, PromiseLink>();
    let resource: Settler | null = null;
    let holder: string | null = null;
    let cut = false;
    for (const step of queue) {
      if (seen.has(step.node)) continue;
      seen.add(step.node);
      cut ||= retainers.cut(step.node);
      for (const retainer of retainers.of(step.node)) {
        const { node } = retainer;
        if (seen.has(node) || this.#context.ignored.has(node)) continue;
        if (this.#isReaction(node)) {
          const link = this.#callbackLink(node, step.node, promise);
          if (link) links.set(link.from, link);
          holder ??= '';
          continue;
        }
        const generator = this.#suspendedHolder(node, retainers);
        if (generator !== -1) {
          if (!this.#awaits(generator, promise)) {
            links.set(generator, { from: generator, to: promise, via: null });
          }
          continue;
        }
        const described = describeResource(words, node) ?? this.#emitter(retainer, step, retainers);
        if (described !== null) {
          if (resource === null || rank(described) < rank(resource)) resource = { ...described, links: [] };
          continue;
        }
        const mode = this.#mode(step, node);
        if (mode === null) continue;
        if (mode === 'container') holder ??= this.#describeHolder(retainer);
        const callback = words.isClosure(node) && words.builtin(node) === '' ? node : step.callback;
        queue.push({ node, from: step.node, mode, callback });
      }
      if (queue.length > MAX_STEPS) {
        cut = true;
        break;
      }
    }
    if (resource) return { ...resource, links: [...links.values()] };
    if (links.size > 0) return { kind: 'promise', detail: null, node: promise, links: [...links.values()] };
    if (holder !== null) return { kind: 'promise', detail: holder || null, node: promise, links: [] };
    if (cut) return { kind: 'unknown', detail: null, node: promise, links: [] };
    // Functions that have it in their scope, with nothing to say of these functions.
    const reachable = queue.some(({ node }) => words.isClosure(node) && words.builtin(node) === '');
    return reachable ? { kind: 'promise', detail: null, node: promise, links: [] } : null;
  }

  #callbackLink(reaction: number, callback: number, promise: number): PromiseLink | null {
    if (!this.#words.isClosure(callback)) return null;
    const driven = this.#context.drivers.get(callback) ?? this.#context.drivers.get(reaction);
    if (driven !== undefined) return { from: driven, to: promise, via: null };
    const source = this.#context.promiseOfReaction.get(reaction);
    if (source === undefined || source === promise) return null;
    return { from: source, to: promise, via: this.#via(callback) };
  }

  #via(callback: number): Via {
    const words = this.#words;
    return {
      kind: 'resolve',
      index: null,
      callback: words.builtin(callback) === '' ? describeFunction(words, callback) : null,
      closure: callback,
    };
  }

  /** How the search goes on to `node`; `null` if it does not. */
  #mode(step: Step, node: number): Mode | null {
    const words = this.#words;
    if (this.#isContext(node)) return step.mode === 'scope' && !this.#isCommonScope(node) ? 'scope' : null;
    if (words.isClosure(node)) return 'scope';
    return 'container';
  }

  #isContext(node: number): boolean {
    return this.#words.heap.nodeName(node) === 'system / Context';
  }

  #isCapability(node: number): boolean {
    return this.#words.heap.nodeName(node) === 'system / PromiseCapability';
  }

  #isReaction(node: number): boolean {
    return this.#words.heap.nodeName(node) === 'system / PromiseReaction';
  }

  /** Scopes of whole modules and scripts, which any function of theirs shares. */
  #isCommonScope(node: number): boolean {
    const words = this.#words;
    const name = words.heap.nodeName(node);
    if (name.startsWith('system / NativeContext') || name === 'system / ScriptContextTable') return true;
    if (name !== 'system / Context') return false;
    const extension = words.slot(node, 'extension');
    if (extension !== -1 && words.heap.nodeName(extension) === 'system / SourceTextModule') return true;
    // The function that wraps a CommonJS module, and those that wrap Node's own.
    const previous = words.slot(node, 'previous');
    return (
      previous !== -1 &&
      words.heap.nodeName(previous).startsWith('system / NativeContext') &&
      this.#hasManySlots(node)
    );
  }

  #hasManySlots(node: number): boolean {
    return this.#words.targets(node, this.#words.context).length > MANY_SLOTS;
  }

  /** Contexts of builtins have no named slots. */
  #holdsHidden(context: number, node: number): boolean {
    return this.#words.targets(context, this.#words.hidden).includes(node);
  }

  /** The suspended generator that a node is, or whose registers it is. */
  #suspendedHolder(node: number, retainers: Retainers): number {
    const { generators } = this.#context;
    if (generators.has(node)) return node;
    for (const retainer of retainers.of(node)) {
      if (
        generators.has(retainer.node) &&
        retainer.edgeName === this.#words.number('parameters_and_registers')
      ) {
        return retainer.node;
      }
    }
    return -1;
  }

  /** Whether the generator waits for that very promise: it cannot settle what it waits for. */
  #awaits(generator: number, promise: number): boolean {
    return this.#context.waiters.get(promise)?.has(generator) ?? false;
  }

  /** An emitter of any class that has `step.node` as its `_events`. */
  #emitter(
    retainer: Retainer,
    step: Step,
    retainers: Retainers,
  ): { kind: AwaitedKind; detail: string; node: number } | null {
    const words = this.#words;
    const { heap } = words;
    if (retainer.edgeType !== words.property || retainer.edgeName !== words.number('_events')) return null;
    const events: string[] = [];
    for (let edge = heap.firstEdge(step.node); edge < heap.firstEdge(step.node + 1); edge++) {
      if (heap.edgeType(edge) !== words.property) continue;
      const listener = heap.edgeTarget(edge);
      const event = heap.string(heap.edgeName(edge));
      if (listener === step.from && event !== 'error') events.unshift(event);
      else if (listener === step.from || (event !== 'error' && retainers.of(listener).length > 0))
        events.push(event);
    }
    // The search comes here once, maybe by the listener that waits for errors only.
    const event = events.find((name) => name !== 'error') ?? events[0];
    const owner = heap.nodeName(retainer.node);
    const detail = event === undefined ? `of ${owner}` : `'${event}' of ${owner}`;
    return { kind: 'event', detail, node: retainer.node };
  }

  #describeHolder({ node, edgeType, edgeName }: Retainer): string {
    const words = this.#words;
    const name = words.heap.nodeName(node);
    if (!words.isObject(node)) return '';
    if (edgeType === words.property) return `${name}.${words.heap.string(edgeName)}`;
    return name;
  }
}

/** Timeouts and errors are how waiting for something else ends. */
function rank({ kind, detail }: { kind: AwaitedKind; detail: string | null }): number {
  if (kind === 'timer' || kind === 'signal') return 1;
  return kind === 'event' && detail?.startsWith("'error' ") ? 1 : 0;
}

/** Classes whose object holds the promise itself because C++ settles it. */
const NATIVE_HOLDER = /^(?:FSReqPromise|FileHandleCloseReq|FileHandle|Timeout|\w+Job)$/;
const MAX_STEPS = 5000;
/** A function's scope has few variables that closures share; a module's has many. */
const MANY_SLOTS = 30;
