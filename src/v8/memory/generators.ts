import { functionBytecode, scriptOf } from './functions.js';
import { sourcePosition } from './source-positions.js';
import type { TaggedHeap } from './tagged-heap.js';

/** More than a generator, a promise or a module can have by itself; longer lists are cut off. */
const MAX_REGISTERS = 100_000;
/** Of so many it is faster to make a set. */
const MANY_REGISTERS = 16;
const MAX_REQUESTS = 10_000;
const MAX_PARENTS = 10_000;
/** Of one promise: as many as there are functions that wait for it. */
const MAX_REACTIONS = 1_000_000;

export type GeneratorKind = 'generator' | 'asyncFunction' | 'asyncGenerator';

/** `null` if the object is none of them. */
export function generatorKind(heap: TaggedHeap, object: number): GeneratorKind | null {
  const { types } = heap.layout;
  switch (heap.type(object)) {
    case types.asyncFunction:
      return 'asyncFunction';
    case types.asyncGenerator:
      return 'asyncGenerator';
    case types.generator:
      return 'generator';
    default:
      return null;
  }
}

export interface GeneratorState {
  /** The number of the suspension point: from 0 on suspended, -2 running, or an async function that has ended, -1 ended. */
  continuation: number;
  /** In the bytecode, from its first instruction on; -1 unknown. */
  bytecodeOffset: number;
}

/** `null` if it is no generator object, or its fields are not what they must be. */
export function generatorState(heap: TaggedHeap, generator: number): GeneratorState | null {
  if (generatorKind(heap, generator) === null) return null;
  const { generator: layout, bytecode } = heap.layout;
  const continuation = heap.smiField(generator, layout.continuation, Number.NaN);
  if (!(continuation >= -2)) return null;
  // While it runs, the field holds the value that it was resumed with. The offset counts from the object's pointer.
  const offset = heap.smiField(generator, layout.bytecodeOffset, -1) - (bytecode.data - 1);
  return { continuation, bytecodeOffset: offset >= 0 ? offset : -1 };
}

/** Where it is suspended, in the bytecode from its first instruction on; -1 if it is not, or unknown. */
export function generatorOffset(heap: TaggedHeap, generator: number): number {
  const { generator: layout, bytecode } = heap.layout;
  if (!(heap.smiField(generator, layout.continuation, -1) >= 0)) return -1;
  return Math.max(-1, heap.smiField(generator, layout.bytecodeOffset, -1) - (bytecode.data - 1));
}

export interface SourcePlace {
  script: number;
  /** Offset in its source, in UTF-16 units. */
  position: number;
}

/** Where it is suspended: the `await` or `yield` as V8's stack traces have it. `null`: not suspended, or not known. */
export function generatorPosition(heap: TaggedHeap, generator: number): SourcePlace | null {
  const state = generatorState(heap, generator);
  if (state === null || state.continuation < 0 || state.bytecodeOffset === -1) return null;
  const closure = heap.field(generator, heap.layout.generator.function);
  const script = scriptOf(heap, closure);
  const bytecode = functionBytecode(heap, closure);
  if (script === 0 || bytecode === 0) return null;
  const position = sourcePosition(heap, bytecode, state.bytecodeOffset);
  return position === -1 ? null : { script, position };
}

export interface GeneratorFields {
  kind: GeneratorKind;
  function: number;
  receiver: number;
  context: number;
  /** The objects among its parameters and registers, without those that occur again. */
  registers: number[];
  /** What its callers got: of an async function one, of an async generator those of {@link requests}. */
  promises: number[];
  /** Of an async generator: the calls of `next`, `throw` and `return` that have not been answered, the first first. */
  requests: GeneratorRequest[];
  /** Of an async generator: whether it is suspended by an `await`, not by a `yield`. */
  isAwaiting: boolean;
}

export interface GeneratorRequest {
  request: number;
  /** What the caller got. */
  promise: number;
}

