import { asyncContextOf } from './async-context.js';
import type { AwaitGraph, SuspendedFunction } from './await-graph.js';
import { describeFunction, displayNameOf, isInternal } from './functions.js';
import type { Found, Heap, Nodes } from './heap.js';
import { NodeTable } from './node-table.js';
import { NodeLists } from './node-lists.js';
import { addLinks, addLinksByNode, nameRaces, PromiseLinks } from './promise-links.js';
import { PROBE } from './probe.js';
import { PromiseOwners } from './promise-owners.js';
import { Resumptions } from './resumptions.js';
import { findSettlers, type Settlers } from './settlers.js';
import { traceWaits } from './trace.js';

/**
 * Reads the await graph of a heap. Objects are made only for suspended functions and the promises and reactions between
 * them.
 */
export function readAwaitGraph(heap: Heap): AwaitGraph {
  // 1. Generators that are suspended, promises that are pending.
  const found = heap.find();
  const generators = new NodeTable();
  for (let index = 0; index < found.generators.length; index++)
    generators.set(found.generators[index]!, index);
  // 2. From promise to promise to generator, by their reactions.
  const waits = readReactions(heap, found, generators);
  const owners = new PromiseOwners();
  for (const generator of found.generators) {
    for (const promise of heap.ownPromises(generator)) owners.set(promise, generator);
  }
  linkSyncIterators(heap, waits, owners, generators);
  // 3. What settles the promises at the end of all this.
  const settlers = settleRest(heap, found, waits, owners, generators);
  const leftOver = waits.resumptions.decide((promise) => isLeftOver(heap, promise, waits, owners, settlers));
  // 4. The functions, and the ways between them.
  const suspended = describeAll(heap, found.generators, waits, owners);
  return traceWaits({ suspended, links: waits.links, leftOver, owners, generators, settlers });
}

/** What the reactions of all pending promises say. */
interface Waits {
  links: PromiseLinks;
  promiseOfReaction: NodeTable;
  resumptions: Resumptions;
  /** Callbacks and reactions that run a plain generator as an async function. */
  drivers: NodeTable;
  /** Promises that unwrap what a synchronous iterator gave, with the iterator or -1. */
  unwrapped: Map<number, number>;
}

function readReactions(heap: Heap, found: Found, generators: NodeTable): Waits {
  const links = new PromiseLinks();
  const promiseOfReaction = new NodeTable();
  const resumptions = new Resumptions(found.generators.length);
  const drivers = new NodeTable();
  const unwrapped = new Map<number, number>();
  for (const promise of found.promises) {
    for (const reaction of heap.reactions(promise)) {
      const { fulfill, derived } = reaction;
      promiseOfReaction.set(reaction.node, promise);
      const resumed = addLinks(heap, promise, reaction, generators, links);
      const builtin = fulfill === -1 ? '' : heap.builtin(fulfill);
      if (resumed !== -1) {
        const index = generators.get(resumed);
        const { asyncContext } = reaction;
        const resumption = { link: links.length - 1, promise, fulfill, derived, asyncContext };
        if (builtin === '') {
          resumptions.set(index, resumption);
          drivers.set(fulfill, resumed);
          drivers.set(reaction.node, resumed);
        } else resumptions.add(index, resumption);
      }
      if (builtin === 'AsyncIteratorValueUnwrap')
        unwrapped.set(derived, syncIteratorOf(heap, reaction.reject, generators));
    }
  }
  nameRaces(links);
  return { links, promiseOfReaction, resumptions, drivers, unwrapped };
}

/** From Node 24 the rejection's callback closes the iterator, so it knows it. */
function syncIteratorOf(heap: Heap, reject: number, generators: NodeTable): number {
  const context = reject === -1 ? -1 : heap.contextOf(reject);
  if (context === -1) return -1;
  return heap.slots(context).find((node) => generators.has(node)) ?? -1;
}

