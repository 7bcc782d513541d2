import type { Via, ViaKind } from './await-graph.js';
import { describeFunction } from './functions.js';
import type { Found, Heap, VisitReaction } from './heap.js';
import { IntList } from './int-list.js';
import { Links } from './links.js';
import { NodeTable } from './node-table.js';
import { Resumptions } from './resumptions.js';
import { Vertices } from './vertices.js';

/** What the reactions of all pending promises say. */
export interface Waits {
  vertices: Vertices;
  links: Links;
  resumptions: Resumptions;
  /** Callbacks and reactions that run a plain generator as an async function: nodes, with the generator's vertex. */
  drivers: NodeTable;
  /** Promises that unwrap what a synchronous iterator gave: vertices, with the iterator's generator, or -1 where it is not known. */
  unwrapped: Map<number, number>;
  /** The vertex of the promise on which a reaction stands; -1 if it was none of these. */
  promiseOfReaction(reaction: number): number;
}

/** Phase 2. From promise to promise to generator. */
export function readReactions(heap: Heap, found: Found): Waits {
  const pass = new ReactionPass(heap, found);
  for (const promise of found.promises) pass.visitPromise(promise);
  nameRaces(pass.waits.links);
  return pass.waits;
}

/** Of V8's builtin callbacks, those whose promise is settled by a combinator. */
const COMBINATORS: ReadonlyMap<string, ViaKind> = new Map([
  ['PromiseAllResolveElementClosure', 'Promise.all'],
  ['PromiseAllSettledResolveElementClosure', 'Promise.allSettled'],
  ['PromiseAllSettledRejectElementClosure', 'Promise.allSettled'],
  ['PromiseAnyRejectElementClosure', 'Promise.any'],
]);

const RESOLVE = 'PromiseCapabilityDefaultResolve';
const REJECT = 'PromiseCapabilityDefaultReject';
/** What V8 does when the body of a module with top-level await has ended. */
const MODULE_DONE = new Set(['CallAsyncModuleFulfilled', 'CallAsyncModuleRejected']);
const FINALLY = new Set(['PromiseThenFinally', 'PromiseCatchFinally']);
const UNWRAP = 'AsyncIteratorValueUnwrap';

/** `resolve` and `reject` of a promise, as V8 makes them. */
export function isResolvingFunction(builtin: string): boolean {
  return builtin === RESOLVE || builtin === REJECT;
}

class ReactionPass {
  readonly waits: Waits;
  readonly #heap: Heap;
  /** The promise that is visited: node and vertex. */
  #node = -1;
  #promise = -1;
  /** Of all reactions: their nodes, and the vertices of their promises. */
  readonly #reactions: IntList;
  readonly #promises: IntList;
  #promiseOfReaction: NodeTable | null = null;

  constructor(heap: Heap, { generators, promises }: Found) {
    this.#heap = heap;
    this.#reactions = new IntList(promises.length);
    this.#promises = new IntList(promises.length);
    this.waits = {
      vertices: new Vertices(generators),
      links: new Links(),
      resumptions: new Resumptions(generators.length),
      drivers: new NodeTable(),
      unwrapped: new Map(),
      promiseOfReaction: (reaction) => this.#promiseOf(reaction),
    };
  }

  visitPromise(promise: number): void {
    this.#node = promise;
    this.#promise = this.waits.vertices.of(promise);
    this.#heap.visitReactions(promise, this.#visitReaction);
  }

  readonly #visitReaction: VisitReaction = (reaction, fulfill, reject, derived, asyncContext) => {
    const heap = this.#heap;
    const { links, resumptions, drivers, unwrapped, vertices } = this.waits;
    this.#reactions.push(reaction);
    this.#promises.push(this.#promise);
    const builtin = fulfill === -1 ? '' : heap.builtin(fulfill);
    const resumed = this.#resumed(fulfill, builtin);
    if (resumed !== -1) {
      links.add(this.#promise, resumed, null);
      resumptions.add(resumed, links.length - 1, this.#promise, fulfill, derived, asyncContext);
      return;
    }
    const driven = this.#addLinks(fulfill, builtin, reject, derived);
    if (driven !== -1) {
      resumptions.set(driven, this.#promise, fulfill, derived, asyncContext);
      drivers.set(fulfill, driven);
      drivers.set(reaction, driven);
    }
    if (builtin === UNWRAP && derived !== -1)
      unwrapped.set(vertices.of(derived), this.#syncIteratorOf(reject));
  };

  /** The generator that an `await`'s callback resumes: its context holds it as `extension` (20.20 to 26.10). */
  #resumed(closure: number, builtin: string): number {
    if (builtin === '') return -1;
    const context = this.#heap.contextOf(closure);
    const generator = context === -1 ? -1 : this.#heap.extension(context);
    return generator === -1 ? -1 : this.waits.vertices.generator(generator);
  }

  /** Adds where any other reaction leads. Returns the plain generator that its callback runs as an async function; -1 if none. */
  #addLinks(fulfill: number, fulfillBuiltin: string, reject: number, derived: number): number {
    const heap = this.#heap;
    const { vertices, links } = this.waits;
    const rejectBuiltin = reject === -1 ? '' : heap.builtin(reject);
    const combinator = COMBINATORS.get(fulfillBuiltin) ?? COMBINATORS.get(rejectBuiltin);
    if (combinator !== undefined) {
      const element = COMBINATORS.has(fulfillBuiltin) ? fulfill : reject;
      this.#addTo(promiseInContext(heap, element), {
        ...via(combinator, element),
        index: heap.elementIndex(element),
      });
      return -1;
    }

