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
  visitReactions,
} from './generators.js';
import { className, numberValue, properties, property, prototypeOf } from './objects.js';
import { kindOfType } from './node-kind.js';
import { Places } from './places.js';
import { type SharedFunction, SharedFunctions } from './shared-functions.js';
import { readString } from './strings.js';
import type { TaggedHeap } from './tagged-heap.js';

/** Names and the like that are longer are cut off here: they are for people to read. */
const MAX_STRING = 1000;

/** What is searched for by going through memory. */
export interface MemorySearch extends Found {
  retainers(
    heap: MemoryHeap,
    first: Iterable<number>,
    goOn: (node: number, step: number) => boolean,
    limits: RetainerLimits,
  ): Retainers;
}

/**
 * One of V8's heaps as the await graph reads it, straight from memory: its nodes are those of {@link TaggedHeap}, and small integers
 * its values.
 */
export class MemoryHeap implements Heap {
  readonly objects: TaggedHeap;
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

  find(): Found {
    return this.#search;
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
    const type = this.objects.type(node);
    return (this.#kinds[type + 1] ??= kindOfType(this.objects.layout.types, type));
  }

  name(node: number): string {
    const kind = this.kind(node);
    if (kind === 'function') return this.#functions.of(node)?.name ?? functionName(this.objects, node);
    return kind === 'object' || kind === 'async-from-sync iterator' ? className(this.objects, node) : '';
  }

  id(node: number): number {
    return node;
  }

  primitive(node: number): string | null {
    if (this.kind(node) === 'string') return readString(this.objects, node, MAX_STRING);
    const number = numberValue(this.objects, node);
    return number === null ? null : String(number);
  }

  property(node: number, name: string): number {
    return orNone(name === '__proto__' ? prototypeOf(this.objects, node) : property(this.objects, node, name));
  }

  *properties(node: number): Generator<Property> {
    for (const { name, value } of properties(this.objects, node)) if (value !== 0) yield { name, value };
  }

  builtin(closure: number): string {
    const shared = this.#functions.of(closure);
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
    return orNone(boundTarget(this.objects, closure));
  }

  contextOf(closure: number): number {
    return orNone(contextOf(this.objects, closure));
  }

  script(closure: number): string {
    return this.#functions.of(closure)?.scriptName ?? '';
  }

  location(closure: number): Place | null {
    return this.#functions.of(closure)?.location ?? null;
  }

  /** V8 keeps it in the place of the function's hash (20.20 to 26.10). */
  elementIndex(closure: number): number | null {
    const { objects } = this;
    const index = objects.smiField(closure, objects.layout.object.properties, 0) - 1;
    return index < 0 ? null : index;
  }

  extension(context: number): number {
    return orNone(contextExtension(this.objects, context));
  }

  previous(context: number): number {
    return orNone(contextPrevious(this.objects, context));
  }

  variables(context: number): number[] {
    const variables = contextVariables(this.objects, context);
    return variables.map(({ value }) => value).filter((value) => this.objects.isObject(value));
  }

  slots(context: number): number[] {
    if (context === -1 || hasVariables(this.objects, context)) return []; // a function's
    return contextSlots(this.objects, context);
  }

  generatorKind(generator: number): SuspendedKind {
    const { types } = this.objects.layout;
    const type = this.objects.type(generator);
    if (type === types.asyncGenerator) return 'async generator';
    if (type === types.generator) return 'generator';
    // A module's code is the generator object that runs it.
    return this.#moduleCode(this.#field(generator, 'function')) === generator ? 'module' : 'async function';
  }

  /** The generator of the module in whose scope a function stands; 0 if it stands in another scope. */
  #moduleCode(fn: number): number {
    let code = this.#moduleCodes.get(fn);
    if (code === undefined) {
      const scope = contextOf(this.objects, fn);
      const module = scope === 0 ? 0 : contextExtension(this.objects, scope);
      this.#moduleCodes.set(fn, (code = moduleFields(this.objects, module)?.generator ?? 0));
    }
    return code;
  }

