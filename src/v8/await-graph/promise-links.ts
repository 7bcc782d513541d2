import type { Via, ViaKind } from './await-graph.js';
import { describeFunction } from './functions.js';
import type { Heap, Reaction } from './heap.js';

/** One step from a promise to what waits for it: another promise, or a generator object. */
export interface PromiseLink {
  from: number;
  to: number;
  via: Via | null;
  /** `to` is a plain generator that runs as an async function, by this callback. */
  drivenBy?: number;
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

/** Phase 2. Where a reaction of `promise` leads. `generators` are those that are suspended. */
export function linksOf(
  heap: Heap,
  promise: number,
  reaction: Reaction,
  generators: ReadonlyMap<number, number>,
): PromiseLink[] {
  const { fulfill, reject, derived } = reaction;
  const fulfillBuiltin = fulfill === -1 ? '' : heap.builtin(fulfill);
  const rejectBuiltin = reject === -1 ? '' : heap.builtin(reject);

  const generator = resumed(heap, fulfill, fulfillBuiltin, generators);
  if (generator !== -1) return [{ from: promise, to: generator, via: null }];

  const element = COMBINATORS[fulfillBuiltin] ? fulfill : COMBINATORS[rejectBuiltin] ? reject : -1;
  if (element !== -1) {
    const kind = COMBINATORS[fulfillBuiltin] ?? COMBINATORS[rejectBuiltin]!;
    const how = { ...via(kind, element), index: heap.elementIndex(element) };
    return link(promise, promiseInContext(heap, element), how);
  }

  const links: PromiseLink[] = [];
  const fulfillResolves = isResolvingFunction(fulfillBuiltin);
  const rejectResolves = isResolvingFunction(rejectBuiltin);
  if (fulfillResolves || rejectResolves) {
    const settled = new Set<number>();
    if (fulfillResolves) settled.add(promiseInContext(heap, fulfill));
    if (rejectResolves) settled.add(promiseInContext(heap, reject));
    // The promise of an `await` or `return` of an object with a `then` of its own: nothing that was written there.
    const how = heap.name(promise) === 'Promise' ? via('new Promise', fulfill) : null;
    for (const to of settled) links.push(...link(promise, to, how));
  }
  if (fulfill !== -1 && fulfillBuiltin === '') {
    const driven = drivenGenerator(heap, fulfill, generators);
    if (driven !== -1) return [...links, { from: promise, to: driven, via: null, drivenBy: fulfill }];
  }
  const module = MODULE_DONE.has(fulfillBuiltin) ? moduleOf(heap, fulfill) : -1;
  if (module !== -1) return modulePromises(heap, module).map((to) => ({ from: promise, to, via: null }));

  const callback = userCallback(heap, fulfill, fulfillBuiltin, reject, rejectBuiltin);
  if (derived !== -1 && !(links.length > 0 && callback === null)) {
    links.push({ from: promise, to: derived, via: callback });
  }
  return links;
}

function link(from: number, to: number, how: Via | null): PromiseLink[] {
  return to === -1 ? [] : [{ from, to, via: how }];
}

function via(kind: ViaKind, closure: number): Via {
  return { kind, index: null, callback: null, closure };
}

/** The generator that an `await`'s callback resumes: its context holds it as `extension` (20.20 to 26.10). */
function resumed(
  heap: Heap,
  closure: number,
  builtin: string,
  generators: ReadonlyMap<number, number>,
): number {
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
function drivenGenerator(heap: Heap, callback: number, generators: ReadonlyMap<number, number>): number {
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
export function nameRaces(links: PromiseLink[]): void {
  const sources = new Map<number, Set<number>>();
  for (const { from, to, via: how } of links) {
    if (how?.kind !== 'new Promise') continue;
    const known = sources.get(to);
    if (known) known.add(from);
    else sources.set(to, new Set([from]));
  }
  for (const step of links) {
    if (step.via?.kind === 'new Promise' && (sources.get(step.to)?.size ?? 0) > 1) {
      step.via = { ...step.via, kind: 'Promise.race' };
    }
  }
}
