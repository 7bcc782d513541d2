import type { Place, SuspendedKind } from '../await-graph/await-graph.js';
import type {
  Found,
  Heap,
  Module,
  NodeKind,
  Property,
  Reaction,
  RetainerLimits,
  Retainers,
  Store,
} from '../await-graph/heap.js';
import { AsyncStores } from './async-stores.js';
import { displayName } from './display-name.js';
import {
  contextExtension,
  contextPrevious,
  contextSlots,
  contextVariables,
  hasVariables,
} from './contexts.js';
import { boundTarget, contextOf, functionName } from './functions.js';
import {
  asyncFromSyncIterator,
  capabilityPromise,
  type GeneratorFields,
  generatorFields,
  generatorState,
  moduleFields,
  pendingReactions,
  type ReactionFields,
  reactionFields,
} from './generators.js';
import { className, numberValue, properties, property, prototypeOf } from './objects.js';
import { kindOfType } from './node-kind.js';
import { NodeNumbers } from './node-numbers.js';
import { Places } from './places.js';
import { type SharedFunction, SharedFunctions } from './shared-functions.js';
import { readString } from './strings.js';
import type { TaggedHeap } from './tagged-heap.js';

/** Names and the like that are longer are cut off here: they are for people to read. */
const MAX_STRING = 1000;
/** Reactions of one promise: as many as there are functions that wait for it. */
const MAX_REACTIONS = 1_000_000;

/** What is searched for by going through memory, in tagged pointers. */
export interface MemorySearch {
  generators: readonly number[];
  promises: readonly number[];
  retainers(
    heap: MemoryHeap,
    first: Iterable<number>,
    goOn: (node: number, step: number) => boolean,
    limits: RetainerLimits,
  ): Retainers;
}

/**
 * One of V8's heaps as the await graph reads it, straight from memory. A node is the number of an object's tagged pointer,
 * in the order in which they are met; Smis are nodes too.
 */
export class MemoryHeap implements Heap {
  readonly objects: TaggedHeap;
  readonly #numbers = new NodeNumbers();
  readonly #search: MemorySearch;
  /** V8's ids of builtins with their names. */
  readonly #builtins: ReadonlyMap<number, string>;
  readonly #builtinNames = new Map<SharedFunction, string>();
  readonly #functions: SharedFunctions;
  readonly #kinds: (NodeKind | undefined)[] = [];
  /** By function. */
  readonly #moduleCodes = new Map<number, number>();
  readonly #stores: AsyncStores;
  /** Of functions, by the maps of their receivers. */
  readonly #names = new Map<number, Map<number, string>>();

  constructor(
    objects: TaggedHeap,
    search: MemorySearch,
    builtins: ReadonlyMap<number, string>,
    places: Places = new Places(),
  ) {
    this.objects = objects;
    this.#functions = new SharedFunctions(objects, places);
    this.#stores = new AsyncStores(objects);
    this.#search = search;
    this.#builtins = builtins;
  }

  /** The tagged pointer of a node. */
  pointer(node: number): number {
    return this.#numbers.word(node);
  }

  /** -1 for 0. */
  node(pointer: number): number {
    return pointer === 0 ? -1 : this.#numbers.number(pointer);
  }

