import { ownValue } from './properties.js';
import { isEvaluated } from './scripts.js';
import { readScopeInfo } from './scope-info.js';
import { readString } from './strings.js';
import type { TaggedHeap } from './tagged-heap.js';

export { contextInfo } from './contexts.js';

/** Longer names are cut off by nobody: they are of nobody's making. */
const MAX_NAME = 10_000;
/** Names that are remembered at a time. */
const MAX_KNOWN = 20_000;
/** Bound functions may be bound again. */
const MAX_BOUND = 100;

export function isFunction(heap: TaggedHeap, object: number): boolean {
  const { types } = heap.layout;
  const type = heap.type(object);
  return type >= types.firstFunction && type <= types.lastFunction;
}

/** The SharedFunctionInfo of a function; 0 of anything else, bound functions too. */
export function sharedOf(heap: TaggedHeap, fn: number): number {
  if (!isFunction(heap, fn)) return 0;
  return heap.fieldOf(fn, heap.layout.function.shared, heap.layout.types.shared);
}

/** The Script that a function was written in; 0 if it is V8's or C++'s own. */
export function scriptOf(heap: TaggedHeap, fn: number): number {
  return scriptOfShared(heap, sharedOf(heap, fn));
}

export function scriptOfShared(heap: TaggedHeap, shared: number): number {
  const { types, shared: layout, debugInfo } = heap.layout;
  if (heap.type(shared) !== types.shared) return 0;
  const script = heap.field(shared, layout.script);
  // Under a debugger, 11.3 keeps a DebugInfo there, which has the script.
  if (heap.type(script) === types.debugInfo && debugInfo.script !== 0)
    return heap.fieldOf(script, debugInfo.script, types.script);
  return heap.type(script) === types.script ? script : 0;
}

/** What a bound function calls; 0 of anything else. */
export function boundTarget(heap: TaggedHeap, fn: number): number {
  const { types, bound } = heap.layout;
  let target = fn;
  for (let count = 0; heap.type(target) === types.boundFunction && count < MAX_BOUND; count++)
    target = heap.field(target, bound.target);
  return target === fn || heap.type(target) === types.boundFunction ? 0 : target;
}

/** The context that a function closes over; 0 if it is no function. */
export function contextOf(heap: TaggedHeap, fn: number): number {
  if (!isFunction(heap, fn)) return 0;
  const { types, function: layout } = heap.layout;
  const context = heap.field(fn, layout.context);
  const type = heap.type(context);
  return type >= types.firstContext && type <= types.lastContext ? context : 0;
}

/** V8's number of a function that it brought along; -1 of any other. The numbers differ from build to build. */
export function builtinId(heap: TaggedHeap, fn: number): number {
  return builtinOfShared(heap, sharedOf(heap, fn));
}

/** The same, by its SharedFunctionInfo. */
export function builtinOfShared(heap: TaggedHeap, shared: number): number {
  if (shared === 0 || scriptOfShared(heap, shared) !== 0) return -1;
  return heap.smiField(shared, heap.layout.shared.data, -1);
}

/** The bytecode of a function, whatever runs it now; 0 if it has not been compiled, or was forgotten again. */
export function functionBytecode(heap: TaggedHeap, fn: number): number {
  return bytecodeOfShared(heap, sharedOf(heap, fn));
}

/** From the SharedFunctionInfo to the bytecode it is at most: wrapper, baseline code, interpreter data. */
const MAX_STEPS = 5;

export function bytecodeOfShared(heap: TaggedHeap, shared: number): number {
  const { types, shared: layout, code, interpreterData } = heap.layout;
  if (heap.type(shared) !== types.shared) return 0;
  let data = heap.field(shared, layout.trustedData);
  for (let step = 0; step < MAX_STEPS; step++) {
    const type = heap.type(data);
    if (type === -1) return 0;
    switch (type) {
      case types.bytecodeArray:
        return data;
      case types.code:
        data = heap.field(data, code.bytecodeOrInterpreterData);
        break;
      case types.interpreterData:
        data = heap.field(data, interpreterData.bytecode);
        break;
      case types.codeWrapper:
      case types.bytecodeWrapper:
        data = heap.field(data, 8);
        break;
      default:
        return 0;
    }
  }
  return 0;
}

