import type { SuspendedKind, SuspensionPoint } from '../await-graph/await-graph.js';
import { ANONYMOUS } from '../await-graph/functions.js';
import { suspensionPoint } from '../await-graph/suspension-points.js';
import { contextExtension } from './contexts.js';
import { displayName } from './display-name.js';
import { contextOf } from './functions.js';
import { generatorOffset, moduleFields } from './generators.js';
import { isDictionary, ownValue } from './properties.js';
import type { SharedFunction, SharedFunctions } from './shared-functions.js';
import type { TaggedHeap } from './tagged-heap.js';

interface KnownPoint {
  offset: number;
  receiverMap: number;
  kind: SuspendedKind;
  point: SuspensionPoint;
}

/** What suspended functions are and where they wait: thousands are alike, and have the same object. */
export class SuspensionPoints {
  readonly #objects: TaggedHeap;
  readonly #functions: SharedFunctions;
  /** By SharedFunctionInfo, or by closure where names may differ from one to the next. */
  readonly #known = new Map<number, KnownPoint[]>();
  /** By the maps of closures: whether these may have names of their own. */
  readonly #mayBeNamed = new Map<number, boolean>();
  /** By SharedFunctionInfo: the generator that runs the module in whose scope the function stands; 0 if it stands in another. */
  readonly #moduleCodes = new Map<number, number>();

  constructor(objects: TaggedHeap, functions: SharedFunctions) {
    this.#objects = objects;
    this.#functions = functions;
  }

  of(generator: number): SuspensionPoint {
    const objects = this.#objects;
    const { generator: layout } = objects.layout;
    const fn = objects.field(generator, layout.function);
    const shared = this.#functions.of(fn);
    if (shared === null) return this.#point(generator, fn, null, 'async function', -1);
    const receiver = objects.field(generator, layout.receiver);
    const receiverMap = objects.map(receiver);
    const kind = this.#kind(generator, fn, shared);
    const offset = generatorOffset(objects, generator);
    const key = this.#isNamedAlike(fn, receiver) ? shared.node : fn;
    let points = this.#known.get(key);
    if (points === undefined) this.#known.set(key, (points = []));
    for (const known of points)
      if (known.offset === offset && known.receiverMap === receiverMap && known.kind === kind)
        return known.point;
    const point = this.#point(generator, fn, shared, kind, offset);
    points.push({ offset, receiverMap, kind, point });
    return point;
  }

  #point(
    generator: number,
    fn: number,
    shared: SharedFunction | null,
    kind: SuspendedKind,
    offset: number,
  ): SuspensionPoint {
    return suspensionPoint({
      kind,
      fn: {
        functionName: shared?.name || ANONYMOUS,
        script: shared?.scriptName ?? '',
        location: shared?.location ?? null,
      },
      displayName: fn === 0 ? '' : displayName(this.#objects, generator),
      position: offset === -1 ? null : (shared?.position(offset) ?? null),
    });
  }

  /** Whether all closures of the function that are called on nothing have the same name: what it was called on tells no more. */
  #isNamedAlike(fn: number, receiver: number): boolean {
    const objects = this.#objects;
    const { types } = objects.layout;
    const type = objects.type(receiver);
    if (type >= types.firstReceiver && type !== types.globalProxy && type !== types.globalObject)
      return false;
    const map = objects.map(fn);
    let mayBeNamed = this.#mayBeNamed.get(map);
    if (mayBeNamed === undefined) {
      mayBeNamed = isDictionary(objects, fn) || ownValue(objects, fn, 'name') !== 0;
      this.#mayBeNamed.set(map, mayBeNamed);
    }
    return !mayBeNamed;
  }

  #kind(generator: number, fn: number, shared: SharedFunction): SuspendedKind {
    const { types } = this.#objects.layout;
    const type = this.#objects.type(generator);
    if (type === types.asyncGenerator) return 'async generator';
    if (type === types.generator) return 'generator';
    let code = this.#moduleCodes.get(shared.node);
    if (code === undefined) this.#moduleCodes.set(shared.node, (code = this.#moduleCode(fn)));
    // A module's code is the generator object that runs it, of a function that has no other.
    return code === generator ? 'module' : 'async function';
  }

  #moduleCode(fn: number): number {
    const scope = contextOf(this.#objects, fn);
    const module = scope === 0 ? 0 : contextExtension(this.#objects, scope);
    return moduleFields(this.#objects, module)?.generator ?? 0;
  }
}