  functionOf(generator: number): number {
    return orNone(this.#field(generator, 'function'));
  }

  displayName(generator: number): string {
    // Of methods of the same class it is the same, but for the odd one that has been put into single objects.
    const fn = this.#field(generator, 'function');
    const map = this.objects.map(this.#field(generator, 'receiver'));
    let names = this.#names.get(fn);
    if (!names) this.#names.set(fn, (names = new Map()));
    let name = names.get(map);
    if (name === undefined) names.set(map, (name = displayName(this.objects, generator)));
    return name;
  }

  receiver(generator: number): number {
    return orNone(this.#field(generator, 'receiver'));
  }

  registers(generator: number): number[] {
    return this.#fields(generator).registers;
  }

  ownPromises(generator: number): number[] {
    const { objects } = this;
    const { types, generator: layout } = objects.layout;
    if (objects.type(generator) !== types.asyncFunction) return this.#fields(generator).promises;
    const promise = objects.fieldOf(generator, layout.promise, types.promise);
    return promise === 0 ? [] : [promise];
  }

  position(generator: number): Place | null {
    const state = generatorState(this.objects, generator);
    if (state === null || state.continuation < 0 || state.bytecodeOffset === -1) return null;
    return this.#functions.of(this.#field(generator, 'function'))?.position(state.bytecodeOffset) ?? null;
  }

  reactions(promise: number): readonly Reaction[] {
    let reactions: Reaction[] = NO_REACTIONS;
    visitReactions(this.objects, pendingReactions(this.objects, promise), (fields, node) => {
      const reaction = this.#reaction(node, fields);
      // Most promises have one: an array that is made for it has room for no more.
      if (reactions === NO_REACTIONS) reactions = [reaction];
      else reactions.push(reaction);
    });
    return reactions;
  }

  #reaction(node: number, fields: ReactionFields): Reaction {
    return {
      node,
      fulfill: this.#functionNode(fields.fulfill),
      reject: this.#functionNode(fields.reject),
      derived: this.#promiseNode(fields.promiseOrCapability),
      asyncContext: this.#objectNode(fields.asyncContext),
    };
  }

  capabilityPromise(capability: number): number {
    return this.#promiseNode(capabilityPromise(this.objects, capability));
  }

  module(module: number): Module {
    const fields = moduleFields(this.objects, module);
    if (!fields) return { promise: -1, parents: [] };
    return { promise: this.#promiseNode(fields.topLevelPromise), parents: fields.asyncParents };
  }

  syncIterator(iterator: number): number {
    return orNone(asyncFromSyncIterator(this.objects, iterator));
  }

  /** The program's strings are not read. */
  storeName(store: number): string {
    const kind = this.kind(store);
    return kind === 'object' || kind === 'function' ? this.name(store) : kind;
  }

  stores(holder: number): readonly Store[] {
    const stores = this.#stores.of(holder);
    if (stores.length === 0) return NOTHING;
    return stores.map(({ storage, store }) => ({ storage: orNone(storage), store }));
  }

  #field(generator: number, name: 'function' | 'receiver'): number {
    return this.objects.field(generator, this.objects.layout.generator[name]);
  }

  #fields(generator: number): GeneratorFields {
    return generatorFields(this.objects, generator) ?? NO_FIELDS;
  }

  #functionNode(object: number): number {
    return object !== 0 && this.kind(object) === 'function' ? object : -1;
  }

  #objectNode(object: number): number {
    return object !== 0 && this.kind(object) === 'object' ? object : -1;
  }

  /** Behind its capability, if there is one. */
  #promiseNode(object: number): number {
    if (object === 0) return -1;
    const kind = this.kind(object);
    if (kind === 'capability') return this.#objectNode(capabilityPromise(this.objects, object));
    return kind === 'object' ? object : -1;
  }
}

/** As the graph's interface has it. */
function orNone(node: number): number {
  return node === 0 ? -1 : node;
}

/** The one node that is no word. */
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
