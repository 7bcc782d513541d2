import type { Cdp } from '../../inspector/cdp.js';
import { type HeldFunctions, POSITIONS_GROUP } from './positions.js';
import type { ReadAwaitGraph } from './read.js';
import type { SuspendedFunction } from './await-graph.js';

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

interface RemoteObject {
  objectId?: string;
  value?: unknown;
}

/**
 * Adds to the held array what holds the contexts that the application labels. To be called before the snapshot is taken;
 * one more walk over the heap, if anything is labelled. Resolves to whether it is.
 */
export async function holdContexts(cdp: Cdp, held: HeldFunctions, source: LabelSource): Promise<boolean> {
  const evaluate = async (expression: string): Promise<RemoteObject> =>
    (
      await cdp.post<{ result: RemoteObject }>('Runtime.evaluate', {
        expression,
        objectGroup: POSITIONS_GROUP,
        silent: true,
      })
    ).result;
  const kind = (await evaluate(source.kind)).value;
  if (kind !== 'Map' && kind !== 'Promise') return false;
  const prototype = await evaluate(`${kind}.prototype`);
  const { objects } = await cdp.post<{ objects: RemoteObject }>('Runtime.queryObjects', {
    prototypeObjectId: prototype.objectId,
    objectGroup: POSITIONS_GROUP,
  });
  await cdp.post('Runtime.callFunctionOn', {
    objectId: held.objectId,
    functionDeclaration: `function (candidates) { (${source.hold})(this, candidates); }`,
    arguments: [{ objectId: objects.objectId }],
    silent: true,
  });
  if (objects.objectId !== undefined) await cdp.post('Runtime.releaseObject', { objectId: objects.objectId });
  return true;
}

/** The application's labels of the graph's functions. */
export async function readLabels(
  cdp: Cdp,
  graph: ReadAwaitGraph,
  held: HeldFunctions,
  source: LabelSource,
): Promise<Map<SuspendedFunction, string>> {
  const indexOf = new Map<number, SuspendedFunction[]>();
  for (const suspended of graph.suspended) {
    const index = graph.heldIndex.get(suspended.contextHolder);
    if (index === undefined || index < 0) continue;
    const alike = indexOf.get(index);
    if (alike) alike.push(suspended);
    else indexOf.set(index, [suspended]);
  }
  const labels = new Map<SuspendedFunction, string>();
  if (indexOf.size === 0) return labels;
  const indices = [...indexOf.keys()];
  const { result } = await cdp.post<{ result: RemoteObject }>('Runtime.callFunctionOn', {
    objectId: held.objectId,
    functionDeclaration: `function (list) { return (${source.label})(this, list); }`,
    arguments: [{ value: indices }],
    returnByValue: true,
    silent: true,
  });
  if (!Array.isArray(result.value)) return labels;
  for (const [at, label] of (result.value as unknown[]).entries()) {
    if (typeof label !== 'string') continue;
    for (const suspended of indexOf.get(indices[at] ?? -1) ?? []) labels.set(suspended, label);
  }
  return labels;
}
