import { baselineOffset } from './baseline-offsets.js';
import { callName, isShownBuiltin, writtenName } from './call-names.js';
import { codeAt, type CodeObject } from './code-objects.js';
import { functionStart, isFunction, scriptOfShared, sharedOf } from './functions.js';
import type { MachineLayout } from './machine-layout.js';
import { optimizedPlaces } from './optimized-frames.js';
import type { Range } from './range.js';
import { lineColumn, scriptName, scriptSourceUrl } from './scripts.js';
import { sourcePosition } from './source-positions.js';
import type { MachineFrame } from './stack-walk.js';
import type { StackCopy } from './stack-copy.js';
import type { TaggedHeap } from './tagged-heap.js';

/** A function on a thread's stack. */
export interface StackFunction {
  /** As V8's stack traces have it (`Class.method`, `new Foo`); `<anonymous>` where it has no name. */
  functionName: string;
  /** What the script was loaded as; `null` for V8's own functions. */
  script: string | null;
  /** 1-based, of the running script. */
  line: number | null;
  column: number | null;
  /** The place is where the function begins: where in it the call is could not be told beyond doubt. */
  approximate?: true;
  /** A function of V8 itself. */
  native?: true;
}

/** What is needed to read frames. */
export interface FrameSource {
  heap: TaggedHeap;
  stack: StackCopy;
  layout: MachineLayout;
  /** Executable memory: from files, V8's builtins among it, and what was made at run time. */
  code: { files: readonly Range[]; made: readonly Range[] };
}

/**
 * The functions that frames stand for, innermost first, up to `limit`. `null` if a frame is not what the walk took it for:
 * then the stack or the heap have changed meanwhile.
 */
export function describeFrames(
  source: FrameSource,
  frames: readonly MachineFrame[],
  limit: number,
): StackFunction[] | null {
  const functions: StackFunction[] = [];
  const names = new Map<string, string>();
  for (const frame of frames) {
    if (functions.length > limit) break;
    const described = describeFrame(source, frame, names);
    if (described === null) return null;
    functions.push(...described);
  }
  return functions;
}

function describeFrame(
  source: FrameSource,
  frame: MachineFrame,
  names: Map<string, string>,
): StackFunction[] | null {
  const { heap, stack, layout } = source;
  const { frames: offsets, types } = layout;
  const name = (fn: number, receiver: number): string => {
    const { constructs } = frame;
    const key = `${fn}:${receiver}:${constructs}`;
    const otherwise = otherwiseOf(source, sharedOf(heap, fn));
    const { major } = layout;
    let known = names.get(key);
    if (known === undefined)
      names.set(key, (known = callName(heap, { fn, major, receiver, constructs, otherwise })));
    return known;
  };
  if (frame.kind === 'exit') {
    if (frame.type !== types.builtinExit) return [];
    const fn = heap.objectOf(stack.word(frame.fp + offsets.builtinTarget));
    // Functions of native addons and Node's C++ are called the same way on V8 11; stack traces leave them out.
    if (!isFunction(heap, fn) || !isShownBuiltin(heap, fn)) return [];
    return [native(name(fn, heap.tagged(stack.word(frame.fp + offsets.builtinReceiver))))];
  }
  const fn = heap.objectOf(stack.word(frame.fp + offsets.function));
  if (!isFunction(heap, fn)) return null;
  const shared = sharedOf(heap, fn);
  if (shared === 0) return null;
  const receiver = frame.kind === 'function' ? heap.tagged(stack.word(frame.fp + offsets.receiver)) : 0;
  if (scriptOfShared(heap, shared) === 0) return isShownBuiltin(heap, fn) ? [native(name(fn, receiver))] : [];
  if (frame.kind === 'continuation') return [];
  const context = heap.type(heap.objectOf(stack.word(frame.fp + offsets.contextOrType)));
  const { firstContext, lastContext } = heap.layout.types;
  if (context < firstContext || context > lastContext) return null;
  return describeFunction(source, frame, fn, shared, name(fn, receiver));
}