  find(): Found {
    const { generators, promises } = this.#search;
    return { generators: this.#nodes(generators), promises: this.#nodes(promises) };
  }

  retainers(
    first: Iterable<number>,
    goOn: (node: number, step: number) => boolean,
    limits: RetainerLimits,
  ): Retainers {
    return this.#search.retainers(this, first, goOn, limits);
  }

  kind(node: number): NodeKind {
    if (node === GLOBAL_HANDLES_NODE) return 'global handles';
    return this.kindOf(this.pointer(node));
  }

  kindOf(pointer: number): NodeKind {
    const type = this.objects.type(pointer);
    return (this.#kinds[type + 1] ??= kindOfType(this.objects.layout.types, type));
  }

  name(node: number): string {
    const pointer = this.pointer(node);
    const kind = this.kindOf(pointer);
    if (kind === 'function') return this.#functions.of(pointer)?.name ?? functionName(this.objects, pointer);
    return kind === 'object' || kind === 'async-from-sync iterator' ? className(this.objects, pointer) : '';
  }

  id(node: number): number {
    return this.pointer(node);
  }

  primitive(node: number): string | null {
    const pointer = this.pointer(node);
    if (this.kindOf(pointer) === 'string') return readString(this.objects, pointer, MAX_STRING);
    const number = numberValue(this.objects, pointer);
    return number === null ? null : String(number);
  }

  property(node: number, name: string): number {
    const pointer = this.pointer(node);
    return this.node(
      name === '__proto__' ? prototypeOf(this.objects, pointer) : property(this.objects, pointer, name),
    );
  }

  *properties(node: number): Generator<Property> {
    for (const { name, value } of properties(this.objects, this.pointer(node))) {
      if (value !== 0) yield { name, value: this.node(value) };
    }
  }

  builtin(closure: number): string {
    const pointer = this.pointer(closure);
    const shared = this.#functions.of(pointer);
    if (shared === null || shared.builtinId === -1) return '';
    let name = this.#builtinNames.get(shared);
    if (name === undefined)
      this.#builtinNames.set(shared, (name = this.#builtinName(closure, shared.builtinId)));
    return name;
  }

  #builtinName(closure: number, id: number): string {
    const known = this.#builtins.get(id);
    if (known !== undefined) return known;
    // Modules cannot be made to wait for the sake of a calibration; nothing else's context holds a module.
    const [first] = this.slots(this.contextOf(closure));
    return first !== undefined && this.kind(first) === 'module' ? 'CallAsyncModuleFulfilled' : `Builtin${id}`;
  }

  boundTarget(closure: number): number {
    return this.node(boundTarget(this.objects, this.pointer(closure)));
  }

  contextOf(closure: number): number {
    return this.node(contextOf(this.objects, this.pointer(closure)));
  }

  script(closure: number): string {
    return this.#functions.of(this.pointer(closure))?.scriptName ?? '';
  }

  location(closure: number): Place | null {
    return this.#functions.of(this.pointer(closure))?.location ?? null;
  }

  /** V8 keeps it in the place of the function's hash (20.20 to 26.10). */
  elementIndex(closure: number): number | null {
    const { objects } = this;
    const hash = objects.field(this.pointer(closure), objects.layout.object.properties);
    if (hash === 0 || !objects.isSmi(hash)) return null;
    const index = objects.smi(hash) - 1;
    return index < 0 ? null : index;
  }

  extension(context: number): number {
    return this.node(contextExtension(this.objects, this.pointer(context)));
  }

  previous(context: number): number {
    return this.node(contextPrevious(this.objects, this.pointer(context)));
  }

  variables(context: number): number[] {
    const variables = contextVariables(this.objects, this.pointer(context));
    return this.#nodes(variables.map(({ value }) => value).filter((value) => this.objects.isObject(value)));
  }

  slots(context: number): number[] {
    if (context === -1) return [];
    const pointer = this.pointer(context);
    if (hasVariables(this.objects, pointer)) return []; // a function's
    return this.#nodes(contextSlots(this.objects, pointer));
  }

  generatorKind(generator: number): SuspendedKind {
    const { types } = this.objects.layout;
    const pointer = this.pointer(generator);
    const type = this.objects.type(pointer);
    if (type === types.asyncGenerator) return 'async generator';
    if (type === types.generator) return 'generator';
    // A module's code is the generator object that runs it.
    return this.#moduleCode(this.#field(pointer, 'function')) === pointer ? 'module' : 'async function';
  }

  /** The generator of the module in whose scope a function stands; 0 if it stands in another scope. */
  #moduleCode(fn: number): number {
    const node = this.node(fn);
    let code = this.#moduleCodes.get(node);
    if (code === undefined) {
      const scope = contextOf(this.objects, fn);
      const module = scope === 0 ? 0 : contextExtension(this.objects, scope);
      this.#moduleCodes.set(node, (code = moduleFields(this.objects, module)?.generator ?? 0));
    }
    return code;
  }

