import { asyncContextOf } from './async-context.js';
import type { AwaitGraph, SuspendedFunction } from './await-graph.js';
import type { Found, Heap } from './heap.js';
import { removeLeftOver } from './left-over.js';
import { isProbe } from './probe.js';
import { PromiseOwners } from './promise-owners.js';
import { readReactions, type Waits } from './reactions.js';
import { findSettlers, type Settlers } from './settlers.js';
import { traceWaits } from './trace.js';

/**
 * Reads the await graph of a heap. Objects are made only for suspended functions and what is told of them; all between is numbers.
 *
 * @param parts gets what it is worked out with: to be held on to by who reads again, for V8's sake
 */
export function readAwaitGraph(heap: Heap, parts: object[] = []): AwaitGraph {
  // 1. Generators that are suspended, promises that are pending.
  const found = heap.find();
  // 2. From promise to promise to generator, by their reactions.
  const waits = readReactions(heap, found);
  const owners = readOwners(heap, found, waits);
  linkSyncIterators(heap, waits, owners);
  // 3. The functions: all that is to be of the same moment as the ways between them.
  const suspended = describeAll(heap, found, waits, owners);
  // 4. What settles the promises at the end of all this.
  const settlers = settleRest(heap, found, waits, owners, parts);
  const decided = removeLeftOver(heap, waits, owners, settlers);
  for (const index of decided) setResumption(heap, suspended[index]!, waits, owners);
  // 5. The ways between the functions.
  return traceWaits({ suspended, ...waits, owners, settlers }, parts);
}

function readOwners(heap: Heap, { generators }: Found, { vertices }: Waits): PromiseOwners {
  const owners = new PromiseOwners(generators.length, vertices.count);
  let generator = 0;
  const own = (promise: number): void => owners.set(vertices.of(promise), generator);
  for (; generator < generators.length; generator++) heap.visitOwnPromises(generators[generator]!, own);
  return owners;
}

/** `for await` over a plain generator: the generator stands between what it yielded and the loop. */
function linkSyncIterators(heap: Heap, { links, unwrapped, vertices }: Waits, owners: PromiseOwners): void {
  if (unwrapped.size === 0) return;
  const outOf = links.byStart(vertices.count);
  const into = links.byEnd(vertices.count);
  for (const [promise, known] of unwrapped) {
    let loop = -1;
    for (let at = outOf.first[promise]!; at < outOf.first[promise + 1]! && loop === -1; at++) {
      const to = links.to.at(outOf.links[at]!);
      if (vertices.isGenerator(to)) loop = to;
    }
    const iterator =
      known === -1 && loop !== -1 ? iteratorInRegisters(heap, vertices.node(loop), vertices) : known;
    if (iterator === -1) continue;
    owners.set(promise, iterator);
    for (let at = into.first[promise]!; at < into.first[promise + 1]!; at++)
      links.to.set(into.links[at]!, iterator);
  }
}

function iteratorInRegisters(heap: Heap, loop: number, vertices: Waits['vertices']): number {
  let iterator = -1;
  for (const node of heap.registers(loop)) {
    if (heap.kind(node) !== 'async-from-sync iterator') continue;
    // Inner loops have the later registers.
    const inner = heap.syncIterator(node);
    const generator = inner === -1 ? -1 : vertices.generator(inner);
    if (generator !== -1) iterator = generator;
  }
  return iterator;
}

/** Adds links from what settles promises. */
function settleRest(
  heap: Heap,
  found: Found,
  waits: Waits,
  owners: PromiseOwners,
  parts: object[],
): Settlers {
  const { links, vertices } = waits;
  const into = links.byEnd(vertices.count);
  const rest: number[] = [];
  for (const promise of found.promises) {
    const vertex = vertices.of(promise);
    if (owners.ownerOf(vertex) === -1 && into.first[vertex] === into.first[vertex + 1]) rest.push(promise);
  }
  return findSettlers(heap, rest, { ...waits, awaits: followLinks(waits, owners) }, parts);
}

/** How far it is looked for whether a function waits for a promise. */
const MAX_FOLLOWED = 1000;

/** Whether a generator waits for a promise, be it through others; by the links that there are by now. All by vertices. */
function followLinks(
  { links, vertices }: Waits,
  owners: PromiseOwners,
): (generator: number, promise: number) => boolean {
  const { count } = vertices;
  const outOf = links.byStart(count);
  return (generator, promise) => {
    const reached = new Set([promise]);
    for (const vertex of reached) {
      if (vertex === generator) return true;
      if (reached.size > MAX_FOLLOWED) return false;
      // What came up since has no links of then.
      if (vertex < count)
        for (let at = outOf.first[vertex]!; at < outOf.first[vertex + 1]!; at++)
          reached.add(links.to.at(outOf.links[at]!));
      if (vertices.isGenerator(vertex)) for (const own of owners.promisesOf(vertex)) reached.add(own);
    }
    return false;
  };
}

function describeAll(
  heap: Heap,
  { generators }: Found,
  waits: Waits,
  owners: PromiseOwners,
): SuspendedFunction[] {
  return Array.from(generators, (node, index) => {
    const point = heap.suspensionPoint(node);
    const one: SuspendedFunction = {
      index,
      node,
      point,
      over: isProbe(point),
      // One list for all that have none.
      awaits: NOTHING,
      awaitedBy: NOTHING,
      continuations: NOTHING,
      asyncContext: NOTHING,
      contextHolder: -1,
      resumedBy: -1,
    };
    setResumption(heap, one, waits, owners);
    return one;
  });
}

/** What hangs on the reaction that resumes the function. */
function setResumption(
  heap: Heap,
  one: SuspendedFunction,
  { resumptions, vertices }: Waits,
  owners: PromiseOwners,
): void {
  const { index } = one;
  const awaited = resumptions.promise[index]!;
  const { holder, stores } = asyncContextOf(heap, {
    frame: resumptions.asyncContext[index]!,
    derived: resumptions.derived[index]!,
    own: lastOwnPromise(index, vertices, owners),
    awaited: awaited === -1 ? -1 : vertices.node(awaited),
  });
  one.asyncContext = stores;
  one.contextHolder = holder;
  one.resumedBy = ownBuiltin(heap, resumptions.fulfill[index]!);
}

const NOTHING: readonly never[] = [];

function lastOwnPromise(generator: number, vertices: Waits['vertices'], owners: PromiseOwners): number {
  const only = owners.onlyPromiseOf(generator);
  const last = only === -2 ? (owners.promisesOf(generator).at(-1) ?? -1) : only;
  return last === -1 ? -1 : vertices.node(last);
}

/** The reaction's callback, if it is V8's own. */
function ownBuiltin(heap: Heap, fulfill: number): number {
  return fulfill !== -1 && heap.builtin(fulfill) !== '' ? fulfill : -1;
}
