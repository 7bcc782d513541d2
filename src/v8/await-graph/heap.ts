import type { Place, SuspensionPoint } from './await-graph.js';

/**
 * One of V8's heaps, as far as the await graph asks about it, whoever reads it: a heap snapshot, or memory.
 *
 * A node is a value of the heap: an object, one of V8's own, a string, a number. It is a small integer of the reader's choice,
 * never negative, and the same value always has the same. -1 stands for "there is none", where the reader cannot tell, too;
 * it is answered, never asked about. A reader may find nodes when it is asked about them: nothing here goes over all nodes or
 * edges but {@link Heap.find} and {@link Heap.retainers}.
 *
 * Nothing throws for what the heap holds. The lists are of bounded length and have no -1 in them.
 */
export interface Heap {
  /** What the graph begins with. In an order of its own, but always in the same. */
  find(): Found;
  /**
   * What refers to these nodes, and to what does so, and so on. `goOn` says of a retainer that came up in a step, from 0,
   * whether its own retainers are looked for in the next. Weak references count for nothing, nor do those of code, maps,
   * strings and what is there for the reader's own sake; global handles (a node of their kind) do where they lead to one of
   * the first nodes.
   */
  retainers(first: Nodes, goOn: (node: number, step: number) => boolean, limits: RetainerLimits): Retainers;

  kind(node: number): NodeKind;
  /** The class of an object, as V8 names it (its constructor); of a function its name, empty for anonymous ones. */
  name(node: number): string;
  /** Tells an object from others: for a snapshot V8's heap object id. */
  id(node: number): number;
  /** A string's text, a number in decimal; `null` of all else. */
  primitive(node: number): string | null;
  /** An object's own property, or its prototype as `__proto__`. Symbols are named `<symbol DESCRIPTION>`. */
  property(node: number, name: string): number;
  /** An object's own properties with names, in V8's order. */
  properties(node: number): Iterable<Property>;

  // Functions: nodes of the kind `function`; or other callable objects (proxies), of which there is nothing to tell.

  /** The name of V8's builtin that it runs, such as `PromiseCapabilityDefaultResolve`; empty for functions with a script. */
  builtin(closure: number): string;
  /** What a bound function calls; -1 for all others. */
  boundTarget(closure: number): number;
  contextOf(closure: number): number;
  /** What its script was loaded as: a URL, a path; empty if it has none. */
  script(closure: number): string;
  /** Where it begins: the parenthesis of its parameters, as V8 counts. */
  location(closure: number): Place | null;
  /** Of the callbacks of `Promise.all`, `allSettled` and `any`: which of the promises, from 0. `null` where the reader cannot tell. */
  elementIndex(closure: number): number | null;

  // Contexts: nodes of the kinds `context` and `native context`.

  /** What the context is for: the generator of an `await`'s callback (20.20 to 26.10), the module of a module's scope. */
  extension(context: number): number;
  previous(context: number): number;
  /** The values of the variables of a function's scope, those that are heap objects; none for contexts of V8's builtins. */
  variables(context: number): readonly number[];
  /** What V8's builtins keep in a context of theirs, in its order, heap objects only; there are no names for it. */
  slots(context: number): readonly number[];
  /** Whether a node is among these. */
  hasSlot(context: number, node: number): boolean;

  // Generator objects, suspended: those of `find`.

  /** What it is and where it waits; the same object for those that are alike, as far as the reader can tell. */
  suspensionPoint(generator: number): SuspensionPoint;
  functionOf(generator: number): number;
  /** Whether it is a plain generator, which nothing of V8's resumes. */
  isPlainGenerator(generator: number): boolean;
  /** Its parameters and registers, heap objects only, in their order. */
  registers(generator: number): readonly number[];
  /** Visits the promises that it settles: that of the async function, those asked of an async generator in the order of the requests. */
  visitOwnPromises(generator: number, visit: (promise: number) => void): void;

  // What stands between functions.

  /** Visits the reactions of a pending promise, as V8 lists them: the latest first. */
  visitReactions(promise: number, visit: VisitReaction): void;
  /** The promise of a node of the kind `capability`. */
  capabilityPromise(capability: number): number;
  /** Of a node of the kind `module`. */
  module(module: number): Module;
  /** What a node of the kind `async-from-sync iterator` goes over: a generator, or another object. */
  syncIterator(iterator: number): number;
  /** The stores of AsyncLocalStorages that an AsyncContextFrame holds (from Node 24), or a promise (20.20, 22.23). */
  stores(holder: number): readonly Store[];
  /** What a store is, for people: the class of an object; a string itself, where the reader may read what the program's strings say. */
  storeName(store: number): string;
}

/** What a node is; `object` are those of JavaScript which are none of the others. */
export type NodeKind =
  | 'object'
  | 'function'
  | 'string'
  | 'context' // of a function, a module, a block, a builtin
  | 'native context'
  | 'script context table'
  | 'reaction' // PromiseReaction
  | 'capability' // PromiseCapability
  | 'module' // SourceTextModule
  | 'async-from-sync iterator'
  | 'global handles' // of C++ code, all of them in one node
  | 'other';

export interface Found {
  /** Generator objects that are suspended. */
  generators: Nodes;
  /** Promises that are pending and have reactions. */
  promises: Nodes;
}

export type Nodes = ArrayLike<number> & Iterable<number>;

/**
 * Gets a PromiseReaction, taken apart; -1 for what it does not have.
 *
 * @param derived the promise that the callbacks' outcome settles, behind its capability if there is one
 * @param asyncContext from Node 24 on: the AsyncContextFrame
 */
export type VisitReaction = (
  reaction: number,
  fulfill: number,
  reject: number,
  derived: number,
  asyncContext: number,
) => void;

export interface Module {
  /** That of its evaluation, which `import()` gives; -1 if nobody asked for it. */
  promise: number;
  /** The modules that wait for this one. */
  parents: readonly number[];
}

export interface Store {
  /** The AsyncLocalStorage; -1 where the heap does not tell which it is. */
  storage: number;
  /** An object or a primitive value, not `undefined`. */
  store: number;
}

export interface Property {
  name: string;
  value: number;
}

export type ReferenceType = 'property' | 'element' | 'context' | 'internal';

export const REGISTERS = 'parameters_and_registers';

export interface RetainerLimits {
  /** How far from the first nodes. Each step is a pass over the heap. */
  steps: number;
  /** A node with more retainers than that is common property, and says nothing: it has no more of them. */
  perNode: number;
  total: number;
}

/** What refers to nodes, and by what: a list of entries for each node, which are numbers. */
export interface Retainers {
  /** The first entry of a node; -1 if there is none, or its retainers were not looked for. */
  first(node: number): number;
  /** The entry behind another; -1 if that was the last. */
  next(entry: number): number;
  /** What refers to the node. */
  node(entry: number): number;
  type(entry: number): ReferenceType;
  /**
   * The name of a property or of a variable, the index of an element; of an internal field V8's name or any other word or
   * number. A generator's reference to its registers is the internal one with the name {@link REGISTERS}.
   */
  name(entry: number): string | number;
  /** The node's list is not whole. */
  cut(node: number): boolean;
}
