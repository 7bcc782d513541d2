import { REGISTERS, type Retainer, type RetainerLimits, type Retainers } from '../await-graph/heap.js';
import { isResolvingFunction } from '../await-graph/promise-links.js';
import type { ScanHeap } from './find-suspended.js';
import type { GlobalHandles } from './global-handles.js';
import { GLOBAL_HANDLES_NODE, type MemoryHeap } from './memory-heap.js';
import { describeSlot, properties } from './objects.js';
import type { TaggedHeap } from './tagged-heap.js';

export interface RetainerSearch {
  scan: ScanHeap;
  /** The object that a word at this address belongs to; 0 if unknown. */
  holderOf(address: number): number;
  /** The suspended generators with their registers: array → generator. */
  registers: ReadonlyMap<number, number>;
  /** Registers of generators that are not suspended: what is left in them is of no use to anybody. */
  leftRegisters: ReadonlySet<number>;
  /** What is known without a search: contexts of promises, functions of contexts; in tagged pointers. */
  resolvers: Resolvers;
  /** A function was met that resolves or rejects a promise. */
  learnResolver(fn: number): void;
  /** Which of these objects C++ code has global handles to. */
  findGlobalHandles(pointers: ReadonlySet<number>): GlobalHandles;
  /** When to give up, of `performance.now()`. The first two steps are always made. */
  deadline: number;
}

/** Who can settle promises: contexts by promise, and the resolving functions by context. */
export interface Resolvers {
  contexts: ReadonlyMap<number, readonly number[]>;
  functions: ReadonlyMap<number, readonly number[]>;
}

/** Steps that tell the most: up to what holds the resolving functions. */
const ALWAYS = 3;

/** A reference that was found: the word at `address`, within `holder`, points to `target`. */
interface Hit {
  holder: number;
  address: number;
  target: number;
}

/**
 * `Heap.retainers` over memory: each step goes over the heap's words for pointers to what is looked for. Where that is in an
 * object's backing store, the words are gone over once more, for the objects that it belongs to: as in a heap snapshot,
 * they stand for the store.
 */
export function findRetainersInMemory(
  heap: MemoryHeap,
  first: Iterable<number>,
  goOn: (node: number, step: number) => boolean,
  limits: RetainerLimits,
  search: RetainerSearch,
): Retainers {
  const { objects } = heap;
  const known = new Map<number, Retainer[]>();
  const cut = new Set<number>();
  let total = 0;
  const add = (target: number, retainer: Retainer): void => {
    const list = known.get(target);
    if (!list) known.set(target, [retainer]);
    else if (list.length >= limits.perNode || total >= limits.total) {
      cut.add(target);
      return;
    } else list.push(retainer);
    total++;
  };
  let frontier = [...new Set(first)];
  for (const node of frontier) known.set(node, []);
  // Promises that nothing in JavaScript can settle may be those of C++.
  const unresolved = new Set(
    frontier.map((node) => heap.pointer(node)).filter((pointer) => !search.resolvers.contexts.has(pointer)),
  );
  const handles = search.findGlobalHandles(unresolved);
  for (const pointer of handles.found) {
    add(heap.node(pointer), { node: GLOBAL_HANDLES_NODE, type: 'internal', name: '' });
  }
  // What was not looked through may hold what settles them: then nothing is said to be abandoned.
  const unsure = new Set(handles.complete ? [] : [...unresolved].map((pointer) => heap.node(pointer)));
  for (let step = 0; step < limits.steps && frontier.length > 0; step++) {
    if (step >= ALWAYS && performance.now() > search.deadline) break;
    const wanted = new Set<number>();
    for (const node of frontier) {
      if (!known.has(node)) known.set(node, []);
      const pointer = heap.pointer(node);
      const contexts = search.resolvers.contexts.get(pointer);
      const functions = contexts ?? search.resolvers.functions.get(pointer);
      if (functions === undefined) wanted.add(pointer);
      for (const one of functions ?? []) add(node, { node: heap.node(one), type: 'internal', name: '' });
      if (contexts === undefined && functions === undefined && isResolver(heap, node))
        search.learnResolver(pointer);
    }
    const { hits, complete } = findHits(objects, wanted, limits, search);
    if (!complete) for (const pointer of wanted) unsure.add(heap.node(pointer));
    const stores = new Map<number, Hit[]>();
    for (const hit of hits) {
      const target = heap.node(hit.target);
      const generator = search.registers.get(hit.holder);
      if (generator !== undefined) {
        const registers = heap.node(hit.holder);
        add(target, { node: registers, type: 'internal', name: hit.address - hit.holder });
        known.set(registers, [{ node: heap.node(generator), type: 'internal', name: REGISTERS }]);
        continue;
      }
      add(target, { node: heap.node(hit.holder), ...describeSlot(objects, hit.holder, hit.address) });
      if (isStore(objects, hit.holder)) {
        const inStore = stores.get(hit.holder);
        if (inStore) inStore.push(hit);
        else stores.set(hit.holder, [hit]);
      }
    }
    if (stores.size > 0 && !addOwners(heap, stores, known, limits, search, add))
      for (const store of stores.keys()) unsure.add(heap.node(store));
    const next = new Set<number>();
    // The owners of the stores were found by the way.
    const reached = [...frontier, ...[...stores.keys()].map((store) => heap.node(store))];
    for (const node of reached) {
      if (cut.has(node)) continue;
      for (const retainer of known.get(node) ?? []) {
        if (!known.has(retainer.node) && goOn(retainer.node, step)) next.add(retainer.node);
      }
    }
    frontier = [...next];
  }
  for (const node of frontier) cut.add(node);
  return { of: (node) => known.get(node) ?? [], cut: (node) => cut.has(node) || unsure.has(node) };
}

