import type { Nodes, RetainerLimits, Retainers } from '../await-graph/heap.js';
import { NodeLists } from '../await-graph/node-lists.js';
import { NodeTable } from '../await-graph/node-table.js';
import type { ScanHeap } from './find-suspended.js';
import { FoundRetainers, REFERENCE } from './found-retainers.js';
import type { GlobalHandles } from './global-handles.js';
import { GLOBAL_HANDLES_NODE, type MemoryHeap } from './memory-heap.js';
import { properties } from './objects.js';
import type { Resolvers } from './resolvers.js';
import type { TaggedHeap } from './tagged-heap.js';

export interface RetainerSearch {
  scan: ScanHeap;
  /** The object that a word belongs to; 0 if unknown. */
  holderOf(slot: number): number;
  /** The suspended generators with their registers: array → generator. */
  registers: NodeTable;
  /** Registers of generators that are not suspended: what is left in them is of no use to anybody. */
  leftRegisters: NodeTable;
  resolvers: Resolvers;
  /** Which of these objects C++ code has global handles to: by their indices. */
  findGlobalHandles(nodes: readonly number[]): GlobalHandles;
  /** Whether another pass over the heap may be made. The first steps are made anyway. */
  mayGoOn(): boolean;
}

/** Steps that tell the most: what holds the resolving functions, and what holds that. */
const ALWAYS = 3;

/**
 * `Heap.retainers` over memory: each step goes over the heap's words for pointers to what is looked for. Where that is in an
 * object's backing store, the words are gone over once more, for the objects that it belongs to: as in a heap snapshot,
 * they stand for the store.
 */
export function findRetainersInMemory(
  heap: MemoryHeap,
  first: Nodes,
  goOn: (node: number, step: number) => boolean,
  limits: RetainerLimits,
  search: RetainerSearch,
): Retainers {
  const { objects } = heap;
  const found = new FoundRetainers(objects, limits, first.length);
  for (const node of first) found.lookFor(node);
  const resolving = addResolvers(search.resolvers, found);
  // Promises that nothing in JavaScript can settle may be those of C++.
  const unresolved: number[] = [];
  for (const node of first) if (found.first(node) === -1) unresolved.push(node);
  const handles = search.findGlobalHandles(unresolved);
  for (const index of handles.found) found.add(unresolved[index]!, GLOBAL_HANDLES_NODE, REFERENCE.hidden, 0);
  // What was not looked through may hold what settles them: then nothing is said to be abandoned.
  if (!handles.complete) found.beUnsure(unresolved);
  let frontier = unresolved;
  for (let step = 0; step < limits.steps; step++) {
    // What holds these is looked for as soon as it is no longer only promises whose holders are.
    if (step === 1) for (const fn of resolving) frontier.push(fn);
    if (frontier.length === 0 && step > 0) break;
    if (step >= ALWAYS && !search.mayGoOn()) break;
    for (const node of frontier) found.lookFor(node);
    const stores = new Stores();
    const complete = findReferences(heap, frontier, limits, search, (holder, offset, target) => {
      const generator = search.registers.get(holder);
      if (generator !== -1) {
        found.add(target, holder, REFERENCE.hidden, 0);
        if (found.first(holder) === -1) found.add(holder, generator, REFERENCE.registers, 0);
        found.lookFor(holder);
        return;
      }
      found.add(target, holder, REFERENCE.slot, offset);
      if (isStore(objects, holder)) stores.add(holder, target, offset);
    });
    if (!complete) found.beUnsure(frontier);
    if (!addOwners(heap, stores, limits, search, found)) found.beUnsure(stores.nodes);
    // The owners of the stores were found by the way.
    frontier = reachedFrom(
      [...frontier, ...stores.nodes],
      found,
      (node) => !isGlobal(objects, node) && goOn(node, step),
    );
  }
  for (const node of frontier) found.leaveOut(node);
  return found;
}

/** Adds what is known without a search of the first nodes. Returns the functions, of which it is not known what holds them. */
function addResolvers({ promises, contexts, functions }: Resolvers, found: FoundRetainers): number[] {
  const frontier: number[] = [];
  for (let at = 0; at < promises.length; at++) {
    const promise = promises.at(at);
    const context = contexts.at(at);
    if (!found.isLookedFor(promise)) continue;
    // A promise has two functions with one context.
    if (found.lookFor(context)) found.add(promise, context, REFERENCE.hidden, 0);
    found.add(context, functions.at(at), REFERENCE.hidden, 0);
    frontier.push(functions.at(at));
  }
  return frontier;
}

