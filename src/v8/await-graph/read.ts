import type { HeapGraph } from '../heap-graph.js';
import { holderOf, storesOf } from './async-context.js';
import type { AwaitGraph, SuspendedFunction, SuspendedKind } from './await-graph.js';
import { findGenerators, type Found } from './find-generators.js';
import { describeFunction, isInternal, nameWithReceiver } from './functions.js';
import { HeapWords } from './heap-words.js';
import { isPlainGenerator, linksOf, nameRaces, type PromiseLink } from './promise-links.js';
import { type Reaction, ReactionReader } from './reactions.js';
import { findSettlers, type Settler } from './settlers.js';
import { traceWaits } from './trace.js';

export interface AwaitGraphOptions {
  /** The heap object id of an array of functions held for `positions.ts`. */
  held?: number;
}

/** An await graph, with what is needed to ask V8 for the positions in it. */
export interface ReadAwaitGraph extends AwaitGraph {
  /** Functions of V8's by node, with their index in the array that was held. */
  heldIndex: ReadonlyMap<number, number>;
}

/**
 * Reads the await graph of a heap: a snapshot taken with `exposeInternals`, and with `captureNumericValue` for the
 * delays of timers and the like. One pass over the nodes, up to ten over the edges for what settles the last promises;
 * objects are made only for suspended functions and the promises and reactions between them.
 */
export function readAwaitGraph(heap: HeapGraph, options: AwaitGraphOptions = {}): ReadAwaitGraph {
  const words = new HeapWords(heap);
  // 1. Generators that are suspended, promises that are pending.
  const found = findGenerators(words, options.held ?? -1);
  const generators = new Map(found.generators.map((node, index) => [node, index]));
  // 2. From promise to promise to generator, by their reactions.
  const waits = readReactions(words, found, generators);
  const owners = new Map<number, number>();
  for (const generator of found.generators) {
    for (const promise of ownPromises(words, generator)) owners.set(promise, generator);
  }
  linkSyncIterators(words, waits, owners, generators);
  // 3. What settles the promises at the end of all this.
  const heldIndex = readHeld(words, found.held);
  const settlers = settleRest(words, found, waits, owners, generators, heldIndex);
  // 4. The functions, and the ways between them.
  const suspended = describeAll(words, found.generators, waits, owners);
  const graph = traceWaits({ suspended, links: waits.links, owners, generators, settlers });
  for (const { awaits } of suspended) {
    for (const awaited of awaits) if (awaited.node !== -1) awaited.heapObjectId = heap.nodeId(awaited.node);
  }
  return { ...graph, heldIndex };
}

/** What the reactions of all pending promises say. */
export interface Waits {
  links: PromiseLink[];
  promiseOfReaction: Map<number, number>;
  /** The reaction that resumes a generator. */
  resumption: Map<number, { promise: number; reaction: Reaction }>;
  /** Callbacks and reactions that run a plain generator as an async function. */
  drivers: Map<number, number>;
  /** Promises that unwrap what a synchronous iterator gave, with the iterator or -1. */
  unwrapped: Map<number, number>;
}

function readReactions(words: HeapWords, found: Found, generators: ReadonlyMap<number, number>): Waits {
  const reader = new ReactionReader(words, found.reactions);
  const waits: Waits = {
    links: [],
    promiseOfReaction: new Map(),
    resumption: new Map(),
    drivers: new Map(),
    unwrapped: new Map(),
  };
  for (const [at, promise] of found.promises.entries()) {
    for (const reaction of reader.list(found.reactions[at]!)) {
      waits.promiseOfReaction.set(reaction.node, promise);
      const links = linksOf(words, promise, reaction, generators);
      waits.links.push(...links);
      const resumed = links.find(({ to, via }) => via === null && generators.has(to));
      if (resumed) waits.resumption.set(resumed.to, { promise, reaction });
      if (resumed?.drivenBy !== undefined) {
        waits.drivers.set(resumed.drivenBy, resumed.to).set(reaction.node, resumed.to);
      }
      if (reaction.fulfill !== -1 && words.builtin(reaction.fulfill) === 'AsyncIteratorValueUnwrap') {
        waits.unwrapped.set(reaction.derived, syncIteratorOf(words, reaction.reject, generators));
      }
    }
  }
  nameRaces(waits.links);
  return waits;
}

/** From Node 24 the rejection's callback closes the iterator, so it knows it. */
function syncIteratorOf(words: HeapWords, reject: number, generators: ReadonlyMap<number, number>): number {
  const context = reject === -1 ? -1 : words.slot(reject, 'context');
  if (context === -1) return -1;
  return words.targets(context, words.hidden).find((node) => generators.has(node)) ?? -1;
}

/** The promises that a generator object settles: that of the async function, those asked of an async generator. */
function ownPromises(words: HeapWords, generator: number): number[] {
  const { heap } = words;
  const promises: number[] = [];
  const queue = words.hiddenNamed(generator, REQUEST);
  if (queue !== -1) {
    const seen = new Set<number>();
    for (let request = queue; request !== -1 && !seen.has(request);) {
      seen.add(request);
      const fields = words.targets(request, words.hidden).filter((node) => heap.nodeName(node) !== REQUEST);
      const promise = fields.at(-1);
      if (promise !== undefined) promises.push(promise);
      request = words.hiddenNamed(request, REQUEST);
    }
    return promises;
  }
  // While it is suspended no other field of it holds an object (`input_or_debug_pos` is a number then), but for the
  // two functions that resume it, which 26.10 keeps.
  const promise = words.targets(generator, words.hidden).findLast((node) => words.isObject(node));
  return promise === undefined ? [] : [promise];
}

