import { EventEmitter } from 'node:events';
import type { KnownScript } from './known-script.js';

/** The names of V8's builtins, in the order of {@link KnownObjects.builtins}. */
export const KNOWN_BUILTINS = [
  'PromiseCapabilityDefaultResolve',
  'PromiseCapabilityDefaultReject',
  'PromiseAllResolveElementClosure',
  'PromiseAllSettledResolveElementClosure',
  'PromiseAllSettledRejectElementClosure',
  'PromiseAnyRejectElementClosure',
  'PromiseThenFinally',
  'PromiseCatchFinally',
] as const;

/** Objects of which all is known. The anchor function holds it: the reader finds these by the names of their properties. */
export class KnownObjects {
  /** Two numbers that tell it from others of its kind: each a word, one behind the other. */
  number = randomNumber();
  another = randomNumber();
  /** A function of each of {@link KNOWN_BUILTINS}. */
  builtins: readonly unknown[] = collectBuiltins();
  /** The store that the functions run within. */
  store: object = { known: true };
  other: object = { other: true };
  /** Refers to `store`. */
  weak = new WeakRef(this.store);
  double = 0.5;
  text = 'known text';
  /** See {@link renewStrings}. */
  strings: { [kind: string]: string } = {};
  /** Made by a script of which every place is known; set once it runs. */
  script: KnownScript | null = null;
  /** As the registry of an AsyncLocalStorage's stores has them: see `anchor.ts`. */
  registry = {
    storage: this.store,
    maps: [
      new WeakMap([
        [this.store, 7],
        [this.other, 8],
      ]),
    ],
    values: [undefined, 0, this.text, 9],
  };
  map = knownMap(this.store, this.other);
  array = [this.store, undefined, this.other];
  /** They begin alike: V8 has one list of names for both. */
  short = knownShort(this.store);
  longer = Object.assign(knownShort(this.store), { p2: 2, p3: 3 });
  fast = knownFast(this.store);
  dictionary = knownDictionary(this.store);
  global = globalThis;
  promiseConstructor = Promise;
  promises = new KnownPromises(this.store);
  bound = knownTarget.bind(null).bind(null);
  target = knownTarget;
  /** A function of this module. */
  ofModule = knownTarget;
  inModule = moduleVariable;
  /** Of Node, whose source is outside of V8's heap. */
  // oxlint-disable-next-line typescript/unbound-method -- never called
  ofNode: unknown = EventEmitter.prototype.emit;
  receivers: readonly unknown[] = [];

  /** V8's collector makes simple strings of others sooner or later: they are to be made at the last moment. */
  renewStrings(): void {
    this.strings = knownStrings(String(this.number));
  }
}

function knownTarget(): typeof moduleVariable {
  return moduleVariable;
}

/** What a variable of this module holds. */
const moduleVariable = new WeakMap<object, number>();

function randomNumber(): number {
  return Math.floor(Math.random() * 2 ** 30);
}

/** Of each representation that V8 has for names. They are flat where something has looked into them. */
function knownStrings(number: string): { [kind: string]: string } {
  const cons = `a string that is made of ${number}`;
  const twoByte = `\u{1F600}→ ${number}`;
  const flat = JSON.parse(`"another one, of which a part is taken ${number}"`) as string;
  const thin = `a string that is the name ${number}`;
  // A name of a property must be unique: what was built in pieces refers to that from then on.
  void { [thin]: 1 }[thin];
  return { cons, twoByte, flat, sliced: flat.slice(3), thin };
}

/** What the strings are, as far as it does not depend on V8. */
export function expectedStrings(number: number): { [kind: string]: string } {
  return {
    cons: `a string that is made of ${number}`,
    twoByte: `\u{1F600}→ ${number}`,
    flat: `another one, of which a part is taken ${number}`,
    sliced: `ther one, of which a part is taken ${number}`,
    thin: `a string that is the name ${number}`,
  };
}

function knownMap(store: object, other: object): Map<unknown, unknown> {
  const map = new Map<unknown, unknown>([
    ['gone', store],
    [store, other],
    [other, 'text'],
  ]);
  map.delete('gone');
  return map;
}

/** More properties than there is room for within the object; an accessor and a symbol among them. */
function knownFast(store: object): { [name: string]: unknown } {
  const fast: { [name: string]: unknown } = {};
  for (let at = 0; at < 12; at++) fast[`p${at}`] = at % 2 === 0 ? store : at;
  Object.defineProperty(fast, 'accessor', { get: () => 1, enumerable: true, configurable: true });
  Object.defineProperty(fast, Symbol('known'), { value: store, configurable: true });
  fast['last'] = 1.5;
  return fast;
}

function knownShort(store: object): { [name: string]: unknown } {
  return { p0: store, p1: 1 };
}

/** The same as a table: one that lost a property. */
function knownDictionary(store: object): { [name: string]: unknown } {
  const dictionary = { gone: 1, ...knownFast(store) };
  Object.defineProperty(dictionary, 'accessor', { get: () => 1, enumerable: true, configurable: true });
  Object.defineProperty(dictionary, Symbol('known'), { value: store, configurable: true });
  Reflect.deleteProperty(dictionary, 'gone');
  return dictionary;
}

/** The names of what {@link knownFast} and {@link knownDictionary} hold, without the accessor. */
export const KNOWN_PROPERTIES: readonly string[] = [
  ...Array.from({ length: 12 }, (_, index) => `p${index}`),
  '<symbol known>',
  'last',
];

/** A promise of each state, and what waits for one of them. */
class KnownPromises {
  pending = new Promise<void>(() => {});
  idle = new Promise<void>(() => {});
  fulfilled: Promise<object>;
  rejected: Promise<object>;
  onFulfilled = (): void => {};
  onRejected = (): void => {};
  /** What the two calls of `then` gave. */
  derived: Promise<void>;
  laterDerived: Promise<void>;
  inSubclass: Promise<void>;
  subclassDerived: Promise<void>;

  constructor(store: object) {
    this.fulfilled = Promise.resolve(store);
    this.rejected = Promise.reject(store);
    this.rejected.catch(() => {});
    // oxlint-disable-next-line unicorn/prefer-catch -- both callbacks in one reaction
    this.derived = this.pending.then(this.onFulfilled, this.onRejected);
    this.laterDerived = this.pending.then(this.onRejected, this.onFulfilled);
    this.inSubclass = new KnownSubclass<void>(() => {});
    this.subclassDerived = this.inSubclass.then(this.onFulfilled, this.onRejected);
  }
}

class KnownSubclass<T> extends Promise<T> {}

/** Promises hand the builtins over to a `then` of their own. */
function collectBuiltins(): unknown[] {
  let resolve: unknown;
  let reject: unknown;
  void new Promise<void>((...both) => ([resolve, reject] = both));
  const given = (call: (promise: Promise<unknown>) => unknown): unknown[] => {
    const seen: unknown[] = [];
    const promise = new Promise(() => {});
    // oxlint-disable-next-line unicorn/no-thenable -- promises are handed over to it
    void Object.defineProperty(promise, 'then', {
      value: (...callbacks: unknown[]) => void seen.push(...callbacks),
    });
    void call(promise);
    return seen;
  };
  const all = given((promise) => Promise.all([promise, promise]));
  const settled = given((promise) => Promise.allSettled([promise, promise]));
  const any = given((promise) => Promise.any([promise, promise]));
  const final = given((promise) => promise.finally(() => {}));
  return [resolve, reject, all[0], settled[0], settled[1], any[1], final[0], final[1]];
}