function isResolver(heap: MemoryHeap, node: number): boolean {
  return heap.kind(node) === 'function' && isResolvingFunction(heap.builtin(node));
}

function findHits(
  objects: TaggedHeap,
  targets: ReadonlySet<number>,
  limits: RetainerLimits,
  search: RetainerSearch,
): { hits: Hit[]; complete: boolean } {
  const hits: Hit[] = [];
  if (targets.size === 0) return { hits, complete: true };
  const counts = new Map<number, number>();
  const complete = search.scan(targets, (address, target) => {
    const count = counts.get(target) ?? 0;
    // More than enough to see that there are too many.
    if (count > 2 * limits.perNode || hits.length >= limits.total) return;
    const holder = search.holderOf(address);
    if (holder === 0 || holder === target || !holds(objects, holder)) return;
    if (search.leftRegisters.has(holder)) return;
    counts.set(target, count + 1);
    hits.push({ holder, address, target });
  });
  return { hits, complete };
}

/** Finds the objects that the stores belong to, and adds these as retainers of what is in the stores. False if not all. */
function addOwners(
  heap: MemoryHeap,
  stores: ReadonlyMap<number, readonly Hit[]>,
  known: Map<number, Retainer[]>,
  limits: RetainerLimits,
  search: RetainerSearch,
  add: (target: number, retainer: Retainer) => void,
): boolean {
  const { objects } = heap;
  const { elements, properties: propertiesAt } = objects.layout.object;
  for (const store of stores.keys()) known.set(heap.node(store), []);
  const { hits, complete } = findHits(objects, new Set(stores.keys()), limits, search);
  for (const { holder, address, target: store } of hits) {
    const offset = address - (holder - 1);
    const owner = heap.node(holder);
    add(heap.node(store), { node: owner, ...describeSlot(objects, holder, address) });
    if (heap.kindOf(holder) !== 'object' && heap.kindOf(holder) !== 'function') continue;
    for (const hit of stores.get(store) ?? []) {
      if (offset === elements) {
        const index = (hit.address - (store - 1) - 16) / 8;
        add(heap.node(hit.target), { node: owner, type: 'element', name: index });
      } else if (offset === propertiesAt) {
        const name = properties(objects, holder).find(({ value }) => value === hit.target)?.name;
        if (name !== undefined) add(heap.node(hit.target), { node: owner, type: 'property', name });
      }
    }
  }
  return complete;
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
