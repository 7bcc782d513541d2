import type { ObjectComparison } from './compare-objects.js';
import { contextExtension, contextKind, contextPrevious, contextVariables } from './contexts.js';
import {
  boundTarget,
  contextOf,
  functionBytecode,
  functionName,
  functionStart,
  scriptOf,
  sharedDebugName,
  sharedOf,
} from './functions.js';
import type { ScanHeap } from './find-suspended.js';
import { asyncFromSyncIterator, generatorFields, moduleFields } from './generators.js';
import { EVALUATED_URL, FUNCTION_KINDS, KNOWN_SCRIPT, startOf, WIDE } from './known-script.js';
import { Mismatch } from './mismatch.js';
import { describeSlot, elements, numberValue } from './objects.js';
import { isEvaluated, lineColumn, scriptName, scriptSourceUrl } from './scripts.js';
import { readString } from './strings.js';
import type { TaggedHeap } from './tagged-heap.js';

const LONGEST_SOURCE = 1_000_000;
/** V8's FunctionKind, the same bits in 11.3 to 14.6. */
const KIND = 31;

/** Compares what is read of known functions, their scripts, scopes and modules with what they are. */
export function compareCode(heap: TaggedHeap, known: ObjectComparison, sourceOfNode: string): void {
  compareScopes(heap, known);
  compareScripts(heap, known, sourceOfNode);
  compareKinds(heap, known);
  compareBytecode(heap, known);
  compareModule(heap, contextOf(heap, known.at('ofModule')), known.at('inModule'));
  if (boundTarget(heap, known.at('bound')) !== known.at('target'))
    throw new Mismatch('a bound function was misread');
}

/** Names → the object, or the number, that each variable must hold. */
type Variables = { [name: string]: number | { number: number } };

function compareScopes(heap: TaggedHeap, known: ObjectComparison): void {
  const first = known.at('store');
  const second = known.at('other');
  const scopeOf = (name: string): number => contextOf(heap, known.at('script', name));

  const block = scopeOf('closure');
  compareVariables(heap, block, { block: first });
  const around = contextPrevious(heap, block);
  // Where V8 keeps numbers bare, they read as none.
  const outer = variablesOf(heap, around);
  for (const name of ['double', 'large']) {
    const value = outer.get(name);
    if (value !== 0 && numberValue(heap, value ?? 0) !== (name === 'double' ? 10.5 : 2 ** 40 + 10))
      throw new Mismatch('a number in a scope was misread');
  }
  compareVariables(heap, around, {
    parameter: first,
    changing: first,
    constant: second,
    counter: { number: 10 },
  });
  compareContextTypes(heap, around, scopeOf('within'));
  const slot = describeSlot(heap, block, offsetOf(heap, block, first));
  if (slot.type !== 'context' || slot.name !== 'block')
    throw new Mismatch('the variable of a slot was misread');

  const cells = elements(heap, known.at('script', 'cells'), LONGEST_SOURCE).map((fn) => contextOf(heap, fn));
  if (cells.length !== 4) throw new Mismatch('functions were misread');
  compareVariables(heap, cells[0]!, { inCell: { number: 9 } });
  const bare = variablesOf(heap, cells[1]!).get('inCell');
  if (bare !== 0 && numberValue(heap, bare ?? 0) !== 9.25)
    throw new Mismatch('a number in a scope was misread');
  compareVariables(heap, cells[2]!, { inCell: first });
  compareVariables(heap, cells[3]!, { inCell: { number: -11 } });
  compareVariables(heap, scopeOf('inEval'), { parameter: first });
  if (contextExtension(heap, scopeOf('within')) !== first) throw new Mismatch('a with statement was misread');
  const self = known.at('script', 'self');
  compareVariables(heap, scopeOf('inSelf'), { guruSelf: self });
  const wide: Variables = { last: first };
  for (let at = 0; at < WIDE; at++) wide[`v${at}`] = { number: at };
  compareVariables(heap, scopeOf('wide'), wide);
}

/** The outermost context of all is the native one. */
function compareContextTypes(heap: TaggedHeap, inner: number, within: number): void {
  const { types } = heap.layout;
  let outermost = inner;
  for (let depth = 0; depth < MAX_DEPTH; depth++) outermost = contextPrevious(heap, outermost) || outermost;
  const native = heap.type(outermost);
  const right =
    native === types.nativeContext &&
    native === types.lastContext - 2 &&
    heap.type(within) === types.lastContext &&
    contextKind(heap, outermost) === 'native' &&
    contextKind(heap, within) === 'with' &&
    contextKind(heap, inner) === 'function';
  if (!right) throw new Mismatch('the kinds of scopes were misread');
}

/** Deeper than the scopes here are. */
const MAX_DEPTH = 10;

function variablesOf(heap: TaggedHeap, context: number): Map<string, number> {
  return new Map(contextVariables(heap, context).map(({ name, value }) => [name, value]));
}

function compareVariables(heap: TaggedHeap, context: number, expected: Variables): void {
  const found = variablesOf(heap, context);
  for (const [name, value] of Object.entries(expected)) {
    const read = found.get(name);
    const right =
      typeof value === 'number' ? read === value : read !== undefined && isNumber(heap, read, value);
    if (!right) throw new Mismatch(`the variable ${name} was misread`);
  }
}

function isNumber(heap: TaggedHeap, value: number, { number }: { number: number }): boolean {
  return numberValue(heap, value) === number;
}

/** Of the field of an object that has this value; 0: none has. */
function offsetOf(heap: TaggedHeap, object: number, value: number): number {
  const size = heap.size(object);
  for (let offset = 8; offset < size; offset += 8) if (heap.value(object, offset) === value) return offset;
  return 0;
}

