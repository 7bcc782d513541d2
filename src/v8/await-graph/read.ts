import { asyncContextOf } from './async-context.js';
import type { AwaitGraph, SuspendedFunction } from './await-graph.js';
import { describeFunction, displayNameOf, isInternal } from './functions.js';
import type { Found, Heap, Reaction } from './heap.js';
import { linksOf, nameRaces, type PromiseLink } from './promise-links.js';
import { findSettlers, type Settler } from './settlers.js';
import { traceWaits } from './trace.js';

/**
 * Reads the await graph of a heap. Objects are made only for suspended functions and the promises and reactions between
 * them.
 */
export function readAwaitGraph(heap: Heap): AwaitGraph {
  // 1. Generators that are suspended, promises that are pending.
  const found = heap.find();
  const generators = new Map(found.generators.map((node, index) => [node, index]));
  // 2. From promise to promise to generator, by their reactions.
  const waits = readReactions(heap, found, generators);
  const owners = new Map<number, number>();
  for (const generator of found.generators) {
    for (const promise of heap.ownPromises(generator)) owners.set(promise, generator);
  }
  linkSyncIterators(heap, waits, owners, generators);
  // 3. What settles the promises at the end of all this.
  const settlers = settleRest(heap, found, waits, owners, generators);
  // 4. The functions, and the ways between them.
  const suspended = describeAll(heap, found.generators, waits, owners);
  const graph = traceWaits({ suspended, links: waits.links, owners, generators, settlers });
  for (const { awaits } of suspended) {
    for (const awaited of awaits) if (awaited.node !== -1) awaited.heapObjectId = heap.id(awaited.node);
  }
  return graph;
}

/** What the reactions of all pending promises say. */
interface Waits {
  links: PromiseLink[];
  promiseOfReaction: Map<number, number>;
  /** The reaction that resumes a generator. */
  resumption: Map<number, { promise: number; reaction: Reaction }>;
  /** Callbacks and reactions that run a plain generator as an async function. */
  drivers: Map<number, number>;
  /** Promises that unwrap what a synchronous iterator gave, with the iterator or -1. */
  unwrapped: Map<number, number>;
}

function readReactions(heap: Heap, found: Found, generators: ReadonlyMap<number, number>): Waits {
  const waits: Waits = {
    links: [],
    promiseOfReaction: new Map(),
    resumption: new Map(),
    drivers: new Map(),
    unwrapped: new Map(),
  };
  for (const promise of found.promises) {
    for (const reaction of heap.reactions(promise)) {
      waits.promiseOfReaction.set(reaction.node, promise);
      const links = linksOf(heap, promise, reaction, generators);
      waits.links.push(...links);
      const resumed = links.find(({ to, via }) => via === null && generators.has(to));
      if (resumed) waits.resumption.set(resumed.to, { promise, reaction });
      if (resumed?.drivenBy !== undefined) {
        waits.drivers.set(resumed.drivenBy, resumed.to).set(reaction.node, resumed.to);
      }
      if (reaction.fulfill !== -1 && heap.builtin(reaction.fulfill) === 'AsyncIteratorValueUnwrap') {
        waits.unwrapped.set(reaction.derived, syncIteratorOf(heap, reaction.reject, generators));
      }
    }
  }
  nameRaces(waits.links);
  return waits;
}

/** From Node 24 the rejection's callback closes the iterator, so it knows it. */
function syncIteratorOf(heap: Heap, reject: number, generators: ReadonlyMap<number, number>): number {
  const context = reject === -1 ? -1 : heap.contextOf(reject);
  if (context === -1) return -1;
  return heap.slots(context).find((node) => generators.has(node)) ?? -1;
}

