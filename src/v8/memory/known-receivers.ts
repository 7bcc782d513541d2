/** Objects of all kinds that names are made of, and what V8's stack traces call them. */
export interface KnownReceivers {
  receivers: readonly unknown[];
  names: readonly string[];
}

class KnownBase {
  method(): void {}
}
class KnownDerived extends KnownBase {}
class KnownTagged extends KnownBase {
  get [Symbol.toStringTag](): string {
    return 'not read';
  }
}
function KnownConstructor(this: object): void {}
function KnownWithoutPrototype(this: object): void {}

export function knownReceivers(): KnownReceivers {
  const receivers = [...named(), ...withoutConstructor()];
  return { receivers, names: receivers.map(typeNameOf) };
}

const construct = (fn: unknown): object => Reflect.construct(fn as () => object, []) as object;

function named(): object[] {
  // The map of such objects has the constructor behind one more object.
  KnownWithoutPrototype.prototype = 1;
  const tagged = Object.create(null, { [Symbol.toStringTag]: { value: 'Known tag' } }) as object;
  return [
    new KnownBase(),
    new KnownDerived(),
    new KnownTagged(),
    construct(KnownConstructor),
    construct(KnownWithoutPrototype),
    construct(Object.defineProperty(function () {}, 'name', { value: 'known own name' })),
    { literal: true },
    tagged,
    Object.create(tagged) as object,
    Object.create(KnownDerived.prototype) as object,
    KnownBase,
    KnownDerived,
    KnownDerived.prototype,
    KnownConstructor,
    Object.defineProperty(() => {}, 'name', { value: 'known name' }),
    new Proxy({}, {}),
    ...builtIn(),
  ];
}

function builtIn(): object[] {
  return [
    [],
    new Map(),
    new Set(),
    new WeakMap(),
    new WeakSet(),
    new Date(0),
    new TypeError('never seen'),
    /known/,
    new ArrayBuffer(8),
    new DataView(new ArrayBuffer(8)),
    new Uint8Array(8),
    ...['text', 1, 0.5, true, 1n, Symbol('known')].map((value) => Object(value) as object),
    (function () {
      // oxlint-disable-next-line prefer-rest-params -- the object itself is wanted
      return arguments;
    })(),
    (function* () {})(),
    (async function* () {})(),
    new Promise(() => {}),
    guruKnownProbe.bind(null),
  ];
}

/**
 * Prototypes have lost their constructors: if they have no prototype either, V8 goes by what kind of object it is. Of typed
 * arrays by what kind of elements they have, which is not read.
 */
function withoutConstructor(): object[] {
  const objects = [construct(KnownConstructor), ...builtIn()].filter(
    (object) => !(object instanceof Uint8Array),
  );
  for (const object of objects) {
    Object.setPrototypeOf(object, null);
    void Object.create(object);
  }
  return objects;
}

/** What V8 writes before the name of a method that was called on it. */
function typeNameOf(receiver: unknown): string {
  const text = Reflect.apply(guruKnownProbe, receiver, []);
  const end = text.indexOf('.guruKnownProbe ');
  return end === -1 ? '' : text.slice(0, end);
}

/** The whole line, as names of classes are no matter of the site's `getTypeName`. */
function guruKnownProbe(this: unknown): string {
  const prepare = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  let text = '';
  try {
    Error.prepareStackTrace = (_error, sites) => {
      text = (sites[0] as unknown as { toString(): string }).toString();
      return '';
    };
    void new Error('never seen').stack;
  } finally {
    if (prepare) Object.defineProperty(Error, 'prepareStackTrace', prepare);
    else Reflect.deleteProperty(Error, 'prepareStackTrace');
  }
  return text;
}
