import { readScopeInfo, type ScopeInfo } from './scope-info.js';
import { readString } from './strings.js';
import type { TaggedHeap } from './tagged-heap.js';

/** In the order of their instance types, which is that of the alphabet (11.3 to 14.6). */
const KINDS = [
  'await',
  'block',
  'catch',
  'debug-evaluate',
  'eval',
  'function',
  'module',
  'native',
  'script',
  'with',
] as const;

export type ContextKind = (typeof KINDS)[number];

export interface ContextVariable {
  name: string;
  /** 0 where it can be read as neither an object nor a small integer, as a number that V8 keeps bare. */
  value: number;
}

export interface ContextInfo {
  kind: ContextKind | null;
  /** The context around it; 0 if there is none. */
  previous: number;
  /** Of a module's context the module, of a `with` statement its object, of an awaiting function's the generator… */
  extension: number;
  variables: ContextVariable[];
  /** All objects behind the scope and the previous context, those of {@link variables} too. */
  slots: number[];
}

/** Of a context with more than these, the rest is left out. */
const MAX_SLOTS = 2000;
const MAX_NAME = 1000;

/** Of anything that is no context: kind `null`, and nothing in it. */
export function contextInfo(heap: TaggedHeap, context: number): ContextInfo {
  return {
    kind: contextKind(heap, context),
    previous: contextPrevious(heap, context),
    extension: contextExtension(heap, context),
    variables: contextVariables(heap, context),
    slots: contextSlots(heap, context),
  };
}

export function contextKind(heap: TaggedHeap, context: number): ContextKind | null {
  return KINDS[heap.type(context) - heap.layout.types.firstContext] ?? null;
}

export function contextPrevious(heap: TaggedHeap, context: number): number {
  if (contextKind(heap, context) === null) return 0;
  const previous = heap.field(context, heap.layout.context.previous);
  return contextKind(heap, previous) === null ? 0 : previous;
}

export function contextExtension(heap: TaggedHeap, context: number): number {
  const kind = contextKind(heap, context);
  const { types, context: layout } = heap.layout;
  if (kind === null || contextLength(heap, context) <= 2) return 0;
  if (kind !== 'await') {
    const scope = readScopeInfo(heap, heap.field(context, layout.scopeInfo));
    if (!scope?.hasExtension) return 0;
  }
  const value = heap.field(context, layout.slots);
  const type = heap.type(value);
  return type === types.oddball || type === types.hole || type === -1 ? 0 : value;
}

export function contextVariables(heap: TaggedHeap, context: number): ContextVariable[] {
  const scope = scopeWithVariables(heap, context);
  const variables: ContextVariable[] = [];
  if (scope === null) return variables;
  const scopeInfo = heap.field(context, heap.layout.context.scopeInfo);
  const names = scope.nameTable === 0 ? null : readNameTable(heap, scope.nameTable);
  const nameAt = (index: number): string | null => {
    if (index === -1) return readString(heap, scope.functionName, MAX_NAME);
    return names === null ? nameOf(heap, scopeInfo, scope, index) : (names.get(index) ?? null);
  };
  visitVariables(heap, context, scope, (index, value) => {
    const name = nameAt(index);
    if (name !== null) variables.push({ name, value });
  });
  return variables;
}

/** The values of the variables that are objects. Their names are not read, of which a module has thousands of bytes. */
export function contextValues(heap: TaggedHeap, context: number): number[] {
  const scope = scopeWithVariables(heap, context);
  const values: number[] = [];
  if (scope === null) return values;
  visitVariables(heap, context, scope, (_, value) => {
    if (heap.isObject(value)) values.push(value);
  });
  return values;
}

function scopeWithVariables(heap: TaggedHeap, context: number): ScopeInfo | null {
  const kind = contextKind(heap, context);
  if (kind === null || kind === 'native') return null;
  return readScopeInfo(heap, heap.field(context, heap.layout.context.scopeInfo));
}

/** Whether it is the scope of something written in JavaScript that has variables; V8's own have none. */
export function hasVariables(heap: TaggedHeap, context: number): boolean {
  const kind = contextKind(heap, context);
  if (kind === null || kind === 'await' || kind === 'native') return false;
  return (readScopeInfo(heap, heap.field(context, heap.layout.context.scopeInfo))?.locals ?? 0) > 0;
}

