import type { Cdp } from '../../inspector/cdp.js';
import type { SuspendedFunction, Via } from '../await-graph/await-graph.js';
import { askGenerators } from './generator-places.js';
import { POSITIONS_GROUP, type RemoteObject, SOURCE_URL } from './remote.js';
import type { SnapshotAwaitGraph } from '../snapshot-heap/read.js';
import { askSockets } from './socket-addresses.js';

/**
 * Where a function is suspended, and the index of an element of a combinator, are small integers, which heap snapshots do
 * not have. V8 tells both in the asynchronous part of an Error's stack trace: it follows the reactions of the running
 * function's promise. So a function of our own, which never ends, is given each of V8's callbacks as its reaction, and
 * reads its own stack. No callback is ever called, nothing is settled, and what was made for it is garbage afterwards, which
 * a collector that meets it must leave out: it has the name of `await-graph/probe.ts`.
 *
 * The callbacks come from one walk over the heap (`Runtime.queryObjects`, 50 ms for a small heap), and 100,000 of them
 * take 1.5 s, where `getObjectByHeapObjectId` walks the heap for each one. The array that holds them is in the snapshot,
 * which thus tells which is which. Seen alike on 20.20, 22.23, 24.21 and 26.10.
 */
export interface HeldFunctions {
  /** The inspector's id of the array. */
  objectId: string;
}

export interface PositionsOptions {
  /** How long asking may take, ms. */
  budgetMs: number;
}

export interface PositionsOutcome {
  confirmed: number;
  /** Functions whose position was not asked for, or not told, in time. */
  unconfirmed: number;
}

const CHUNK = 2000;

/**
 * Collects V8's anonymous functions in an array that stays alive until {@link releaseFunctions}. To be called before the
 * snapshot is taken. `null` if the thread does not give it.
 */
export async function holdFunctions(cdp: Cdp): Promise<HeldFunctions | null> {
  const prototype = await cdp.post<{ result: RemoteObject }>('Runtime.evaluate', {
    expression: `Function.prototype\n//# sourceURL=${SOURCE_URL}`,
    objectGroup: POSITIONS_GROUP,
    silent: true,
  });
  const { objects } = await cdp.post<{ objects: RemoteObject }>('Runtime.queryObjects', {
    prototypeObjectId: prototype.result.objectId,
    objectGroup: POSITIONS_GROUP,
  });
  const { result, exceptionDetails } = await cdp.post<{ result: RemoteObject; exceptionDetails?: object }>(
    'Runtime.callFunctionOn',
    {
      objectId: objects.objectId,
      functionDeclaration: anonymousBuiltins.toString(),
      objectGroup: POSITIONS_GROUP,
      silent: true,
    },
  );
  if (exceptionDetails || result.objectId === undefined) return null;
  if (objects.objectId !== undefined) await cdp.post('Runtime.releaseObject', { objectId: objects.objectId });
  return { objectId: result.objectId };
}

/**
 * Which node of the snapshot the array is: `held` of `readSnapshot`. To be asked after the snapshot was taken, which
 * gives the objects their ids: before, it is 0 of all that is new (20.20 to 26.10).
 */
export async function heldObjectId(cdp: Cdp, held: HeldFunctions): Promise<number> {
  const { heapSnapshotObjectId } = await cdp.post<{ heapSnapshotObjectId: string }>(
    'HeapProfiler.getHeapObjectId',
    { objectId: held.objectId },
  );
  return Number(heapSnapshotObjectId);
}

/** Lets go of what {@link holdFunctions} held. Until V8 has swept the array, who reads memory would find it to hold functions. */
export async function releaseFunctions(cdp: Cdp, held: HeldFunctions | null): Promise<void> {
  const group = { objectGroup: POSITIONS_GROUP };
  const forgotten = held && {
    objectId: held.objectId,
    functionDeclaration: forget.toString(),
    silent: true,
  };
  // Both at once: they are served in this order, and the second must not hang on the answer to the first.
  await Promise.all([
    forgotten && cdp.post('Runtime.callFunctionOn', forgotten),
    cdp.post('Runtime.releaseObjectGroup', group),
  ]);
}