const REQUEST = 'system / AsyncGeneratorRequest';

/** `for await` over a plain generator: the generator stands between what it yielded and the loop. */
function linkSyncIterators(
  words: HeapWords,
  waits: Waits,
  owners: Map<number, number>,
  generators: ReadonlyMap<number, number>,
): void {
  for (const [unwrapped, known] of waits.unwrapped) {
    const loop = waits.links.find(({ from, to }) => from === unwrapped && generators.has(to))?.to ?? -1;
    const iterator = known === -1 && loop !== -1 ? iteratorInRegisters(words, loop, generators) : known;
    if (iterator === -1) continue;
    owners.set(unwrapped, iterator);
    for (const link of waits.links) {
      if (link.to === unwrapped) link.to = iterator;
    }
  }
}

function iteratorInRegisters(
  words: HeapWords,
  loop: number,
  generators: ReadonlyMap<number, number>,
): number {
  const registers = words.slot(loop, 'parameters_and_registers');
  let iterator = -1;
  const { heap } = words;
  for (let edge = heap.firstEdge(registers); edge < heap.firstEdge(registers + 1); edge++) {
    const target = heap.edgeTarget(edge);
    if (heap.nodeName(target) !== 'Async-from-Sync Iterator') continue;
    // Inner loops have the later registers.
    iterator = words.targets(target, words.hidden).find((node) => generators.has(node)) ?? iterator;
  }
  return iterator;
}

function readHeld(words: HeapWords, held: number): Map<number, number> {
  const { heap } = words;
  const index = new Map<number, number>();
  if (held === -1) return index;
  for (let edge = heap.firstEdge(held); edge < heap.firstEdge(held + 1); edge++) {
    if (heap.edgeType(edge) === words.element) index.set(heap.edgeTarget(edge), heap.edgeIndex(edge));
  }
  index.set(held, -1);
  const elements = words.slot(held, 'elements');
  if (elements !== -1) index.set(elements, -1);
  return index;
}

function settleRest(
  words: HeapWords,
  found: Found,
  waits: Waits,
  owners: ReadonlyMap<number, number>,
  generators: ReadonlyMap<number, number>,
  held: ReadonlyMap<number, number>,
): Map<number, Settler> {
  const settledByPromise = new Set(waits.links.map(({ to }) => to));
  const rest = found.promises.filter((promise) => !owners.has(promise) && !settledByPromise.has(promise));
  const waiters = new Map<number, Set<number>>();
  for (const { from, to } of waits.links) {
    if (!generators.has(to)) continue;
    const known = waiters.get(from);
    if (known) known.add(to);
    else waiters.set(from, new Set([to]));
  }
  const ignored = new Set([...held].filter(([, index]) => index === -1).map(([node]) => node));
  const { promiseOfReaction, drivers } = waits;
  return findSettlers(words, rest, { promiseOfReaction, generators, drivers, waiters, ignored });
}

function describeAll(
  words: HeapWords,
  generators: readonly number[],
  waits: Waits,
  owners: ReadonlyMap<number, number>,
): SuspendedFunction[] {
  const ownPromise = new Map([...owners].map(([promise, generator]) => [generator, promise]));
  return generators.map((node, index) => {
    const closure = words.slot(node, 'function');
    const { functionName, script, location } = describeFunction(words, closure);
    const resumption = waits.resumption.get(node);
    const promises = [
      resumption?.reaction.derived ?? -1,
      ownPromise.get(node) ?? -1,
      resumption?.promise ?? -1,
    ];
    const holder = holderOf(words, resumption?.reaction.asyncContext ?? -1, promises);
    return {
      index,
      node,
      heapObjectId: words.heap.nodeId(node),
      kind: kindOf(words, node, closure),
      functionName: nameWithReceiver(words, node, functionName),
      script,
      functionLocation: location,
      position: location,
      confirmed: false,
      over: false,
      internal: isInternal(script),
      awaits: [],
      awaitedBy: [],
      continuations: [],
      asyncContext: storesOf(words, resumption?.reaction.asyncContext ?? -1, promises),
      contextHolder: holder,
      contextHolderId: holder === -1 ? -1 : words.heap.nodeId(holder),
      resumedBy: resumption ? builtinOf(words, resumption.reaction) : -1,
    };
  });
}

/** The reaction's callback, if it is V8's own. */
function builtinOf(words: HeapWords, { fulfill }: Reaction): number {
  return fulfill !== -1 && words.builtin(fulfill) !== '' ? fulfill : -1;
}

function kindOf(words: HeapWords, generator: number, closure: number): SuspendedKind {
  if (words.hiddenNamed(generator, REQUEST) !== -1) return 'async generator';
  if (words.prop(generator, '__proto__') !== -1 && words.isObject(words.prop(generator, '__proto__'))) {
    return isPlainGenerator(words, generator) ? 'generator' : 'async generator';
  }
  const scope = words.slot(closure, 'context');
  const module = scope === -1 ? -1 : words.slot(scope, 'extension');
  const runs = module !== -1 && words.targets(module, words.hidden).includes(generator);
  return runs ? 'module' : 'async function';
}