/** How many words a context has behind its length. */
export function contextLength(heap: TaggedHeap, context: number): number {
  return Math.max(0, heap.smiField(context, 8, 0));
}

/** The value in the slot at an offset of a context: behind the cell, where V8 put one (14.6). */
export function readContextSlot(heap: TaggedHeap, context: number, offset: number): number {
  const { types, contextCell } = heap.layout;
  const value = heap.value(context, offset);
  if (types.contextCell === -1 || heap.type(value) !== types.contextCell) return value;
  switch (heap.i32(value, contextCell.state)) {
    case CELL_INT32:
      return heap.smallInteger(heap.i32(value, contextCell.double));
    case CELL_FLOAT64:
      return 0;
    default:
      return heap.value(value, contextCell.value);
  }
}

const CELL_INT32 = 2;
const CELL_FLOAT64 = 3;

/** The name of the variable in the slot at an offset of a context; `null` if there is none. */
export function variableName(heap: TaggedHeap, context: number, offset: number): string | null {
  const { layout } = heap;
  const scope = readScopeInfo(heap, heap.field(context, layout.context.scopeInfo));
  if (scope === null) return null;
  const slot = (offset - 16) >> 3;
  if (slot === scope.functionSlot && scope.functionName !== 0)
    return readString(heap, scope.functionName, MAX_NAME);
  const index = slot - firstVariable(heap, scope);
  if (index < 0 || index >= scope.locals) return null;
  return nameOf(heap, heap.field(context, layout.context.scopeInfo), scope, index);
}

/** The number of a context's first slot that holds a variable. */
function firstVariable(heap: TaggedHeap, scope: ScopeInfo): number {
  return ((heap.layout.context.slots - 16) >> 3) + (scope.hasExtension ? 1 : 0);
}

/** `index` is that of the variable's name; -1 for the function itself. */
function visitVariables(
  heap: TaggedHeap,
  context: number,
  scope: ScopeInfo,
  visit: (index: number, value: number) => void,
): void {
  const length = contextLength(heap, context);
  const first = firstVariable(heap, scope);
  for (let index = 0; index < scope.locals && index < MAX_SLOTS && first + index < length; index++)
    visit(index, readContextSlot(heap, context, 16 + 8 * (first + index)));
  const { functionSlot } = scope;
  if (functionSlot >= first && functionSlot < length)
    visit(-1, readContextSlot(heap, context, 16 + 8 * functionSlot));
}

function nameOf(heap: TaggedHeap, scopeInfo: number, scope: ScopeInfo, index: number): string | null {
  if (scope.names === 0) return readNameTable(heap, scope.nameTable).get(index) ?? null;
  return readString(heap, heap.field(scopeInfo, scope.names + 8 * index), MAX_NAME);
}

/** A hash table: three words of sizes, then a name and its number for each place. */
const NAME_TABLE_START = 40;
const MAX_TABLE = 1 << 17;

function readNameTable(heap: TaggedHeap, table: number): Map<number, string> {
  const names = new Map<number, string>();
  const { types } = heap.layout;
  const type = heap.type(table);
  if (type < types.firstFixedArray || type > types.lastFixedArray) return names;
  const end = 16 + 8 * Math.min(heap.smiField(table, 8, 0), MAX_TABLE);
  for (let at = NAME_TABLE_START; at + 16 <= end; at += 16) {
    const name = readString(heap, heap.field(table, at), MAX_NAME);
    const index = heap.smiField(table, at + 8, -1);
    if (name !== null && index >= 0) names.set(index, name);
  }
  return names;
}

export function contextSlots(heap: TaggedHeap, context: number): number[] {
  const slots: number[] = [];
  visitSlots(heap, context, (value) => slots.push(value));
  return slots;
}

/** The same, without a list of them. */
export function visitSlots(heap: TaggedHeap, context: number, visit: (value: number) => void): void {
  if (contextKind(heap, context) === null) return;
  const end = 16 + 8 * Math.min(contextLength(heap, context), MAX_SLOTS);
  for (let at = heap.layout.context.slots; at < end; at += 8) {
    const value = readContextSlot(heap, context, at);
    if (heap.isObject(value)) visit(value);
  }
}