/** `for await` over a plain generator: the generator stands between what it yielded and the loop. */
function linkSyncIterators(
  heap: Heap,
  waits: Waits,
  owners: Map<number, number>,
  generators: ReadonlyMap<number, number>,
): void {
  for (const [unwrapped, known] of waits.unwrapped) {
    const loop = waits.links.find(({ from, to }) => from === unwrapped && generators.has(to))?.to ?? -1;
    const iterator = known === -1 && loop !== -1 ? iteratorInRegisters(heap, loop, generators) : known;
    if (iterator === -1) continue;
    owners.set(unwrapped, iterator);
    for (const link of waits.links) {
      if (link.to === unwrapped) link.to = iterator;
    }
  }
}

function iteratorInRegisters(heap: Heap, loop: number, generators: ReadonlyMap<number, number>): number {
  let iterator = -1;
  for (const node of heap.registers(loop)) {
    if (heap.kind(node) !== 'async-from-sync iterator') continue;
    // Inner loops have the later registers.
    const inner = heap.syncIterator(node);
    if (generators.has(inner)) iterator = inner;
  }
  return iterator;
}

function settleRest(
  heap: Heap,
  found: Found,
  waits: Waits,
  owners: ReadonlyMap<number, number>,
  generators: ReadonlyMap<number, number>,
): Map<number, Settler> {
  const settledByPromise = new Set(waits.links.map(({ to }) => to));
  const rest = found.promises.filter((promise) => !owners.has(promise) && !settledByPromise.has(promise));
  const awaits = followLinks(waits.links, owners);
  const { promiseOfReaction, drivers } = waits;
  return findSettlers(heap, rest, { promiseOfReaction, generators, drivers, awaits });
}

/** How far it is looked for whether a function waits for a promise. */
const MAX_FOLLOWED = 1000;

/** Whether a generator waits for a promise, be it through others. */
function followLinks(
  links: readonly PromiseLink[],
  owners: ReadonlyMap<number, number>,
): (generator: number, promise: number) => boolean {
  const next = new Map<number, number[]>();
  const add = (from: number, to: number): void => {
    const known = next.get(from);
    if (known) known.push(to);
    else next.set(from, [to]);
  };
  for (const { from, to } of links) add(from, to);
  for (const [promise, generator] of owners) add(generator, promise);
  return (generator, promise) => {
    const reached = new Set([promise]);
    for (const node of reached) {
      if (node === generator) return true;
      if (reached.size > MAX_FOLLOWED) return false;
      for (const to of next.get(node) ?? []) reached.add(to);
    }
    return false;
  };
}

function describeAll(
  heap: Heap,
  generators: readonly number[],
  waits: Waits,
  owners: ReadonlyMap<number, number>,
): SuspendedFunction[] {
  const ownPromise = new Map([...owners].map(([promise, generator]) => [generator, promise]));
  return generators.map((node, index) => {
    const { functionName, script, location } = describeFunction(heap, heap.functionOf(node));
    const resumption = waits.resumption.get(node);
    const { holder, stores } = asyncContextOf(heap, resumption?.reaction.asyncContext ?? -1, [
      resumption?.reaction.derived ?? -1,
      ownPromise.get(node) ?? -1,
      resumption?.promise ?? -1,
    ]);
    const position = heap.position(node);
    return {
      index,
      node,
      heapObjectId: heap.id(node),
      kind: heap.generatorKind(node),
      functionName: displayNameOf(heap, node, functionName),
      script,
      functionLocation: location,
      position: position ?? location,
      confirmed: position !== null,
      over: false,
      internal: isInternal(script),
      awaits: [],
      awaitedBy: [],
      continuations: [],
      asyncContext: stores,
      contextHolder: holder,
      contextHolderId: holder === -1 ? -1 : heap.id(holder),
      resumedBy: resumption ? builtinOf(heap, resumption.reaction) : -1,
    };
  });
}

/** The reaction's callback, if it is V8's own. */
function builtinOf(heap: Heap, { fulfill }: Reaction): number {
  return fulfill !== -1 && heap.builtin(fulfill) !== '' ? fulfill : -1;
}
