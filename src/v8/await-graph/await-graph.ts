/**
 * What waits for what: every suspended function of a heap, joined by the promises between them.
 * Lines and columns are 1-based, as in stack traces; nodes are those of the heap that the graph was read from.
 */
export interface AwaitGraph {
  /** In the order of their nodes. */
  suspended: SuspendedFunction[];
  /** The heap holds more than the limits let through; what was left out, one line. */
  cut: string | null;
}

/** V8's classes of generator objects; `module` is an async function that runs a module with top-level await. */
export type SuspendedKind = 'async function' | 'async generator' | 'module' | 'generator';

export interface SuspendedFunction {
  /** Its place in {@link AwaitGraph.suspended}. */
  index: number;
  /** The generator object. */
  node: number;
  /** What it is, and where it waits. */
  point: SuspensionPoint;
  /** It is not suspended any more: V8 said so when it was asked for its position, or it is gone from memory. It stands in no stack. */
  over: boolean;
  /** What it waits for that is no suspended function. Empty if it waits for suspended functions only. */
  awaits: readonly Awaited[];
  /** The suspended functions that wait for it. */
  awaitedBy: readonly AwaitLink[];
  /** Ways from its promise outwards which end at no suspended function: callbacks that nothing awaits. */
  continuations: readonly (readonly Via[])[];
  /** The stores of AsyncLocalStorage instances which it runs within. */
  asyncContext: readonly AsyncContextStore[];
  /** The AsyncContextFrame or the promise that holds these stores; -1 if nothing does. */
  contextHolder: number;
  /** The function of V8's that resumes it, -1 if nothing does: what to ask its position by. */
  resumedBy: number;
}

/** A function of the program and a place in it. Where the reader can tell, thousands of suspended functions have the same object. */
export interface SuspensionPoint {
  readonly kind: SuspendedKind;
  /** As in V8's stack traces (`Class.method`), as far as the heap tells; `<anonymous>` where it has no name. */
  readonly functionName: string;
  /** What the script was loaded as: a URL, a path, `node:internal/…`, or empty. */
  readonly script: string;
  /** Where the function begins: the parenthesis of its parameters, as V8 counts. */
  readonly functionLocation: Place | null;
  /** Where it is suspended. Until it is confirmed: where its function begins. */
  readonly position: Place | null;
  /** The position is exact: the reader of the heap knows it, or V8 told it (see `snapshot-questions/positions.ts`). */
  readonly confirmed: boolean;
  /** Node's own JavaScript. */
  readonly internal: boolean;
}

export interface Place {
  line: number;
  column: number;
}

/** That `to` waits for `from`, both as indices, and by what, innermost first. */
export interface AwaitLink {
  from: number;
  to: number;
  via: readonly Via[];
}

/**
 * Something between a promise and what waits for it:
 * a combinator; a callback; `new Promise`: whose `resolve` or `reject` was itself given as a callback;
 * `resolve`: the callback (or another holder) has the promise's `resolve` or `reject` within its scope.
 */
export type ViaKind =
  | 'Promise.all'
  | 'Promise.allSettled'
  | 'Promise.any'
  | 'Promise.race'
  | 'then'
  | 'catch'
  | 'finally'
  | 'new Promise'
  | 'resolve';

export interface Via {
  kind: ViaKind;
  /** Of `Promise.all`, `allSettled` and `any`: which of the promises, from 0; `null` where it is not known. */
  index: number | null;
  /** The callback, where there is one. */
  callback: FunctionPlace | null;
  /** The function that stands in the promise's reaction: what to ask the index by. */
  closure: number;
}

export interface FunctionPlace {
  functionName: string;
  script: string;
  location: Place | null;
}

/** What a promise, and so a function, waits for in the end. */
export interface Awaited {
  kind: AwaitedKind;
  /** More of it, for people: `5000 ms`, `GET http://example.com/`; `null` where the heap does not tell. */
  detail: string | null;
  /** Between it and the function, innermost first. */
  via: readonly Via[];
  /** The thing itself or else the promise; -1 if there is neither. */
  node: number;
}

export type AwaitedKind =
  | 'timer'
  | 'immediate'
  | 'file'
  | 'socket'
  | 'server'
  | 'child process'
  | 'worker'
  | 'message port'
  | 'DNS query'
  | 'HTTP request'
  | 'HTTP message'
  | 'HTTP/2'
  | 'stream'
  | 'readline'
  | 'zlib'
  | 'crypto'
  | 'event' // an event of an emitter that is none of the above
  | 'signal' // an AbortSignal
  | 'promise' // something else can settle it
  | 'native promise' // V8 or Node holds it in C++
  | 'settled' // it has been settled: the function is about to go on
  | 'nothing' // nothing can settle it
  | 'consumer' // a generator that nobody has asked for its next value
  | 'unknown'; // the search was cut short

export interface AsyncContextStore {
  /** The id of the AsyncLocalStorage in its heap; `null` where there are several and the heap does not tell which. */
  storage: number | null;
  /** The store's id in its heap. Of a string: the string's. */
  store: number;
  /** What the store is: its constructor's name, or the string. */
  name: string;
}
