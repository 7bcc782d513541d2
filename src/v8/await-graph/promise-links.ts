import type { Via, ViaKind } from './await-graph.js';
import { describeFunction } from './functions.js';
import type { HeapWords } from './heap-words.js';
import { promiseInContext, type Reaction } from './reactions.js';

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
const MODULE = 'system / SourceTextModule';
const FINALLY = new Set(['PromiseThenFinally', 'PromiseCatchFinally']);

/** `resolve` and `reject` of a promise, as V8 makes them. */
export function isResolvingFunction(builtin: string): boolean {
  return builtin === RESOLVE || builtin === REJECT;
}

/** Phase 2. Where a reaction of `promise` leads. `generators` are those that are suspended. */
export function linksOf(
  words: HeapWords,
  promise: number,
  reaction: Reaction,
  generators: ReadonlyMap<number, number>,
): PromiseLink[] {
  const { fulfill, reject, derived } = reaction;
  const fulfillBuiltin = fulfill === -1 ? '' : words.builtin(fulfill);
  const rejectBuiltin = reject === -1 ? '' : words.builtin(reject);

  const generator = resumed(words, fulfill, fulfillBuiltin, generators);
  if (generator !== -1) return [{ from: promise, to: generator, via: null }];

  const element = COMBINATORS[fulfillBuiltin] ? fulfill : COMBINATORS[rejectBuiltin] ? reject : -1;
  if (element !== -1) {
    const kind = COMBINATORS[fulfillBuiltin] ?? COMBINATORS[rejectBuiltin]!;
    return link(promise, promiseInContext(words, element), via(kind, element));
  }

  const links: PromiseLink[] = [];
  const fulfillResolves = isResolvingFunction(fulfillBuiltin);
  const rejectResolves = isResolvingFunction(rejectBuiltin);
  if (fulfillResolves || rejectResolves) {
    const settled = new Set<number>();
    if (fulfillResolves) settled.add(promiseInContext(words, fulfill));
    if (rejectResolves) settled.add(promiseInContext(words, reject));
    // The promise of an `await` or `return` of an object with a `then` of its own: nothing that was written there.
    const how = words.heap.nodeName(promise) === 'Promise' ? via('new Promise', fulfill) : null;
    for (const to of settled) links.push(...link(promise, to, how));
  }
  if (fulfill !== -1 && fulfillBuiltin === '') {
    const driven = drivenGenerator(words, fulfill, generators);
    if (driven !== -1) return [...links, { from: promise, to: driven, via: null, drivenBy: fulfill }];
  }
  const module = MODULE_DONE.has(fulfillBuiltin) ? moduleOf(words, fulfill) : -1;
  if (module !== -1) return modulePromises(words, module).map((to) => ({ from: promise, to, via: null }));

  const callback = userCallback(words, fulfill, fulfillBuiltin, reject, rejectBuiltin);
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
  words: HeapWords,
  closure: number,
  builtin: string,
  generators: ReadonlyMap<number, number>,
): number {
  if (closure === -1 || builtin === '') return -1;
  const context = words.slot(closure, 'context');
  const generator = context === -1 ? -1 : words.slot(context, 'extension');
  return generators.has(generator) ? generator : -1;
}

function userCallback(
  words: HeapWords,
  fulfill: number,
  fulfillBuiltin: string,
  reject: number,
  rejectBuiltin: string,
): Via | null {
  const final = FINALLY.has(fulfillBuiltin) ? fulfill : FINALLY.has(rejectBuiltin) ? reject : -1;
  if (final !== -1) {
    const context = words.slot(final, 'context');
    const callback = words.targets(context, words.hidden).find((target) => words.isClosure(target));
    if (callback === undefined) return null;
    return { ...via('finally', final), callback: describeFunction(words, callback) };
  }
  if (fulfill !== -1 && fulfillBuiltin === '') {
    return { ...via('then', fulfill), callback: describeFunction(words, fulfill) };
  }
  if (reject !== -1 && rejectBuiltin === '') {
    return { ...via('catch', reject), callback: describeFunction(words, reject) };
  }
  return null;
}

/**
 * A plain generator that runs as an async function, by callbacks that call its `next`, as TypeScript compiles async
 * functions for old targets: the callback's scope, or the one around it, holds the generator.
 */
function drivenGenerator(
  words: HeapWords,
  callback: number,
  generators: ReadonlyMap<number, number>,
): number {
  let context = words.slot(callback, 'context');
  for (let depth = 0; depth < 2 && context !== -1; depth++) {
    for (const held of words.targets(context, words.context)) {
      if (generators.has(held) && isPlainGenerator(words, held)) return held;
    }
    context = words.slot(context, 'previous');
  }
  return -1;
}

function moduleOf(words: HeapWords, closure: number): number {
  const context = words.slot(closure, 'context');
  return context === -1 ? -1 : words.hiddenNamed(context, MODULE);
}

/**
 * The promises of the modules that wait for this one and that somebody can have: `import()` gives that of the module it
 * asked for. A module's hidden edges are, in V8's order, among others: the promise, …, itself or another module as the root
 * of its cycle, and behind that the array of the modules that wait for it (20.20 to 26.10).
 */
function modulePromises(words: HeapWords, first: number): number[] {
  const { heap } = words;
  const promises: number[] = [];
  const modules = new Set([first]);
  for (const module of modules) {
    let behindRoot = false;
    for (const target of words.targets(module, words.hidden)) {
      const name = heap.nodeName(target);
      if (name === MODULE) behindRoot = true;
      else if (name === 'Promise' && words.isObject(target)) promises.push(target);
      else if (behindRoot) {
        for (const parent of [
          ...words.targets(target, words.internal),
          ...words.targets(target, words.hidden),
        ]) {
          if (heap.nodeName(parent) === MODULE) modules.add(parent);
        }
        break;
      }
    }
  }
  return promises;
}

/** Generators of `function*`: neither a promise of their own nor requests, and %GeneratorPrototype% behind them. */
export function isPlainGenerator(words: HeapWords, generator: number): boolean {
  let prototype = words.prop(generator, '__proto__');
  for (let depth = 0; depth < 5 && prototype !== -1; depth++) {
    const tag = words.primitiveProp(prototype, '<symbol Symbol.toStringTag>');
    if (tag !== null) return tag === 'Generator';
    prototype = words.prop(prototype, '__proto__');
  }
  return false;
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
