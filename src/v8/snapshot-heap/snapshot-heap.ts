import type { Place, SuspensionPoint } from '../await-graph/await-graph.js';
import { describeFunction } from '../await-graph/functions.js';
import {
  type Found,
  type Heap,
  type Module,
  type NodeKind,
  type Nodes,
  type Property,
  REGISTERS,
  type RetainerLimits,
  type Retainers,
  type Store,
  type VisitReaction,
} from '../await-graph/heap.js';
import { suspensionPoint } from '../await-graph/suspension-points.js';
import type { HeapGraph } from '../heap-graph.js';
import { nameWithReceiver } from './display-name.js';
import { findGenerators } from './find-generators.js';
import { placeOf, scriptOf } from './functions.js';
import { generatorKind, ownPromises, syncIterator } from './generators.js';
import { type Held, readHeld } from './held.js';
import { HeapWords } from './heap-words.js';
import { MODULE, readModule } from './modules.js';
import { CAPABILITY, capabilityPromise, REACTION, ReactionReader } from './reactions.js';
import { findRetainers } from './retainers.js';
import { storesOf } from './stores.js';

/** Kinds of nodes by the names that V8 gives them in a snapshot (20.20 to 26.10). */
const KINDS: ReadonlyMap<string, NodeKind> = new Map([
  ['system / Context', 'context'],
  ['system / ScriptContextTable', 'script context table'],
  [REACTION, 'reaction'],
  [CAPABILITY, 'capability'],
  [MODULE, 'module'],
  ['Async-from-Sync Iterator', 'async-from-sync iterator'],
  ['(Global handles)', 'global handles'],
]);

/** Followed by the URL of the page or the like. */
const NATIVE_CONTEXT = 'system / NativeContext';

export interface SnapshotHeapOptions {
  /** The heap object id of an array of functions held for the sake of positions. */
  held?: number;
}

/**
 * A heap snapshot as the await graph reads it: taken with `exposeInternals`, and with `captureNumericValue` for the delays
 * of timers and the like. One pass over the nodes, and one over the edges for each step of `retainers`.
 *
 * What snapshots lack are small integers: exact positions and the indices of combinators.
 */
export class SnapshotHeap implements Heap {
  readonly held: Held;
  readonly #words: HeapWords;
  readonly #found: Found;
  readonly #firstReactions: ReadonlyMap<number, number>;
  readonly #reactions: ReactionReader;

  constructor(graph: HeapGraph, options: SnapshotHeapOptions = {}) {
    const words = new HeapWords(graph);
    const { generators, promises, reactions, held } = findGenerators(words, options.held ?? -1);
    this.#words = words;
    this.#found = { generators, promises };
    this.#firstReactions = new Map(promises.map((promise, at) => [promise, reactions[at]!]));
    this.#reactions = new ReactionReader(words, reactions);
    this.held = readHeld(words, held);
  }

  find(): Found {
    return this.#found;
  }

  retainers(first: Nodes, goOn: (node: number, step: number) => boolean, limits: RetainerLimits): Retainers {
    return findRetainers(this.#words, first, goOn, limits, this.held.own);
  }

  kind(node: number): NodeKind {
    const { heap, closureType, objectType, stringType } = this.#words;
    const type = heap.nodeType(node);
    if (type === closureType) return 'function';
    if (type === stringType) return 'string';
    const name = heap.nodeName(node);
    const kind = KINDS.get(name);
    if (kind !== undefined) return kind;
    if (name.startsWith(NATIVE_CONTEXT)) return 'native context';
    return type === objectType ? 'object' : 'other';
  }

  name(node: number): string {
    return this.#words.heap.nodeName(node);
  }

  id(node: number): number {
    return this.#words.heap.nodeId(node);
  }

  primitive(node: number): string | null {
    return this.#words.primitive(node);
  }

  property(node: number, name: string): number {
    return this.#words.prop(node, name);
  }

  *properties(node: number): Generator<Property> {
    const { heap, property } = this.#words;
    for (let edge = heap.firstEdge(node); edge < heap.firstEdge(node + 1); edge++) {
      if (heap.edgeType(edge) !== property) continue;
      yield { name: heap.string(heap.edgeName(edge)), value: heap.edgeTarget(edge) };
    }
  }

  builtin(closure: number): string {
    return this.#words.builtin(closure);
  }

  boundTarget(closure: number): number {
    return this.#words.slot(closure, 'bound_function');
  }

  contextOf(closure: number): number {
    return this.#words.slot(closure, 'context');
  }

  script(closure: number): string {
    return scriptOf(this.#words, closure);
  }

  location(closure: number): Place | null {
    return placeOf(this.#words, closure);
  }

  elementIndex(): number | null {
    return null;
  }

  extension(context: number): number {
    return this.#words.slot(context, 'extension');
  }

  previous(context: number): number {
    return this.#words.slot(context, 'previous');
  }

  variables(context: number): number[] {
    return this.#words.targets(context, this.#words.context);
  }

  /** Without names they are hidden edges. */
  slots(context: number): number[] {
    return this.#words.targets(context, this.#words.hidden);
  }

  hasSlot(context: number, node: number): boolean {
    return this.slots(context).includes(node);
  }

  /** Each has its own: V8 is asked for its place later, see `snapshot-questions/positions.ts`. */
  suspensionPoint(generator: number): SuspensionPoint {
    const fn = describeFunction(this, this.functionOf(generator));
    const receiver = this.#words.slot(generator, 'receiver');
    const displayName = nameWithReceiver(this, receiver, fn.functionName);
    return suspensionPoint({ kind: generatorKind(this.#words, generator), fn, displayName, position: null });
  }

  isPlainGenerator(generator: number): boolean {
    return generatorKind(this.#words, generator) === 'generator';
  }

  functionOf(generator: number): number {
    return this.#words.slot(generator, 'function');
  }

  registers(generator: number): number[] {
    const registers = this.#words.slot(generator, REGISTERS);
    return registers === -1 ? [] : this.#words.targets(registers);
  }

  visitOwnPromises(generator: number, visit: (promise: number) => void): void {
    for (const promise of ownPromises(this.#words, generator)) visit(promise);
  }

  visitReactions(promise: number, visit: VisitReaction): void {
    const first = this.#firstReactions.get(promise);
    if (first !== undefined) this.#reactions.visit(first, visit);
  }

  capabilityPromise(capability: number): number {
    return capabilityPromise(this.#words, capability);
  }

  module(module: number): Module {
    return readModule(this.#words, module);
  }

  syncIterator(iterator: number): number {
    return syncIterator(this.#words, iterator);
  }

  storeName(store: number): string {
    return this.#words.heap.nodeName(store);
  }

  stores(holder: number): Store[] {
    return storesOf(this.#words, holder);
  }
}
