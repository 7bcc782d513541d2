import type { Place, SuspensionPoint } from '../await-graph/await-graph.js';
import type {
  Found,
  Heap,
  Module,
  NodeKind,
  Nodes,
  Property,
  RetainerLimits,
  Retainers,
  Store,
  VisitReaction,
} from '../await-graph/heap.js';
import { AsyncStores } from './async-stores.js';
import {
  contextExtension,
  contextPrevious,
  contextSlots,
  contextValues,
  hasVariables,
  visitSlots,
} from './contexts.js';
import { boundTarget, contextOf, functionName } from './functions.js';
import {
  asyncFromSyncIterator,
  capabilityPromise,
  type GeneratorFields,
  generatorFields,
  moduleFields,
  visitReactions,
} from './generators.js';
import { className, numberValue, properties, property, prototypeOf } from './objects.js';
import { kindOfType } from './node-kind.js';
import { Places } from './places.js';
import { type SharedFunction, SharedFunctions } from './shared-functions.js';
import { readString } from './strings.js';
import { SuspensionPoints } from './suspension-points.js';
import type { TaggedHeap } from './tagged-heap.js';

/** Names and the like that are longer are cut off here: they are for people to read. */
const MAX_STRING = 1000;

/** What is searched for by going through memory. */
export interface MemorySearch extends Found {
  retainers(
    heap: MemoryHeap,
    first: Nodes,
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
  readonly #points: SuspensionPoints;
  readonly #stores: AsyncStores;

  constructor(
    objects: TaggedHeap,
    search: MemorySearch,
    builtins: ReadonlyMap<number, string>,
    places: Places = new Places(),
  ) {
    this.objects = objects;
    this.#functions = new SharedFunctions(objects, places);
    this.#points = new SuspensionPoints(objects, this.#functions);
    this.#stores = new AsyncStores(objects);
    this.#search = search;
    this.#builtins = builtins;
  }

  find(): Found {
    return this.#search;
  }

  retainers(first: Nodes, goOn: (node: number, step: number) => boolean, limits: RetainerLimits): Retainers {
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
    return orNone(
      name === '__proto__' ? prototypeOf(this.objects, node) : property(this.objects, node, name),
    );
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
    return contextValues(this.objects, context);
  }

  slots(context: number): number[] {
    if (context === -1 || hasVariables(this.objects, context)) return []; // a function's
    return contextSlots(this.objects, context);
  }

  hasSlot(context: number, node: number): boolean {
    if (hasVariables(this.objects, context)) return false;
    let has = false;
    visitSlots(this.objects, context, (slot) => {
      has ||= slot === node;
    });
    return has;
  }

  suspensionPoint(generator: number): SuspensionPoint {
    return this.#points.of(generator);
  }

  isPlainGenerator(generator: number): boolean {
    return this.objects.type(generator) === this.objects.layout.types.generator;
  }

  functionOf(generator: number): number {
    return orNone(this.objects.field(generator, this.objects.layout.generator.function));
  }

  registers(generator: number): number[] {
    return this.#fields(generator).registers;
  }

  visitOwnPromises(generator: number, visit: (promise: number) => void): void {
    const { objects } = this;
    const { types, generator: layout } = objects.layout;
    if (objects.type(generator) !== types.asyncFunction) {
      for (const promise of this.#fields(generator).promises) visit(promise);
      return;
    }
    const promise = objects.fieldOf(generator, layout.promise, types.promise);
    if (promise !== 0) visit(promise);
  }

  visitReactions(promise: number, visit: VisitReaction): void {
    visitReactions(this.objects, promise, (reaction, fulfill, reject, target, asyncContext) =>
      visit(
        reaction,
        this.#functionNode(fulfill),
        this.#functionNode(reject),
        this.#promiseNode(target),
        this.#objectNode(asyncContext),
      ),
    );
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