/** What refers to these nodes and has not been looked for; each once, as thousands of nodes may be in the same few things. */
function reachedFrom(
  nodes: readonly number[],
  found: FoundRetainers,
  goOn: (node: number) => boolean,
): number[] {
  const next: number[] = [];
  const asked = new NodeTable();
  for (const node of nodes) {
    if (found.isFull(node)) continue;
    for (let entry = found.first(node); entry !== -1; entry = found.next(entry)) {
      const retainer = found.node(entry);
      if (!found.isLookedFor(retainer) && asked.add(retainer) && goOn(retainer)) next.push(retainer);
    }
  }
  return next;
}

/** Backing stores that were come to, with the references in them. */
class Stores {
  readonly nodes: number[] = [];
  /** By store. */
  readonly references = new NodeLists();
  /** By reference: where it leads, and its offset in the store. */
  readonly targets: number[] = [];
  readonly offsets: number[] = [];

  add(store: number, target: number, offset: number): void {
    if (this.references.first(store) === -1) this.nodes.push(store);
    this.references.add(store, this.targets.length);
    this.targets.push(target);
    this.offsets.push(offset);
  }
}

/** What holds the global object says nothing of what it holds, and in each chunk there may be something that does. */
function isGlobal(objects: TaggedHeap, node: number): boolean {
  const { types } = objects.layout;
  const type = objects.type(node);
  return type === types.globalObject || type === types.globalProxy;
}

/** Calls `take` for the words that point to one of the targets, as long as these are not too many. False if not for all. */
function findReferences(
  heap: MemoryHeap,
  targets: readonly number[],
  limits: RetainerLimits,
  search: RetainerSearch,
  take: (holder: number, offset: number, target: number) => void,
): boolean {
  if (targets.length === 0) return true;
  const { objects } = heap;
  const counts = new Uint8Array(targets.length);
  const most = Math.min(255, 2 * limits.perNode);
  let total = 0;
  return search.scan(targets, (slot, index) => {
    // More than enough to see that there are too many.
    if (counts[index]! > most || total >= limits.total) return;
    const target = targets[index]!;
    const holder = search.holderOf(slot);
    if (holder === 0 || holder === target || !holds(objects, holder)) return;
    if (search.leftRegisters.has(holder)) return;
    counts[index]!++;
    total++;
    take(holder, objects.address(slot) - objects.address(holder), target);
  });
}

/** Finds the objects that the stores belong to, and adds these as retainers of what is in the stores. False if not all. */
function addOwners(
  heap: MemoryHeap,
  { nodes, references, targets, offsets }: Stores,
  limits: RetainerLimits,
  search: RetainerSearch,
  found: FoundRetainers,
): boolean {
  const { objects } = heap;
  const { elements, properties: propertiesAt } = objects.layout.object;
  for (const store of nodes) found.lookFor(store);
  return findReferences(heap, nodes, limits, search, (owner, offset, store) => {
    found.add(store, owner, REFERENCE.slot, offset);
    if (offset !== elements && offset !== propertiesAt) return;
    const kind = heap.kind(owner);
    if (kind !== 'object' && kind !== 'function') return;
    for (let at = references.first(store); at !== -1; at = references.next(at)) {
      const target = targets[references.value(at)]!;
      if (offset === elements) {
        const index = (offsets[references.value(at)]! - 16) >> 3;
        found.add(target, owner, REFERENCE.element, index);
      } else {
        const name = properties(objects, owner).find((one) => one.value === target)?.name;
        if (name !== undefined) found.addProperty(target, owner, name);
      }
    }
  });
}

/** Whether it holds elements or properties of an object. */
function isStore(objects: TaggedHeap, holder: number): boolean {
  const { types } = objects.layout;
  const type = objects.type(holder);
  return type === types.propertyArray || (type >= types.firstFixedArray && type <= types.lastFixedArray);
}

/** Whether it counts that this object refers to something: not if weakly, nor if it is of code, maps and the like. */
function holds(objects: TaggedHeap, holder: number): boolean {
  const { types } = objects.layout;
  const type = objects.type(holder);
  if (type >= types.firstReceiver) return type !== types.weakRef;
  if (type >= types.firstContext && type <= types.lastContext) return true;
  // An ephemeron table holds a value only as long as something else holds its key.
  if (type >= types.firstFixedArray && type <= types.lastFixedArray)
    return type !== types.firstFixedArray + EPHEMERONS && !isCodes(objects, type);
  return (
    type === types.propertyArray ||
    type === types.promiseReaction ||
    type === types.promiseCapability ||
    type === types.asyncGeneratorRequest ||
    type === types.sourceTextModule ||
    type === types.propertyCell ||
    type === types.contextCell ||
    type === types.accessorPair ||
    type === types.tuple2 ||
    type === types.cell
  );
}

/** EPHEMERON_HASH_TABLE_TYPE, counted from FIXED_ARRAY_TYPE. */
const EPHEMERONS = 2;

function isCodes({ layout }: TaggedHeap, type: number): boolean {
  return type === layout.types.objectBoilerplate || type === layout.types.closureFeedbackCells;
}