/** `null` if it is no generator object. */
export function generatorFields(heap: TaggedHeap, generator: number): GeneratorFields | null {
  const kind = generatorKind(heap, generator);
  if (kind === null) return null;
  const { generator: layout, types } = heap.layout;
  const isAsyncGenerator = kind === 'asyncGenerator';
  const requests = isAsyncGenerator ? readRequests(heap, heap.field(generator, layout.queue)) : [];
  const own = kind === 'asyncFunction' ? heap.fieldOf(generator, layout.promise, types.promise) : 0;
  const promises = own === 0 ? requests.map(({ promise }) => promise) : [own];
  return {
    kind,
    function: heap.field(generator, layout.function),
    receiver: heap.field(generator, layout.receiver),
    context: heap.field(generator, layout.context),
    registers: readRegisters(heap, heap.field(generator, layout.registers)),
    promises: promises.filter((promise) => promise !== 0),
    requests,
    isAwaiting: isAsyncGenerator && heap.smiField(generator, layout.isAwaiting, 0) !== 0,
  };
}

/** The objects in the array of a generator's parameters and registers. */
export function visitRegisters(heap: TaggedHeap, array: number, visit: (value: number) => void): void {
  if (heap.type(array) !== heap.layout.types.firstFixedArray) return;
  const length = Math.min(heap.smiField(array, 8, 0), MAX_REGISTERS);
  for (let at = 0; at < length; at++) {
    const value = heap.field(array, 16 + 8 * at);
    if (value !== 0) visit(value);
  }
}

function readRegisters(heap: TaggedHeap, array: number): number[] {
  const found: number[] = [];
  visitRegisters(heap, array, (value) => found.push(value));
  if (found.length > MANY_REGISTERS) return [...new Set(found)];
  return found.length < 2 ? found : found.filter((value, at) => found.indexOf(value) === at);
}

function readRequests(heap: TaggedHeap, first: number): GeneratorRequest[] {
  const { types, request: layout } = heap.layout;
  const requests: GeneratorRequest[] = [];
  const seen = new Set<number>();
  for (let request = first; heap.type(request) === types.asyncGeneratorRequest;) {
    if (seen.has(request) || requests.length >= MAX_REQUESTS) break; // memory that changes under us may be a circle
    seen.add(request);
    requests.push({ request, promise: heap.fieldOf(request, layout.promise, types.promise) });
    request = heap.field(request, layout.next);
  }
  return requests;
}

export interface PromiseFields {
  state: 'pending' | 'fulfilled' | 'rejected';
  pending: boolean;
  /** The first PromiseReaction of a pending promise: the one that was added last; 0 if there is none. */
  reactions: number;
  /** Of one that is settled: an object, a Smi, or 0. */
  result: number;
}

const PROMISE_STATES = ['pending', 'fulfilled', 'rejected'] as const;

/** `null` if it is no promise. */
export function promiseFields(heap: TaggedHeap, promise: number): PromiseFields | null {
  const { types, promise: layout } = heap.layout;
  if (heap.type(promise) !== types.promise) return null;
  const state = PROMISE_STATES[heap.smiField(promise, layout.flags, -1) & 3];
  if (state === undefined) return null;
  const value = heap.field(promise, layout.reactionsOrResult);
  const pending = state === 'pending';
  return {
    state,
    pending,
    reactions: pending && heap.type(value) === types.promiseReaction ? value : 0,
    result: pending ? 0 : value,
  };
}

/** The first PromiseReaction of a pending promise; 0 if there is none, -1 of what is no pending promise. */
export function pendingReactions(heap: TaggedHeap, promise: number): number {
  const { types, promise: layout } = heap.layout;
  if (heap.type(promise) !== types.promise) return -1;
  if (PROMISE_STATES[heap.smiField(promise, layout.flags, -1) & 3] !== 'pending') return -1;
  return heap.fieldOf(promise, layout.reactionsOrResult, types.promiseReaction);
}

export interface ReactionFields {
  /** The one that was added before; 0 if this was the first. */
  next: number;
  /** Callables, or 0. */
  fulfill: number;
  reject: number;
  /** A JSPromise, a PromiseCapability, or 0 where it is awaited only. */
  promiseOrCapability: number;
  /** The AsyncContextFrame (from Node 24 on), or 0. */
  asyncContext: number;
}