/** `for await` over a plain generator: the generator stands between what it yielded and the loop. */
function linkSyncIterators(heap: Heap, waits: Waits, owners: PromiseOwners, generators: NodeTable): void {
  const { links, unwrapped } = waits;
  if (unwrapped.size === 0) return;
  const outOf = links.byStart();
  // Not `byEnd`, as these ends change here.
  const into = addLinksByNode(new NodeLists(), links.to);
  for (const [promise, known] of unwrapped) {
    let loop = -1;
    for (let at = outOf.first(promise); at !== -1 && loop === -1; at = outOf.next(at)) {
      const to = links.to[outOf.value(at)]!;
      if (generators.has(to)) loop = to;
    }
    const iterator = known === -1 && loop !== -1 ? iteratorInRegisters(heap, loop, generators) : known;
    if (iterator === -1) continue;
    owners.set(promise, iterator);
    for (let at = into.first(promise); at !== -1; at = into.next(at)) links.to[into.value(at)] = iterator;
  }
}

function iteratorInRegisters(heap: Heap, loop: number, generators: NodeTable): number {
  let iterator = -1;
  for (const node of heap.registers(loop)) {
    if (heap.kind(node) !== 'async-from-sync iterator') continue;
    // Inner loops have the later registers.
    const inner = heap.syncIterator(node);
    if (generators.has(inner)) iterator = inner;
  }
  return iterator;
}

/** Adds links from what settles promises. */
function settleRest(
  heap: Heap,
  found: Found,
  { links, promiseOfReaction, drivers }: Waits,
  owners: PromiseOwners,
  generators: NodeTable,
): Settlers {
  const into = links.byEnd();
  const rest: number[] = [];
  for (const promise of found.promises)
    if (!owners.has(promise) && into.first(promise) === -1) rest.push(promise);
  return findSettlers(heap, rest, {
    promiseOfReaction,
    generators,
    drivers,
    links,
    awaits: followLinks(links, owners),
  });
}

/** How far it is looked for whether a function waits for a promise. */
const MAX_FOLLOWED = 1000;

/** Whether a generator waits for a promise, be it through others; by the links that there are by now. */
function followLinks(
  links: PromiseLinks,
  owners: PromiseOwners,
): (generator: number, promise: number) => boolean {
  const outOf = links.byStart();
  return (generator, promise) => {
    const reached = new Set([promise]);
    for (const node of reached) {
      if (node === generator) return true;
      if (reached.size > MAX_FOLLOWED) return false;
      for (let at = outOf.first(node); at !== -1; at = outOf.next(at))
        reached.add(links.to[outOf.value(at)]!);
      for (const own of owners.promisesOf(node)) reached.add(own);
    }
    return false;
  };
}

/** Whether nothing settles it, or what the inspector was asked by: see {@link Resumptions}. */
function isLeftOver(
  heap: Heap,
  promise: number,
  { links }: Waits,
  owners: PromiseOwners,
  settlers: Settlers,
): boolean {
  const owner = owners.ownerOf(promise);
  if (owner !== -1) return isProbe(describeFunction(heap, heap.functionOf(owner)));
  return links.byEnd().first(promise) === -1 && (settlers.of(promise)?.kind ?? 'nothing') === 'nothing';
}

function isProbe({ functionName, script }: { functionName: string; script: string }): boolean {
  return functionName === PROBE && script === '';
}

function describeAll(
  heap: Heap,
  generators: Nodes,
  { resumptions }: Waits,
  owners: PromiseOwners,
): SuspendedFunction[] {
  return Array.from(generators, (node, index) => {
    const { functionName, script, location } = describeFunction(heap, heap.functionOf(node));
    const { holder, stores } = asyncContextOf(heap, resumptions.asyncContext[index]!, [
      resumptions.derived[index]!,
      owners.promisesOf(node).at(-1) ?? -1,
      resumptions.promise[index]!,
    ]);
    const position = heap.position(node);
    return {
      index,
      node,
      kind: heap.generatorKind(node),
      functionName: displayNameOf(heap, node, functionName),
      script,
      functionLocation: location,
      position: position ?? location,
      confirmed: position !== null,
      over: isProbe({ functionName, script }),
      internal: isInternal(script),
      // One list for all that have none.
      awaits: NOTHING,
      awaitedBy: NOTHING,
      continuations: NOTHING,
      asyncContext: stores,
      contextHolder: holder,
      resumedBy: ownBuiltin(heap, resumptions.fulfill[index]!),
    };
  });
}

const NOTHING: readonly never[] = [];

/** The reaction's callback, if it is V8's own. */
function ownBuiltin(heap: Heap, fulfill: number): number {
  return fulfill !== -1 && heap.builtin(fulfill) !== '' ? fulfill : -1;
}