function compareScripts(heap: TaggedHeap, known: ObjectComparison, sourceOfNode: string): void {
  const closure = known.at('script', 'closure');
  const script = scriptOf(heap, closure);
  if (scriptName(heap, script) !== KNOWN_SCRIPT.filename || isEvaluated(heap, script))
    throw new Mismatch('a script was misread');
  for (const [property, name] of [
    ['closure', 'guruClosure'],
    ['inEval', 'guruInEval'],
    ['wide', 'guruWide'],
  ] as const) {
    const fn = known.at('script', property);
    const place = lineColumn(heap, scriptOf(heap, fn), functionStart(heap, fn));
    const { line, column } = startOf(name);
    if (functionName(heap, fn) !== name || place?.line !== line || place.column !== column)
      throw new Mismatch(`${name} ${line}:${column} was read as ${place?.line}:${place?.column}`);
  }
  for (const name of ['called', 'never']) {
    const fn = known.at('script', 'inferred', name);
    if (sharedDebugName(heap, sharedOf(heap, fn)) !== `inferred.${name}`)
      throw new Mismatch('a function without a name was misread');
  }
  const evaluated = scriptOf(heap, known.at('script', 'evaluated'));
  if (!isEvaluated(heap, evaluated) || scriptSourceUrl(heap, evaluated) !== EVALUATED_URL)
    throw new Mismatch('evaluated code was misread');
  const ofNode = known.at('ofNode');
  const nodeScript = scriptOf(heap, ofNode);
  const source = readString(heap, heap.field(nodeScript, heap.layout.script.source), LONGEST_SOURCE);
  const start = functionStart(heap, ofNode);
  if (
    scriptName(heap, nodeScript) !== 'node:events' ||
    source === null ||
    start === -1 ||
    !sourceOfNode.includes('(') ||
    !source.startsWith(sourceOfNode, start - sourceOfNode.indexOf('('))
  )
    throw new Mismatch('a script of Node was misread');
}

/** The flags of functions tell their kinds apart. */
function compareKinds(heap: TaggedHeap, known: ObjectComparison): void {
  const kinds = new Map<string, number>();
  for (const [at, fn] of elements(heap, known.at('script', 'functions'), LONGEST_SOURCE).entries()) {
    const kind = heap.u32(sharedOf(heap, fn), heap.layout.shared.flags) & KIND;
    const letter = FUNCTION_KINDS[at] ?? '';
    if ((kinds.get(letter) ?? kind) !== kind) throw new Mismatch('the kind of a function was misread');
    kinds.set(letter, kind);
  }
  if (kinds.size < new Set(FUNCTION_KINDS).size || new Set(kinds.values()).size !== kinds.size)
    throw new Mismatch('the kinds of functions were not told apart');
}

/** Where bytecode ends, another object begins: of most, as some are the last of what V8 has set aside. */
function compareBytecode(heap: TaggedHeap, known: ObjectComparison): void {
  let compiled = 0;
  let followed = 0;
  for (const fn of elements(heap, known.at('script', 'functions'), LONGEST_SOURCE)) {
    const bytecode = functionBytecode(heap, fn);
    if (bytecode === 0) continue;
    compiled++;
    if (heap.isObject(bytecode + heap.size(bytecode) / 8)) followed++;
  }
  if (compiled < FEWEST_COMPILED || 2 * followed < compiled) throw new Mismatch('bytecode was misread');
}

/** Of the functions of the known script seven have run. */
const FEWEST_COMPILED = 5;

/** A module that has run, with a scope of its own; none where all has been put into one file that is no module. */
function compareModule(heap: TaggedHeap, scope: number, inModule: number): void {
  if (contextKind(heap, scope) !== 'module') return;
  const { types, module: layout } = heap.layout;
  const module = contextExtension(heap, scope);
  const fields = moduleFields(heap, module);
  if (fields === null || generatorFields(heap, fields.generator) === null)
    throw new Mismatch('a module was misread');
  const code = heap.field(fields.generator, heap.layout.generator.function);
  const promise = heap.type(heap.field(module, layout.topLevelCapability));
  const list = heap.type(heap.field(module, layout.asyncParents));
  const right =
    contextExtension(heap, contextOf(heap, code)) === module &&
    functionStart(heap, code) === 0 &&
    fields.cycleRoot !== 0 &&
    (promise === types.oddball || promise === types.promise) &&
    list === (types.arrayList === -1 ? types.firstFixedArray : types.arrayList) &&
    variablesOf(heap, scope).get('moduleVariable') === inModule;
  if (!right) throw new Mismatch('a module was misread');
}

/** Of the modules of a thread one at least was asked for, and has what it was answered with. */
export function compareModules(heap: TaggedHeap, known: ObjectComparison, scan: ScanHeap): void {
  const scope = contextOf(heap, known.at('ofModule'));
  if (contextKind(heap, scope) !== 'module') return;
  let asked = false;
  scan([heap.map(contextExtension(heap, scope))], (slot) => {
    asked ||= (moduleFields(heap, slot)?.topLevelPromise ?? 0) !== 0;
  });
  if (!asked) throw new Mismatch('the promise of a module was misread');
}

/** What a `for await` over a plain generator has in its registers. */
export function compareSyncIterator(heap: TaggedHeap, registers: readonly number[], iterated: number): void {
  const { types } = heap.layout;
  const wrapper = registers.find((one) => heap.type(one) === types.asyncFromSyncIterator);
  if (wrapper === undefined || asyncFromSyncIterator(heap, wrapper) !== iterated)
    throw new Mismatch('a for await loop was misread');
}
