import type { TaggedHeap } from './tagged-heap.js';

/** What V8 keeps of a scope when it has been compiled. All offsets are of the ScopeInfo, in bytes. */
export interface ScopeInfo {
  /** How many variables live in the context. */
  locals: number;
  /** Of the first of their names, which follow each other; 0 where they are in a table. */
  names: number;
  /** A NameToIndexHashTable, where there are too many to be listed; 0 otherwise. */
  nameTable: number;
  /** A tagged string; 0 if the scope has no name, or is no function's. */
  functionName: number;
  /** The slot of the context in which a function finds itself by its name; -1: none. */
  functionSlot: number;
  inferredName: number;
  /** Offset in the source; -1: the scope has none. */
  start: number;
  end: number;
  /** Whether the first slot of the context is its extension. */
  hasExtension: boolean;
  /** Bytes. */
  size: number;
}

/** The flags that all of 11.3 to 14.6 have alike. */
const SCOPE_TYPE = 15;
const SAVED_CLASS_VARIABLE = 1 << 10;
const FUNCTION_VARIABLE = 3 << 12;
const FUNCTION_IN_CONTEXT = 2 << 12;
const INFERRED_NAME = 1 << 14;
const OUTER_SCOPE = 1 << 22;
const EXTENSION_SLOT = 1 << 26;
/** 11.3 and 12.4 only: a list of names that debuggers need. */
const LOCALS_BLOCK_LIST = 1 << 28;
/** 11.3 and 12.4 only. */
const EMPTY = 1 << 29;
/** More names than these are in a hash table. */
const MAX_INLINED_NAMES = 75;
/** V8's limit of a context's slots. */
const MAX_LOCALS = 1 << 18;

/** `null` if it is no ScopeInfo, or cannot be one. */
export function readScopeInfo(heap: TaggedHeap, scopeInfo: number): ScopeInfo | null {
  const { types, scopeInfo: layout } = heap.layout;
  if (heap.type(scopeInfo) !== types.scopeInfo) return null;
  const flags = layout.rawFlags
    ? heap.u32(scopeInfo, layout.flags)
    : heap.smiField(scopeInfo, layout.flags, 0);
  const locals = heap.smiField(scopeInfo, layout.localCount, -1);
  if (locals < 0 || locals > MAX_LOCALS) return null;
  const isModule = (flags & SCOPE_TYPE) === layout.scopes.module;
  const smiAt = (offset: number): number => heap.smiField(scopeInfo, offset, -1);

  let at = layout.locals;
  let moduleVariables = 0;
  if (isModule && layout.moduleCountFirst) {
    moduleVariables = smiAt(at);
    at += 8;
  }
  const inlined = locals < MAX_INLINED_NAMES;
  const names = inlined ? at : 0;
  const nameTable = inlined ? 0 : heap.field(scopeInfo, at);
  at += (inlined ? locals : 1) * 8;
  at += locals * 8; // what kind of variable each is
  if ((flags & SAVED_CLASS_VARIABLE) !== 0) at += 8;
  let functionName = 0;
  let functionSlot = -1;
  if ((flags & FUNCTION_VARIABLE) !== 0) {
    const name = heap.field(scopeInfo, at);
    if (isString(heap, name)) functionName = name;
    if ((flags & FUNCTION_VARIABLE) === FUNCTION_IN_CONTEXT) functionSlot = smiAt(at + 8);
    at += 16;
  }
  let inferredName = 0;
  if ((flags & INFERRED_NAME) !== 0) {
    const name = heap.field(scopeInfo, at);
    if (isString(heap, name)) inferredName = name;
    at += 8;
  }
  let positions = layout.positions;
  if (layout.scopes.withPositions.includes(flags & SCOPE_TYPE) && (flags & EMPTY) === 0) {
    positions = at;
    at += 16;
  }
  if ((flags & OUTER_SCOPE) !== 0) at += 8;
  if (layout.positions === 0 && (flags & LOCALS_BLOCK_LIST) !== 0) at += 8;
  if (isModule) {
    at += 8;
    if (!layout.moduleCountFirst) {
      moduleVariables = smiAt(at);
      at += 8;
    }
    if (moduleVariables < 0 || moduleVariables > MAX_LOCALS) return null;
    at += moduleVariables * 24;
  }
  if ((flags & SCOPE_TYPE) === layout.longerScope) at += 8;
  const start = positions === 0 ? -1 : smiAt(positions);
  const end = positions === 0 ? -1 : smiAt(positions + 8);
  return {
    locals,
    names,
    nameTable,
    functionName,
    functionSlot,
    inferredName,
    start: end >= start ? start : -1,
    end,
    hasExtension: (flags & EXTENSION_SLOT) !== 0,
    size: at,
  };
}

function isString(heap: TaggedHeap, value: number): boolean {
  const type = heap.type(value);
  return type >= 0 && type < heap.layout.types.firstNonString;
}