/** `null` if it is no PromiseReaction. */
export function reactionFields(heap: TaggedHeap, reaction: number): ReactionFields | null {
  const { types, reaction: layout } = heap.layout;
  if (heap.type(reaction) !== types.promiseReaction) return null;
  return {
    next: heap.fieldOf(reaction, layout.next, types.promiseReaction),
    fulfill: receiverField(heap, reaction, layout.fulfill),
    reject: receiverField(heap, reaction, layout.reject),
    promiseOrCapability: targetField(heap, reaction),
    asyncContext: layout.asyncContext === 0 ? 0 : receiverField(heap, reaction, layout.asyncContext),
  };
}

/** Visits the reactions of a pending promise, the latest first: their fields, in the order of {@link ReactionFields}. */
export function visitReactions(
  heap: TaggedHeap,
  promise: number,
  visit: (
    reaction: number,
    fulfill: number,
    reject: number,
    promiseOrCapability: number,
    asyncContext: number,
  ) => void,
): void {
  const { types, reaction: layout } = heap.layout;
  let reaction = pendingReactions(heap, promise);
  for (let left = MAX_REACTIONS; reaction > 0 && left > 0; left--) {
    visit(
      reaction,
      receiverField(heap, reaction, layout.fulfill),
      receiverField(heap, reaction, layout.reject),
      targetField(heap, reaction),
      layout.asyncContext === 0 ? 0 : receiverField(heap, reaction, layout.asyncContext),
    );
    reaction = heap.fieldOf(reaction, layout.next, types.promiseReaction);
  }
}

function targetField(heap: TaggedHeap, reaction: number): number {
  const { types, reaction: layout } = heap.layout;
  const target = heap.field(reaction, layout.promiseOrCapability);
  const type = heap.type(target);
  return type === types.promiseCapability || type >= types.firstReceiver ? target : 0;
}

function receiverField(heap: TaggedHeap, object: number, offset: number): number {
  const value = heap.field(object, offset);
  return heap.type(value) >= heap.layout.types.firstReceiver ? value : 0;
}

/** The promise of a PromiseCapability; 0 if it is none. */
export function capabilityPromise(heap: TaggedHeap, capability: number): number {
  const { types, capability: layout } = heap.layout;
  if (heap.type(capability) !== types.promiseCapability) return 0;
  const promise = heap.field(capability, layout.promise);
  return heap.type(promise) >= types.firstReceiver ? promise : 0;
}

export interface ModuleFields {
  /** What the evaluation settles; 0 if it was not begun, or is not of this module. */
  topLevelPromise: number;
  cycleRoot: number;
  /** The modules that wait for this one. */
  asyncParents: number[];
  /** Of its code, from when it was linked on: of a module that awaits, once that runs, an async function's. */
  generator: number;
}

/** `null` if it is no SourceTextModule. */
export function moduleFields(heap: TaggedHeap, module: number): ModuleFields | null {
  const { types, module: layout } = heap.layout;
  if (heap.type(module) !== types.sourceTextModule) return null;
  const code = heap.field(module, layout.code);
  return {
    topLevelPromise: heap.fieldOf(module, layout.topLevelCapability, types.promise),
    cycleRoot: heap.fieldOf(module, layout.cycleRoot, types.sourceTextModule),
    asyncParents: readList(heap, heap.field(module, layout.asyncParents), types.sourceTextModule),
    generator: generatorKind(heap, code) === null ? 0 : code,
  };
}

/** The elements of an ArrayList that have that type. */
function readList(heap: TaggedHeap, list: number, type: number): number[] {
  const { types, module: layout } = heap.layout;
  const listType = types.arrayList === -1 ? types.firstFixedArray : types.arrayList;
  if (heap.type(list) !== listType) return [];
  const length = Math.min(heap.smiField(list, layout.listLength, 0), heap.smiField(list, 8, 0), MAX_PARENTS);
  const found: number[] = [];
  for (let at = 0; at < length; at++) {
    const value = heap.fieldOf(list, layout.listStart + 8 * at, type);
    if (value !== 0) found.push(value);
  }
  return found;
}

/** What a `for await` over a synchronous iterator iterates; 0 if it is no such wrapper. */
export function asyncFromSyncIterator(heap: TaggedHeap, object: number): number {
  const { types, asyncFromSyncIterator: layout } = heap.layout;
  return heap.type(object) === types.asyncFromSyncIterator ? heap.field(object, layout.iterator) : 0;
}