    const before = links.length;
    const fulfillResolves = isResolvingFunction(fulfillBuiltin);
    const rejectResolves = isResolvingFunction(rejectBuiltin);
    if (fulfillResolves || rejectResolves) {
      const settled = fulfillResolves ? promiseInContext(heap, fulfill) : -1;
      const rejected = rejectResolves ? promiseInContext(heap, reject) : -1;
      // The promise of an `await` or `return` of an object with a `then` of its own: nothing that was written there.
      const how = heap.name(this.#node) === 'Promise' ? via('new Promise', fulfill) : null;
      this.#addTo(settled, how);
      if (rejected !== settled) this.#addTo(rejected, how);
    }
    if (fulfill !== -1 && fulfillBuiltin === '') {
      const driven = drivenGenerator(heap, fulfill, vertices);
      if (driven !== -1) {
        links.add(this.#promise, driven, null);
        return driven;
      }
    }
    const module = MODULE_DONE.has(fulfillBuiltin) ? moduleOf(heap, fulfill) : -1;
    if (module !== -1) {
      for (const to of modulePromises(heap, module)) this.#addTo(to, null);
      return -1;
    }

    const callback = userCallback(heap, fulfill, fulfillBuiltin, reject, rejectBuiltin);
    if (!(links.length > before && callback === null)) this.#addTo(derived, callback);
    return -1;
  }

  /** @param promise a node, or -1 */
  #addTo(promise: number, how: Via | null): void {
    const { vertices, links } = this.waits;
    if (promise !== -1) links.add(this.#promise, vertices.of(promise), how);
  }

  /** From Node 24 the rejection's callback closes the iterator, so it knows it. */
  #syncIteratorOf(reject: number): number {
    const context = reject === -1 ? -1 : this.#heap.contextOf(reject);
    if (context === -1) return -1;
    const { vertices } = this.waits;
    const iterator = this.#heap.slots(context).find((node) => vertices.generator(node) !== -1);
    return iterator === undefined ? -1 : vertices.generator(iterator);
  }

  /** Few are asked about, if any. */
  #promiseOf(reaction: number): number {
    if (this.#promiseOfReaction === null) {
      const table = (this.#promiseOfReaction = new NodeTable());
      for (let at = 0; at < this.#reactions.length; at++)
        table.set(this.#reactions.at(at), this.#promises.at(at));
    }
    return this.#promiseOfReaction.get(reaction);
  }
}

function via(kind: ViaKind, closure: number): Via {
  return { kind, index: null, callback: null, closure };
}

function userCallback(
  heap: Heap,
  fulfill: number,
  fulfillBuiltin: string,
  reject: number,
  rejectBuiltin: string,
): Via | null {
  const final = FINALLY.has(fulfillBuiltin) ? fulfill : FINALLY.has(rejectBuiltin) ? reject : -1;
  if (final !== -1) {
    const context = heap.contextOf(final);
    const slots = context === -1 ? [] : heap.slots(context);
    const callback = slots.find((node) => heap.kind(node) === 'function');
    if (callback === undefined) return null;
    return { ...via('finally', final), callback: describeFunction(heap, callback) };
  }
  if (fulfill !== -1 && fulfillBuiltin === '') {
    return { ...via('then', fulfill), callback: describeFunction(heap, fulfill) };
  }
  if (reject !== -1 && rejectBuiltin === '') {
    return { ...via('catch', reject), callback: describeFunction(heap, reject) };
  }
  return null;
}

/**
 * A plain generator that runs as an async function, by callbacks that call its `next`, as TypeScript compiles async
 * functions for old targets: the callback's scope, or the one around it, holds the generator.
 */
function drivenGenerator(heap: Heap, callback: number, vertices: Vertices): number {
  let context = heap.contextOf(callback);
  for (let depth = 0; depth < 2 && context !== -1; depth++) {
    for (const held of heap.variables(context)) {
      const generator = vertices.generator(held);
      if (generator !== -1 && heap.isPlainGenerator(held)) return generator;
    }
    context = heap.previous(context);
  }
  return -1;
}

function moduleOf(heap: Heap, closure: number): number {
  const context = heap.contextOf(closure);
  const slots = context === -1 ? [] : heap.slots(context);
  return slots.find((node) => heap.kind(node) === 'module') ?? -1;
}

/**
 * The promises of the modules that wait for this one and that somebody can have: `import()` gives that of the module it
 * asked for.
 */
function modulePromises(heap: Heap, first: number): number[] {
  const promises: number[] = [];
  const modules = new Set([first]);
  for (const node of modules) {
    const { promise, parents } = heap.module(node);
    if (promise !== -1) promises.push(promise);
    for (const parent of parents) modules.add(parent);
  }
  return promises;
}

/** The promise that a builtin closure of the kind `resolve`, `reject` or "element of a combinator" settles. */
function promiseInContext(heap: Heap, closure: number): number {
  const context = heap.contextOf(closure);
  if (context === -1) return -1;
  for (const node of heap.slots(context)) {
    const promise = heap.kind(node) === 'capability' ? heap.capabilityPromise(node) : node;
    if (promise !== -1 && heap.kind(promise) === 'object') return promise;
  }
  return -1;
}

/** `Promise.race` leaves what `new Promise` with `then(resolve, reject)` does, but of more than one promise. */
function nameRaces({ from, to, via: how, length }: Links): void {
  const sources = new Map<number, number>();
  const races = new Set<number>();
  for (let link = 0; link < length; link++) {
    if (how[link]?.kind !== 'new Promise') continue;
    const known = sources.get(to.at(link));
    if (known === undefined) sources.set(to.at(link), from.at(link));
    else if (known !== from.at(link)) races.add(to.at(link));
  }
  if (races.size === 0) return;
  for (let link = 0; link < length; link++) {
    const one = how[link];
    if (one?.kind === 'new Promise' && races.has(to.at(link))) how[link] = { ...one, kind: 'Promise.race' };
  }
}
