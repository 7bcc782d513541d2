import type { Cdp } from '../../inspector/cdp.js';
import type { Place, SuspendedFunction } from '../await-graph/await-graph.js';
import { POSITIONS_GROUP, type RemoteObject, SOURCE_URL } from './remote.js';

/** Generator objects have prototypes to find them by, those of async functions have none. */
const PROTOTYPES = {
  generator: '(function* () {}).constructor.prototype.prototype',
  'async generator': '(async function* () {}).constructor.prototype.prototype',
};

/** From so many on, one walk over the heap for all generators of a kind is cheaper than one for each. */
const SEVERAL = 3;
/** More of them than this are not looked through. */
const MAX_OBJECTS = 20_000;

/**
 * Asks the inspector where these are suspended.
 *
 * @param ids V8's heap object ids, by node
 * @param deadline of `performance.now()`
 */
export async function askGenerators(
  cdp: Cdp,
  suspended: readonly SuspendedFunction[],
  ids: ReadonlyMap<number, number>,
  deadline: number,
): Promise<void> {
  for (const kind of ['generator', 'async generator'] as const) {
    const alike = suspended.filter(({ point }) => point.kind === kind);
    if (alike.length < SEVERAL || performance.now() >= deadline) continue;
    try {
      await askAll(
        cdp,
        new Map(alike.map((one) => [ids.get(one.node) ?? -1, one])),
        PROTOTYPES[kind],
        deadline,
      );
    } catch {
      // The thread refused, or went away: they are asked one by one, or stay unconfirmed.
    }
  }
  for (const one of suspended) {
    if (performance.now() >= deadline) return;
    if (one.point.confirmed || one.over) continue;
    try {
      const { result } = await cdp.post<{ result: RemoteObject }>('HeapProfiler.getObjectByHeapObjectId', {
        objectId: String(ids.get(one.node)),
        objectGroup: POSITIONS_GROUP,
      });
      if (result.objectId !== undefined) await askOne(cdp, one, result.objectId);
    } catch {
      // Collected since, or the connection closed: it stays unconfirmed.
    }
  }
}

interface Property {
  name: string;
  value?: RemoteObject;
}

interface GetProperties {
  result: Property[];
  internalProperties?: Property[];
}

async function askAll(
  cdp: Cdp,
  wanted: Map<number, SuspendedFunction>,
  prototype: string,
  deadline: number,
): Promise<void> {
  const { result } = await cdp.post<{ result: RemoteObject }>('Runtime.evaluate', {
    expression: `${prototype}\n//# sourceURL=${SOURCE_URL}`,
    objectGroup: POSITIONS_GROUP,
    silent: true,
  });
  const { objects } = await cdp.post<{ objects: RemoteObject }>('Runtime.queryObjects', {
    prototypeObjectId: result.objectId,
    objectGroup: POSITIONS_GROUP,
  });
  const length = await cdp.post<{ result: RemoteObject }>('Runtime.callFunctionOn', {
    objectId: objects.objectId,
    functionDeclaration: 'function () { return this.length; }',
    returnByValue: true,
    silent: true,
  });
  if (Number(length.result.value) > MAX_OBJECTS) return;
  const { result: elements } = await cdp.post<GetProperties>('Runtime.getProperties', {
    objectId: objects.objectId,
    ownProperties: true,
  });
  for (const { value } of elements) {
    if (wanted.size === 0 || performance.now() >= deadline) return;
    if (value?.objectId === undefined) continue;
    const { heapSnapshotObjectId } = await cdp.post<{ heapSnapshotObjectId: string }>(
      'HeapProfiler.getHeapObjectId',
      { objectId: value.objectId },
    );
    const id = Number(heapSnapshotObjectId);
    const one = wanted.get(id);
    if (!one) continue;
    wanted.delete(id);
    await askOne(cdp, one, value.objectId);
  }
}

async function askOne(cdp: Cdp, one: SuspendedFunction, objectId: string): Promise<void> {
  const { internalProperties = [] } = await cdp.post<GetProperties>('Runtime.getProperties', {
    objectId,
    ownProperties: true,
  });
  const property = (name: string): unknown =>
    internalProperties.find((one) => one.name === name)?.value?.value;
  const state = property('[[GeneratorState]]');
  if (state === 'closed') one.over = true;
  if (state !== 'suspended') return;
  const place = placeIn(property('[[GeneratorLocation]]'));
  if (!place) return;
  one.point = { ...one.point, position: place, confirmed: true };
}

function placeIn(location: unknown): Place | null {
  if (typeof location !== 'object' || location === null) return null;
  const { lineNumber, columnNumber } = location as { lineNumber?: number; columnNumber?: number };
  return lineNumber === undefined || columnNumber === undefined
    ? null
    : { line: lineNumber + 1, column: columnNumber + 1 };
}