/** Runs in the thread that is looked at. */
function forget(this: unknown[]): void {
  for (let at = 0; at < this.length; at++) this[at] = null;
}

/** Runs in the thread that is looked at, and leaves nothing in `this`. */
function anonymousBuiltins(this: unknown[]): unknown[] {
  const toString = (one: Function): string => Function.prototype.toString.call(one); // one's own may be anything
  const found: unknown[] = [];
  for (let at = 0; at < this.length; at++) {
    const one = this[at];
    this[at] = null;
    // Proxies pass too, and nothing of theirs is called by this.
    if (typeof one === 'function' && toString(one) === 'function () { [native code] }')
      found[found.length] = one;
  }
  return found;
}

/** What V8 says of one callback: name, script, line, column, index. */
type Answer = [
  name: string,
  script: string | null,
  line: number | null,
  column: number | null,
  index: number | null,
];

/**
 * Asks V8 for the exact positions and names of the graph's functions, and for the indices of its combinators, and puts
 * them into the graph. The thread must be able to run microtasks: when it is blocked, nothing is confirmed.
 */
export async function confirmPositions(
  cdp: Cdp,
  graph: SnapshotAwaitGraph,
  held: HeldFunctions | null,
  { budgetMs }: PositionsOptions,
): Promise<PositionsOutcome> {
  const deadline = performance.now() + budgetMs;
  const wanted = held ? collectWanted(graph) : new Map<number, Wanted>();
  const indices = [...wanted.keys()];
  for (let at = 0; at < indices.length && performance.now() < deadline; at += CHUNK) {
    if (!held) break;
    const chunk = indices.slice(at, at + CHUNK);
    const answers = await ask(cdp, held, chunk, deadline - performance.now());
    if (!answers) break;
    for (const [i, answer] of answers.entries()) if (answer) apply(wanted.get(chunk[i]!)!, answer);
  }
  // What nothing resumes, or what came up after the functions were collected.
  const rest = graph.suspended.filter((one) => !one.point.confirmed);
  await askGenerators(cdp, rest, graph.ids, deadline);
  await askSockets(cdp, graph, deadline);
  const confirmed = graph.suspended.filter((one) => one.point.confirmed).length;
  const over = graph.suspended.filter((one) => one.over).length;
  return { confirmed, unconfirmed: graph.suspended.length - confirmed - over };
}

/** What a callback's answer is for. */
interface Wanted {
  suspended: SuspendedFunction[];
  vias: Via[];
}

function collectWanted(graph: SnapshotAwaitGraph): Map<number, Wanted> {
  const wanted = new Map<number, Wanted>();
  const want = (closure: number): Wanted | null => {
    const index = graph.heldIndex.get(closure);
    if (index === undefined || index < 0) return null;
    let one = wanted.get(index);
    if (!one) wanted.set(index, (one = { suspended: [], vias: [] }));
    return one;
  };
  for (const one of graph.suspended) {
    want(one.resumedBy)?.suspended.push(one);
    const ways = [...one.awaits, ...one.awaitedBy].map(({ via }) => via);
    for (const via of [...ways, ...one.continuations].flat()) {
      if (INDEXED.test(via.kind)) want(via.closure)?.vias.push(via);
    }
  }
  return wanted;
}

const INDEXED = /^Promise\.(?:all|allSettled|any)$/;

