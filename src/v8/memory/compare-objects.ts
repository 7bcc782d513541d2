import { readStoreIds } from './anchor.js';
import { builtinId, contextOf } from './functions.js';
import {
  capabilityPromise,
  generatorFields,
  generatorState,
  promiseFields,
  reactionFields,
} from './generators.js';
import { expectedStrings, KNOWN_BUILTINS, KNOWN_PROPERTIES, type KnownObjects } from './known-objects.js';
import { Mismatch } from './mismatch.js';
import {
  className,
  elements,
  mapEntries,
  numberValue,
  properties,
  property,
  receiverName,
  weakRefTarget,
} from './objects.js';
import { readString } from './strings.js';
import type { TaggedHeap } from './tagged-heap.js';

/** More than any string, list or table here has. */
const LIMIT = 1000;

/** Compares what is read of known objects with what they are. All but the functions among them. */
export class ObjectComparison {
  readonly #heap: TaggedHeap;
  readonly #known: number;
  readonly #expected: KnownObjects;

  /** @param known the known objects */
  constructor(heap: TaggedHeap, known: number, expected: KnownObjects) {
    this.#heap = heap;
    this.#known = known;
    this.#expected = expected;
  }

  /** What a property of the known objects holds, or one of what it holds… */
  at(...path: string[]): number {
    let object = this.#known;
    for (const name of path) object = property(this.#heap, object, name);
    if (this.#heap.type(object) < this.#heap.layout.types.firstReceiver)
      throw new Mismatch(`the property ${path.join('.')} was misread`);
    return object;
  }

  compare(receiverNames: readonly string[]): void {
    this.#compareValues();
    this.#compareProperties();
    this.#compareCollections();
    this.#comparePromises();
    this.#compareGenerators();
    this.#compareReceivers(receiverNames);
  }

  /** V8's ids of the builtins, with their names. */
  builtins(): Map<number, string> {
    const builtins = new Map<number, string>();
    for (const [at, fn] of elements(this.#heap, this.at('builtins'), LIMIT).entries()) {
      const id = builtinId(this.#heap, fn);
      const name = KNOWN_BUILTINS[at];
      if (id < 0 || name === undefined) throw new Mismatch('functions of V8 were misread');
      builtins.set(id, name);
    }
    if (builtins.size !== KNOWN_BUILTINS.length) throw new Mismatch('functions of V8 were not told apart');
    return builtins;
  }

  #compareValues(): void {
    const heap = this.#heap;
    const expected = this.#expected;
    const field = (name: keyof KnownObjects): number => property(heap, this.#known, name);
    if (numberValue(heap, field('double')) !== expected.double) throw new Mismatch('a number was misread');
    if (readString(heap, field('text'), LIMIT) !== expected.text) throw new Mismatch('a string was misread');
    const strings = this.at('strings');
    for (const [kind, text] of Object.entries(expectedStrings(expected.number))) {
      if (readString(heap, property(heap, strings, kind), LIMIT) !== text)
        throw new Mismatch(`a string (${kind}) was misread`);
    }
    const kinds: [string, number][] = [
      ['cons', 1],
      ['sliced', 3],
      ['thin', 5],
    ];
    // A collection meanwhile may have made it flat.
    for (const [kind, representation] of kinds) {
      if ((heap.type(property(heap, strings, kind)) & 7) !== representation)
        throw new Mismatch(`a string (${kind}) is of another kind`);
    }
    if (weakRefTarget(heap, this.at('weak')) !== this.at('store'))
      throw new Mismatch('a WeakRef was misread');
  }

  #compareProperties(): void {
    const heap = this.#heap;
    const store = this.at('store');
    const namesOf = (name: string): string =>
      properties(heap, this.at(name))
        .map((one) => one.name)
        .join();
    if (namesOf('short') !== 'p0,p1' || namesOf('longer') !== 'p0,p1,p2,p3')
      throw new Mismatch('the properties of an object were misread');
    for (const kind of ['fast', 'dictionary'] as const) {
      const object = this.at(kind);
      const found = properties(heap, object);
      const names = found.map(({ name }) => name);
      const expected = [...KNOWN_PROPERTIES];
      if (names.sort().join() !== expected.sort().join())
        throw new Mismatch(`the properties of an object (${kind}) were misread as ${names.join()}`);
      for (const { name, value } of found) {
        const index = /^p(\d+)$/.exec(name)?.[1];
        const even = index === undefined ? name !== 'last' : Number(index) % 2 === 0;
        const right = even
          ? value === store
          : numberValue(heap, value) === (index === undefined ? 1.5 : Number(index));
        if (!right) throw new Mismatch(`a property of an object (${kind}) was misread`);
      }
    }
    this.#compareGlobal();
  }

  #compareGlobal(): void {
    const heap = this.#heap;
    const global = this.at('global');
    const names = new Set(properties(heap, global).map(({ name }) => name));
    for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(globalThis))) {
      if (names.has(name) !== 'value' in descriptor) throw new Mismatch('the global object was misread');
    }
    if (property(heap, global, 'Promise') !== this.at('promiseConstructor'))
      throw new Mismatch('a property of the global object was misread');
  }