/**
 * Where a function begins in the source of its script: the parenthesis of its parameters, as the locations of a heap
 * snapshot have it. -1 if it is not known, or if it has no script.
 */
export function functionStart(heap: TaggedHeap, fn: number): number {
  return startOfShared(heap, sharedOf(heap, fn));
}

export function startOfShared(heap: TaggedHeap, shared: number): number {
  const { types, shared: layout, uncompiled } = heap.layout;
  if (shared === 0 || scriptOfShared(heap, shared) === 0) return -1;
  const scope = readScopeInfo(heap, heap.field(shared, layout.nameOrScopeInfo));
  if (scope !== null && scope.start !== -1) return scope.start;
  const data = heap.field(shared, layout.trustedData);
  const type = heap.type(data);
  if (type < types.firstUncompiledData || type > types.lastUncompiledData) return -1;
  return Math.max(-1, heap.i32(data, uncompiled.start));
}

/**
 * The name that a function was written with or given by what it was assigned to, as a heap snapshot has it; empty of an
 * anonymous one. Of bound functions 'native_bind'.
 */
export function functionName(heap: TaggedHeap, fn: number): string {
  if (heap.type(fn) === heap.layout.types.boundFunction) return 'native_bind';
  return sharedName(heap, sharedOf(heap, fn));
}

export function sharedName(heap: TaggedHeap, shared: number): string {
  if (shared === 0) return '';
  const { functionNames } = heap.found;
  let name = functionNames.get(shared);
  if (name === undefined) {
    if (functionNames.size >= MAX_KNOWN) functionNames.clear();
    functionNames.set(shared, (name = readKnownName(heap, shared)));
  }
  return name;
}

/** Where there is none, maybe there was. */
function readKnownName(heap: TaggedHeap, shared: number): string {
  const name = readName(heap, shared);
  const start = startOfShared(heap, shared);
  const script = scriptOfShared(heap, shared);
  if (name === '' && start === -1 && script !== 0) heap.names.unreadable.add(shared);
  if (start === -1) return name;
  if (name === '') return heap.names.of(script, start) ?? '';
  heap.names.note(script, start, name);
  return name;
}

function readName(heap: TaggedHeap, shared: number): string {
  const name = heap.field(shared, heap.layout.shared.nameOrScopeInfo);
  const type = heap.type(name);
  if (type === heap.layout.types.scopeInfo) {
    const scope = readScopeInfo(heap, name);
    return scope === null ? '' : (readString(heap, scope.functionName, MAX_NAME) ?? '');
  }
  return readString(heap, name, MAX_NAME) ?? '';
}

/** The name, or else what V8 made up from the code around: what constructors and functions in stack traces are called. */
export function sharedDebugName(heap: TaggedHeap, shared: number): string {
  return sharedName(heap, shared) || inferredName(heap, shared);
}

function inferredName(heap: TaggedHeap, shared: number): string {
  if (shared === 0) return '';
  const { types, shared: layout, uncompiled } = heap.layout;
  const scope = readScopeInfo(heap, heap.field(shared, layout.nameOrScopeInfo));
  if (scope !== null && scope.inferredName !== 0) return readString(heap, scope.inferredName, MAX_NAME) ?? '';
  const data = heap.field(shared, layout.trustedData);
  const type = heap.type(data);
  if (type < types.firstUncompiledData || type > types.lastUncompiledData) return '';
  return readString(heap, heap.field(data, uncompiled.inferredName), MAX_NAME) ?? '';
}

/**
 * The name in V8's stack traces, without the type of the receiver: a `name` property that the program has set, the name
 * of the function, or what V8 made up from the code around; `eval` in evaluated code. Empty if there is none.
 */
export function debugName(heap: TaggedHeap, fn: number): string {
  const shared = sharedOf(heap, fn);
  if (shared === 0) return '';
  const own = ownValue(heap, fn, 'name');
  const set = own === 0 ? null : readString(heap, own, MAX_NAME);
  const name = set || sharedDebugName(heap, shared);
  return name === '' && isEvaluated(heap, scriptOfShared(heap, shared)) ? 'eval' : name;
}