/** A frame of a function that has a script. */
function describeFunction(
  source: FrameSource,
  frame: MachineFrame,
  fn: number,
  shared: number,
  name: string,
): StackFunction[] {
  const { heap, stack, layout } = source;
  const { frames: offsets } = layout;
  const at = (position: number): StackFunction[] => [
    place(heap, shared, position, name) ?? approximate(heap, fn, name),
  ];
  const region = regionOf(source.code.made, frame.pc);
  const code = region && codeAt(heap, frame.pc, region, layout.code);
  if (code?.kind === 'maglev' || code?.kind === 'turbofan')
    return describeOptimized(source, frame, code, shared, name) ?? [approximate(heap, fn, name)];
  const bytecode = heap.objectOf(stack.word(frame.fp + offsets.bytecodeArray));
  // Under a debugger an instrumented copy runs instead, whose offsets are the same.
  if (heap.type(bytecode) !== heap.layout.types.bytecodeArray) return [approximate(heap, fn, name)];
  if (code?.kind === 'baseline') {
    const offset = baselineOffset(heap, bytecode, code, frame.pc, layout.code);
    return at(sourcePosition(heap, bytecode, offset));
  }
  // Only V8's builtins interpret. Code that was made, but is not known as such, leaves old offsets in the frame.
  const offset = heap.tagged(stack.word(frame.fp + offsets.bytecodeOffset));
  if (regionOf(source.code.files, frame.pc) === null || !heap.isSmi(offset))
    return [approximate(heap, fn, name)];
  // It counts from the object's tagged pointer.
  const first = heap.layout.bytecode.data - 1;
  return at(sourcePosition(heap, bytecode, heap.smi(offset) - first));
}

/** With the functions that are inlined. `null` if they are not beyond doubt. */
function describeOptimized(
  source: FrameSource,
  frame: MachineFrame,
  code: CodeObject,
  shared: number,
  name: string,
): StackFunction[] | null {
  const { heap, layout } = source;
  const places = optimizedPlaces(heap, code, frame.pc, shared, layout);
  if (places === null) return null;
  const functions: StackFunction[] = [];
  for (const [index, one] of places.entries()) {
    // The receivers of inlined functions are in no fixed place.
    const inlined = writtenName(heap, one.shared, otherwiseOf(source, one.shared), one.constructs);
    if (one.position === -1) {
      functions.push(native(inlined));
      continue;
    }
    const described = place(heap, one.shared, one.position, index === places.length - 1 ? name : inlined);
    if (described === null) return null;
    functions.push(described);
  }
  return functions;
}

function regionOf(regions: readonly Range[], address: number): Range | null {
  return regions.find(({ start, end }) => address >= start && address < end) ?? null;
}

/** What nameless functions are called that were made by `eval` or `new Function`: the script knows what did it. */
function otherwiseOf({ heap, layout }: FrameSource, shared: number): string {
  const script = scriptOfShared(heap, shared);
  if (script === 0) return '';
  return heap.fieldOf(script, layout.scriptEvaluatedFrom, heap.layout.types.shared) === 0 ? '' : 'eval';
}

function place(heap: TaggedHeap, shared: number, position: number, name: string): StackFunction | null {
  const script = scriptOfShared(heap, shared);
  const found = script === 0 || position < 0 ? null : lineColumn(heap, script, position);
  if (found === null) return null;
  return { functionName: name, script: scriptText(heap, script), line: found.line, column: found.column };
}

function approximate(heap: TaggedHeap, fn: number, name: string): StackFunction {
  const script = scriptOfShared(heap, sharedOf(heap, fn));
  const found = lineColumn(heap, script, functionStart(heap, fn));
  return {
    functionName: name,
    script: scriptText(heap, script),
    line: found?.line ?? null,
    column: found?.column ?? null,
    approximate: true,
  };
}

function scriptText(heap: TaggedHeap, script: number): string {
  return scriptName(heap, script) || scriptSourceUrl(heap, script) || '<anonymous>';
}

function native(functionName: string): StackFunction {
  return { functionName, script: null, line: null, column: null, native: true };
}