  functionOf(generator: number): number {
    return this.node(this.#field(this.pointer(generator), 'function'));
  }

  displayName(generator: number): string {
    const pointer = this.pointer(generator);
    // Of methods of the same class it is the same, but for the odd one that has been put into single objects.
    const fn = this.node(this.#field(pointer, 'function'));
    const map = this.node(this.objects.map(this.#field(pointer, 'receiver')));
    let names = this.#names.get(fn);
    if (!names) this.#names.set(fn, (names = new Map()));
    let name = names.get(map);
    if (name === undefined) names.set(map, (name = displayName(this.objects, pointer)));
    return name;
  }

  receiver(generator: number): number {
    return this.node(this.#field(this.pointer(generator), 'receiver'));
  }

  registers(generator: number): number[] {
    return this.#nodes(this.#fields(this.pointer(generator)).registers);
  }

  ownPromises(generator: number): number[] {
    const { objects } = this;
    const pointer = this.pointer(generator);
    if (objects.type(pointer) !== objects.layout.types.asyncFunction)
      return this.#nodes(this.#fields(pointer).promises);
    const { types, generator: layout } = objects.layout;
    const promise = objects.fieldOf(pointer, layout.promise, types.promise);
    return promise === 0 ? [] : [this.node(promise)];
  }

  position(generator: number): Place | null {
    const pointer = this.pointer(generator);
    const state = generatorState(this.objects, pointer);
    if (state === null || state.continuation < 0 || state.bytecodeOffset === -1) return null;
    return this.#functions.of(this.#field(pointer, 'function'))?.position(state.bytecodeOffset) ?? null;
  }

  reactions(promise: number): readonly Reaction[] {
    let pointer = pendingReactions(this.objects, this.pointer(promise));
    let reactions: Reaction[] = NO_REACTIONS;
    for (let left = MAX_REACTIONS; pointer > 0 && left > 0; left--) {
      const fields = reactionFields(this.objects, pointer);
      if (fields === null) break;
      const reaction = this.#reaction(pointer, fields);
      // Most promises have one: an array that is made for it has room for no more.
      if (reactions === NO_REACTIONS) reactions = [reaction];
      else reactions.push(reaction);
      pointer = fields.next;
    }
    return reactions;
  }

  #reaction(pointer: number, fields: ReactionFields): Reaction {
    return {
      node: this.node(pointer),
      fulfill: this.#functionNode(fields.fulfill),
      reject: this.#functionNode(fields.reject),
      derived: this.#promiseNode(fields.promiseOrCapability),
      asyncContext: this.#objectNode(fields.asyncContext),
    };
  }

  capabilityPromise(capability: number): number {
    return this.#promiseNode(capabilityPromise(this.objects, this.pointer(capability)));
  }

  module(module: number): Module {
    const fields = moduleFields(this.objects, this.pointer(module));
    if (!fields) return { promise: -1, parents: [] };
    return { promise: this.#promiseNode(fields.topLevelPromise), parents: this.#nodes(fields.asyncParents) };
  }

  syncIterator(iterator: number): number {
    return this.node(asyncFromSyncIterator(this.objects, this.pointer(iterator)));
  }

  /** The program's strings are not read. */
  storeName(store: number): string {
    const kind = this.kind(store);
    return kind === 'object' || kind === 'function' ? this.name(store) : kind;
  }

  stores(holder: number): readonly Store[] {
    const stores = this.#stores.of(this.pointer(holder));
    if (stores.length === 0) return NOTHING;
    return stores.map(({ storage, store }) => ({ storage: this.node(storage), store: this.node(store) }));
  }

  #field(generator: number, name: 'function' | 'receiver'): number {
    return this.objects.field(generator, this.objects.layout.generator[name]);
  }

  #fields(generator: number): GeneratorFields {
    return generatorFields(this.objects, generator) ?? NO_FIELDS;
  }

  #nodes(pointers: readonly number[]): number[] {
    const nodes: number[] = [];
    // By index: iterators of lists of addresses make an object of each.
    for (let at = 0; at < pointers.length; at++) {
      if (pointers[at] !== 0) nodes.push(this.#numbers.number(pointers[at]!));
    }
    return nodes;
  }

  #functionNode(pointer: number): number {
    return pointer !== 0 && this.kindOf(pointer) === 'function' ? this.node(pointer) : -1;
  }

  #objectNode(pointer: number): number {
    return pointer !== 0 && this.kindOf(pointer) === 'object' ? this.node(pointer) : -1;
  }

  /** Behind its capability, if there is one. */
  #promiseNode(pointer: number): number {
    if (pointer === 0) return -1;
    const kind = this.kindOf(pointer);
    if (kind === 'capability') return this.#objectNode(capabilityPromise(this.objects, pointer));
    return kind === 'object' ? this.node(pointer) : -1;
  }
}

/** The one node that is no address. */
export const GLOBAL_HANDLES_NODE = 2 ** 31 - 1;

const NOTHING: readonly never[] = [];
const NO_REACTIONS: Reaction[] = [];

const NO_FIELDS: GeneratorFields = {
  kind: 'generator',
  function: 0,
  receiver: 0,
  context: 0,
  registers: [],
  promises: [],
  requests: [],
  isAwaiting: false,
};
