import type { Via, ViaKind } from './await-graph.js';
import { describeFunction } from './functions.js';
import type { Heap, Reaction } from './heap.js';
import { NodeLists } from './node-lists.js';
import { NodeTable } from './node-table.js';

/** Steps from promises to what waits for them: other promises, or generator objects. A link is an index of the arrays. */
export class PromiseLinks {
  readonly from: number[] = [];
  readonly to: number[] = [];
  readonly via: (Via | null)[] = [];
  readonly #into = new NodeLists();
  readonly #outOf = new NodeLists();

  get length(): number {
    return this.from.length;
  }

  add(from: number, to: number, how: Via | null): void {
    this.from.push(from);
    this.to.push(to);
    this.via.push(how);
  }

  /** The links that there are by now, by the node where they end. From here on, no `to` of theirs may change. */
  byEnd(): NodeLists {
    return addLinksByNode(this.#into, this.to);
  }

  /** The links that there are by now, by the node where they begin. */
  byStart(): NodeLists {
    return addLinksByNode(this.#outOf, this.from);
  }
}

/** The links whose node is given here, those in the lists already but not again. */
export function addLinksByNode(lists: NodeLists, nodes: readonly number[]): NodeLists {
  for (let link = lists.size; link < nodes.length; link++) lists.add(nodes[link]!, link);
  return lists;
}

/** Of V8's builtin callbacks, those whose promise is settled by a combinator. */
const COMBINATORS: Record<string, ViaKind> = {
  PromiseAllResolveElementClosure: 'Promise.all',
  PromiseAllSettledResolveElementClosure: 'Promise.allSettled',
  PromiseAllSettledRejectElementClosure: 'Promise.allSettled',
  PromiseAnyRejectElementClosure: 'Promise.any',
};

const RESOLVE = 'PromiseCapabilityDefaultResolve';
const REJECT = 'PromiseCapabilityDefaultReject';
/** What V8 does when the body of a module with top-level await has ended. */
const MODULE_DONE = new Set(['CallAsyncModuleFulfilled', 'CallAsyncModuleRejected']);
const FINALLY = new Set(['PromiseThenFinally', 'PromiseCatchFinally']);

/** `resolve` and `reject` of a promise, as V8 makes them. */
export function isResolvingFunction(builtin: string): boolean {
  return builtin === RESOLVE || builtin === REJECT;
}

/**
 * Phase 2. Adds where a reaction of `promise` leads. `generators` are those that are suspended. Returns the generator that
 * it resumes; -1 if it resumes none.
 */
export function addLinks(
  heap: Heap,
  promise: number,
  reaction: Reaction,
  generators: NodeTable,
  links: PromiseLinks,
): number {
  const { fulfill, reject, derived } = reaction;
  const fulfillBuiltin = fulfill === -1 ? '' : heap.builtin(fulfill);
  const rejectBuiltin = reject === -1 ? '' : heap.builtin(reject);

  const generator = resumed(heap, fulfill, fulfillBuiltin, generators);
  if (generator !== -1) {
    links.add(promise, generator, null);
    return generator;
  }

  const element = COMBINATORS[fulfillBuiltin] ? fulfill : COMBINATORS[rejectBuiltin] ? reject : -1;
  if (element !== -1) {
    const kind = COMBINATORS[fulfillBuiltin] ?? COMBINATORS[rejectBuiltin]!;
    const how = { ...via(kind, element), index: heap.elementIndex(element) };
    const to = promiseInContext(heap, element);
    if (to !== -1) links.add(promise, to, how);
    return -1;
  }

  const before = links.length;
  const fulfillResolves = isResolvingFunction(fulfillBuiltin);
  const rejectResolves = isResolvingFunction(rejectBuiltin);
  if (fulfillResolves || rejectResolves) {
    const settled = fulfillResolves ? promiseInContext(heap, fulfill) : -1;
    const rejected = rejectResolves ? promiseInContext(heap, reject) : -1;
    // The promise of an `await` or `return` of an object with a `then` of its own: nothing that was written there.
    const how = heap.name(promise) === 'Promise' ? via('new Promise', fulfill) : null;
    if (settled !== -1) links.add(promise, settled, how);
    if (rejected !== -1 && rejected !== settled) links.add(promise, rejected, how);
  }
  if (fulfill !== -1 && fulfillBuiltin === '') {
    const driven = drivenGenerator(heap, fulfill, generators);
    if (driven !== -1) {
      links.add(promise, driven, null);
      return driven;
    }
  }
  const module = MODULE_DONE.has(fulfillBuiltin) ? moduleOf(heap, fulfill) : -1;
  if (module !== -1) {
    for (const to of modulePromises(heap, module)) links.add(promise, to, null);
    return -1;
  }

  const callback = userCallback(heap, fulfill, fulfillBuiltin, reject, rejectBuiltin);
  if (derived !== -1 && !(links.length > before && callback === null)) links.add(promise, derived, callback);
  return -1;
}

function via(kind: ViaKind, closure: number): Via {
  return { kind, index: null, callback: null, closure };
}

/** The generator that an `await`'s callback resumes: its context holds it as `extension` (20.20 to 26.10). */
function resumed(heap: Heap, closure: number, builtin: string, generators: NodeTable): number {
  if (closure === -1 || builtin === '') return -1;
  const context = heap.contextOf(closure);
  const generator = context === -1 ? -1 : heap.extension(context);
  return generators.has(generator) ? generator : -1;
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
function drivenGenerator(heap: Heap, callback: number, generators: NodeTable): number {
  let context = heap.contextOf(callback);
  for (let depth = 0; depth < 2 && context !== -1; depth++) {
    for (const held of heap.variables(context)) {
      if (generators.has(held) && heap.generatorKind(held) === 'generator') return held;
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
export function nameRaces({ from, to, via: how, length }: PromiseLinks): void {
  const sources = new NodeTable();
  const races = new NodeTable();
  for (let link = 0; link < length; link++) {
    if (how[link]?.kind !== 'new Promise') continue;
    const known = sources.get(to[link]!);
    if (known === -1) sources.set(to[link]!, from[link]!);
    else if (known !== from[link]) races.add(to[link]!);
  }
  for (let link = 0; link < length; link++) {
    const one = how[link];
    if (one?.kind === 'new Promise' && races.has(to[link]!)) how[link] = { ...one, kind: 'Promise.race' };
  }
}