async function ask(
  cdp: Cdp,
  held: HeldFunctions,
  indices: readonly number[],
  timeoutMs: number,
): Promise<(Answer | null)[] | null> {
  const request = cdp.post<{ result: RemoteObject; exceptionDetails?: object }>('Runtime.callFunctionOn', {
    objectId: held.objectId,
    functionDeclaration: askEach.toString(),
    arguments: [{ value: indices.join() }],
    awaitPromise: true,
    returnByValue: true,
    silent: true,
  });
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), Math.max(1, timeoutMs));
  });
  try {
    const answer = await Promise.race([request, timeout]);
    if (!answer || answer.exceptionDetails || typeof answer.result.value !== 'string') return null;
    return JSON.parse(answer.result.value) as (Answer | null)[];
  } catch {
    return null; // the thread refused, or went away: the graph is worth having without
  } finally {
    clearTimeout(timer);
    request.catch(() => {}); // given up on: it may be refused later
  }
}

/** Runs in the thread that is looked at, as source text: it may use nothing from outside of itself. */
function askEach(this: readonly ((value: unknown) => unknown)[], list: string): Promise<string> {
  const answers: unknown[] = [];
  const readStack = (): unknown => {
    const limit = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit');
    const prepare = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
    const put = (name: string, value: unknown): void => {
      Object.defineProperty(Error, name, { value, writable: true, enumerable: true, configurable: true });
    };
    const putBack = (name: string, before: PropertyDescriptor | undefined): void => {
      if (before) Object.defineProperty(Error, name, before);
      else Reflect.deleteProperty(Error, name);
    };
    let answer: unknown = null;
    try {
      put('stackTraceLimit', 3);
      put('prepareStackTrace', (_error: Error, sites: NodeJS.CallSite[]) => {
        // The first is this function, the second its caller, the third the function that would be resumed.
        const site = sites.find((one) => (one as unknown as { isAsync(): boolean }).isAsync());
        if (!site) return '';
        const { line, column } = { line: site.getLineNumber(), column: site.getColumnNumber() };
        const index = (site as unknown as { getPromiseIndex(): number | null }).getPromiseIndex();
        const script = site.getFileName() ?? null;
        answer = [(site as unknown as { toString(): string }).toString(), script, line, column, index];
        return '';
      });
      const holder = { stack: '' };
      Error.captureStackTrace(holder);
      void holder.stack;
    } finally {
      putBack('prepareStackTrace', prepare);
      putBack('stackTraceLimit', limit);
    }
    return answer;
  };
  const never = new Promise<never>(() => {});
  const guruMeditationProbe = async (at: number): Promise<never> => {
    await Promise.resolve(); // one turn of the microtasks
    answers[at] = null;
    try {
      answers[at] = readStack();
    } catch {
      // Error was locked by the application: no position.
    }
    return await never;
  };
  const indices = list.split(',');
  for (let at = 0; at < indices.length; at++) {
    const callback = this[Number(indices[at])];
    void guruMeditationProbe(at).then(callback, callback);
  }
  // Behind all of these in the queue of microtasks.
  return Promise.resolve()
    .then(() => {})
    .then(() => JSON.stringify(answers));
}

function apply(wanted: Wanted, [text, script, line, column, index]: Answer): void {
  for (const via of wanted.vias) via.index = index;
  if (line === null || column === null) return;
  for (const one of wanted.suspended) {
    if (!isWithin(one, script, line)) continue;
    const functionName = nameIn(text, `${script ?? ''}:${line}:${column}`) ?? one.point.functionName;
    one.point = { ...one.point, position: { line, column }, confirmed: true, functionName };
  }
}

/** The name in V8's text `async NAME (PLACE)`; `null` where the text is a place only. */
function nameIn(text: string, place: string): string | null {
  const name = text.replace(/^async /, '');
  const exact = name.endsWith(` (${place})`) ? name.length - place.length - 3 : -1;
  const end = exact === -1 && name.endsWith(')') ? name.indexOf(' (') : exact;
  return end > 0 ? name.slice(0, end) : null;
}

/** What V8 says must be of that function: the thread may have gone on since the snapshot. */
function isWithin({ point }: SuspendedFunction, script: string | null, line: number): boolean {
  return (script ?? '') === point.script && line >= (point.functionLocation?.line ?? 1);
}