  #compareCollections(): void {
    const heap = this.#heap;
    const store = this.at('store');
    const other = this.at('other');
    const [ids] = readStoreIds(heap, { registries: [this.at('registry')] });
    const text = property(heap, this.#known, 'text');
    if (
      ids?.storage !== store ||
      ids.ids.size !== 3 ||
      ids.ids.get(store) !== 7 ||
      ids.ids.get(other) !== 8 ||
      ids.ids.get(text) !== 9
    )
      throw new Mismatch('a table of stores was misread');
    const entries = mapEntries(heap, this.at('map'), LIMIT);
    const right =
      entries.length === 2 &&
      entries[0]![0] === store &&
      entries[0]![1] === other &&
      entries[1]![0] === other;
    if (!right || readString(heap, entries[1]![1], LIMIT) !== 'text') throw new Mismatch('a Map was misread');
    if (elements(heap, this.at('array'), LIMIT).join() !== [store, other].join())
      throw new Mismatch('an array was misread');
  }

  #comparePromises(): void {
    const heap = this.#heap;
    const at = (name: string): number => this.at('promises', name);
    const store = this.at('store');
    const state = (name: string): string => {
      const fields = promiseFields(heap, at(name));
      return `${fields?.state} ${fields?.result === store} ${(fields?.reactions ?? 0) !== 0}`;
    };
    const states = ['pending', 'idle', 'fulfilled', 'rejected'].map(state).join();
    if (states !== 'pending false true,pending false false,fulfilled true false,rejected true false')
      throw new Mismatch(`the states of promises were misread (${states})`);
    const later = reactionFields(heap, promiseFields(heap, at('pending'))!.reactions);
    const first = reactionFields(heap, later?.next ?? 0);
    const [yes, no] = [at('onFulfilled'), at('onRejected')];
    const reactions = [later, first].map((one) =>
      [one?.fulfill, one?.reject, one?.promiseOrCapability].join(),
    );
    const expected = [[no, yes, at('laterDerived')].join(), [yes, no, at('derived')].join()];
    if (reactions.join() !== expected.join() || first?.next !== 0)
      throw new Mismatch('what waits for a promise was misread');
    const inSubclass = reactionFields(heap, promiseFields(heap, at('inSubclass'))?.reactions ?? 0);
    if (capabilityPromise(heap, inSubclass?.promiseOrCapability ?? 0) !== at('subclassDerived'))
      throw new Mismatch('what waits for a promise of another class was misread');
  }

  #compareGenerators(): void {
    const heap = this.#heap;
    const queued = generatorFields(heap, this.at('script', 'generator'));
    const running = elements(heap, this.at('script', 'running'), LIMIT);
    const own = elements(heap, this.at('script', 'requests'), LIMIT);
    // Those before are of the functions that wait for them.
    if (
      queued?.kind !== 'asyncGenerator' ||
      !queued.isAwaiting ||
      queued.promises.length !== 5 ||
      queued.promises.slice(3).join() !== own.join() ||
      !own.every((promise) => running.includes(promise))
    )
      throw new Mismatch('the requests of an async generator were misread');
    const yielding = generatorFields(heap, this.at('script', 'yielding'));
    if (yielding?.kind !== 'asyncGenerator' || yielding.isAwaiting || yielding.requests.length !== 0)
      throw new Mismatch('an async generator was misread');
    const plain = generatorFields(heap, this.at('script', 'plain'));
    // It has no variables in a scope of its own.
    if (
      plain?.kind !== 'generator' ||
      plain.promises.length !== 0 ||
      plain.context !== contextOf(heap, plain.function)
    )
      throw new Mismatch('a generator was misread');
    const stateOf = (name: string): number | undefined =>
      generatorState(heap, this.at('script', name))?.continuation;
    if (!((stateOf('plain') ?? 0) > 0) || stateOf('ended') !== -1)
      throw new Mismatch('the states of generators were misread');
  }

  #compareReceivers(names: readonly string[]): void {
    const found = elements(this.#heap, this.at('receivers'), LIMIT);
    if (found.length !== names.length) throw new Mismatch('receivers of methods were misread');
    for (const [at, name] of names.entries()) {
      const read = receiverName(this.#heap, found[at]!);
      if (read !== name) throw new Mismatch(`an object was called ${read}, not ${name}`);
    }
    if (className(this.#heap, this.at('store')) !== 'Object') throw new Mismatch('an object was misnamed');
  }
}
