import type { Cdp } from '../../inspector/cdp.js';
import type { HeldFunctions } from './positions.js';
import { POSITIONS_GROUP, type RemoteObject } from './remote.js';
import type { SnapshotAwaitGraph } from '../snapshot-heap/read.js';
import type { SuspendedFunction } from '../await-graph/await-graph.js';

/**
 * The functions of the looked-at thread that know the application's labels, as expressions: `kind` gives the name of the
 * class of objects that hold contexts there, or null; `hold` and `label` are functions of the held array.
 */
export interface LabelSource {
  kind: string;
  /** `(held, candidates) => void` */
  hold: string;
  /** `(held, indices) => (string | null)[]` */
  label: string;
}

/** How contexts are held in the looked-at thread; `null` if nothing is labelled there. */
export type ContextKind = 'Map' | 'Promise' | null;

/**
 * Prepares for the labels, before the snapshot is taken. Where promises hold contexts (Node 20 and 22), those that hold
 * one are added to the held array, which takes one more walk over the heap. Maps (from Node 24 on) are Node's own, have a
 * prototype that nothing of the application leads to, and can be found only from one of them, afterwards.
 */
export async function holdContexts(cdp: Cdp, held: HeldFunctions, source: LabelSource): Promise<ContextKind> {
  const kind = (await evaluate(cdp, source.kind)).value;
  if (kind === 'Map') return kind;
  if (kind !== 'Promise') return null;
  const prototype = await evaluate(cdp, 'Promise.prototype');
  const objects = await queryObjects(cdp, prototype);
  await callOn(cdp, held, `function (candidates) { (${source.hold})(this, candidates); }`, [objects]);
  if (objects.objectId !== undefined) await cdp.post('Runtime.releaseObject', { objectId: objects.objectId });
  return kind;
}

/** The application's labels of the graph's functions. */
export async function readLabels(
  cdp: Cdp,
  graph: SnapshotAwaitGraph,
  held: HeldFunctions,
  source: LabelSource,
  kind: ContextKind,
): Promise<Map<SuspendedFunction, string>> {
  switch (kind) {
    case 'Promise':
      return labelHeld(cdp, graph, held, source);
    case 'Map':
      return labelFrames(cdp, graph, source);
    case null:
      return new Map();
  }
}

async function labelHeld(
  cdp: Cdp,
  graph: SnapshotAwaitGraph,
  held: HeldFunctions,
  source: LabelSource,
): Promise<Map<SuspendedFunction, string>> {
  const byIndex = new Map<number, SuspendedFunction[]>();
  for (const suspended of graph.suspended) {
    const index = graph.heldIndex.get(suspended.contextHolder) ?? -1;
    if (index >= 0) addTo(byIndex, index, suspended);
  }
  const labels = new Map<SuspendedFunction, string>();
  const indices = [...byIndex.keys()];
  const texts = await askLabels(cdp, held, source, indices);
  for (const [at, text] of texts.entries()) {
    if (typeof text !== 'string') continue;
    for (const suspended of byIndex.get(indices[at] ?? -1) ?? []) labels.set(suspended, text);
  }
  return labels;
}

function addTo<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

/** More contexts than these are not labelled: each takes two requests. */
const MAX_FRAMES = 5000;

async function labelFrames(
  cdp: Cdp,
  graph: SnapshotAwaitGraph,
  source: LabelSource,
): Promise<Map<SuspendedFunction, string>> {
  const byId = new Map<number, SuspendedFunction[]>();
  for (const suspended of graph.suspended) {
    const id = graph.ids.get(suspended.contextHolder);
    if (id !== undefined) addTo(byId, id, suspended);
  }
  const labels = new Map<SuspendedFunction, string>();
  const frames = await findAlike(cdp, [...byId.keys()]);
  if (!frames) return labels;
  const { result: properties } = await cdp.post<{ result: { name: string; value?: RemoteObject }[] }>(
    'Runtime.getProperties',
    { objectId: frames.objectId, ownProperties: true },
  );
  const found = properties.filter(({ name, value }) => /^\d+$/.test(name) && value?.objectId !== undefined);
  const shown = found.slice(0, MAX_FRAMES);
  const texts = await askLabels(
    cdp,
    frames,
    source,
    shown.map(({ name }) => Number(name)),
  );
  for (const [at, { value }] of shown.entries()) {
    const text = texts[at];
    if (typeof text !== 'string') continue;
    const { heapSnapshotObjectId } = await cdp.post<{ heapSnapshotObjectId: string }>(
      'HeapProfiler.getHeapObjectId',
      { objectId: value?.objectId },
    );
    for (const suspended of byId.get(Number(heapSnapshotObjectId)) ?? []) labels.set(suspended, text);
  }
  return labels;
}

/** All objects with the prototype of those with these ids, the first that is still alive; `null` if none is. */
async function findAlike(cdp: Cdp, ids: readonly number[]): Promise<HeldFunctions | null> {
  for (const id of ids.slice(0, 3)) {
    try {
      const { result } = await cdp.post<{ result: RemoteObject }>('HeapProfiler.getObjectByHeapObjectId', {
        objectId: String(id),
        objectGroup: POSITIONS_GROUP,
      });
      const prototype = await callOn(cdp, result, 'function () { return Object.getPrototypeOf(this); }', []);
      const { objectId } = await queryObjects(cdp, prototype);
      if (objectId !== undefined) return { objectId };
    } catch {
      // Collected since: the next.
    }
  }
  return null;
}

async function askLabels(
  cdp: Cdp,
  array: HeldFunctions,
  source: LabelSource,
  indices: readonly number[],
): Promise<unknown[]> {
  if (indices.length === 0) return [];
  const { result } = await cdp.post<{ result: RemoteObject }>('Runtime.callFunctionOn', {
    objectId: array.objectId,
    functionDeclaration: `function (list) { return (${source.label})(this, list); }`,
    arguments: [{ value: indices }],
    returnByValue: true,
    silent: true,
  });
  return Array.isArray(result.value) ? (result.value as unknown[]) : [];
}

async function evaluate(cdp: Cdp, expression: string): Promise<RemoteObject> {
  const request = { expression, objectGroup: POSITIONS_GROUP, silent: true };
  return (await cdp.post<{ result: RemoteObject }>('Runtime.evaluate', request)).result;
}

async function queryObjects(cdp: Cdp, prototype: RemoteObject): Promise<RemoteObject> {
  const request = { prototypeObjectId: prototype.objectId, objectGroup: POSITIONS_GROUP };
  return (await cdp.post<{ objects: RemoteObject }>('Runtime.queryObjects', request)).objects;
}

async function callOn(
  cdp: Cdp,
  { objectId }: { objectId?: string },
  functionDeclaration: string,
  args: readonly RemoteObject[],
): Promise<RemoteObject> {
  const { result } = await cdp.post<{ result: RemoteObject }>('Runtime.callFunctionOn', {
    objectId,
    functionDeclaration,
    arguments: args.map((one) => ({ objectId: one.objectId })),
    objectGroup: POSITIONS_GROUP,
    silent: true,
  });
  return result;
}
