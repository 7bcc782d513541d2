import type { V8Constants } from './constants.js';

/**
 * How V8 lays out the frames on a machine stack, the state of a thread that calls out of JavaScript, and its machine
 * code; for x64. What the exported constants lack was found on Node 20.20 (V8 11.3), 22.23 (12.4), 24.21 (13.6) and 26.10
 * (14.6), and is confirmed by what points at it each time that it is used.
 */
export interface MachineLayout {
  /** V8's major version. */
  readonly major: number;
  readonly frames: FrameLayout;
  readonly types: FrameTypes;
  readonly top: ThreadTopLayout;
  readonly code: CodeLayout;
  readonly deoptimization: DeoptimizationLayout;
  /** Of a Script: the SharedFunctionInfo that evaluated it. */
  readonly scriptEvaluatedFrom: number;
}

/** Offsets from a frame pointer. */
export interface FrameLayout {
  /** The context of a function, or what kind of frame it is as a Smi of 32 bits. */
  readonly contextOrType: number;
  readonly function: number;
  readonly bytecodeArray: number;
  /** Of interpreted functions. */
  readonly bytecodeOffset: number;
  /** The receiver of a function. */
  readonly receiver: number;
  /** Of a frame that entered JavaScript from C++: the exit frame that the C++ had been called by. */
  readonly nextExit: number;
  /** Of an exit frame for a builtin in C++: the JSFunction, its receiver. */
  readonly builtinTarget: number;
  readonly builtinReceiver: number;
}

/** Kinds of frames: V8's numbers. */
export interface FrameTypes {
  /** All that there are. */
  readonly all: ReadonlySet<number>;
  /** JavaScript that called C++. */
  readonly exits: ReadonlySet<number>;
  readonly builtinExit: number;
  /** C++ that called JavaScript. */
  readonly entries: ReadonlySet<number>;
  /** C++ that called WebAssembly: another form of entry, which is not followed. */
  readonly wasmEntry: number;
  /** Below a function that was called by `new`. */
  readonly constructs: ReadonlySet<number>;
  /** A builtin that goes on after an optimised function that it was part of has been thrown away. */
  readonly continuations: ReadonlySet<number>;
}

/** The fields of V8's ThreadLocalTop, from the one for the innermost exit frame (`c_entry_fp`) on. */
export interface ThreadTopLayout {
  readonly isolate: number;
  readonly context: number;
  readonly exception: number;
  /** C++ function that the exit frame called. */
  readonly cFunction: number;
  /** The innermost of the entry frames' handlers. */
  readonly handler: number;
  /** The outermost entry frame. */
  readonly jsEntry: number;
}

export interface CodeLayout {
  /** Of an InstructionStream: its Code. */
  readonly code: number;
  readonly instructionStreamType: number;
  /** Of a Code. */
  readonly deoptimizationData: number;
  /** Of baseline code: its table of bytecode offsets. */
  readonly bytecodeOffsets: number;
  readonly instructionStream: number;
  readonly instructionStart: number;
  readonly flags: number;
  readonly instructionSize: number;
  readonly kindMask: number;
  readonly baseline: number;
  readonly maglev: number;
  readonly turbofan: number;
  /** What stands before the length in tables of safepoints, and behind the configuration in those of Maglev. */
  readonly safepointPrefix: number;
  readonly maglevSafepointSuffix: number;
}

/** Elements of the array that optimised code has for being thrown away. */
export interface DeoptimizationLayout {
  readonly translations: number;
  readonly literals: number;
  /** The first of the entries: bytecode offset, translation, place in the code. */
  readonly entries: number;
}

const NO_TYPE = -1;

export function machineLayoutOf(
  constants: V8Constants,
  v8Version: string,
): MachineLayout | { reason: string } {
  const major = Number.parseInt(v8Version, 10);
  const get = (name: string): number => constants.get(name) ?? NO_TYPE;
  const offset = (name: string): number => constants.get(`off_fp_${name}`) ?? Number.NaN;
  const frameType = (name: string): number => get(`frametype_${name}`);
  const set = (...names: string[]): Set<number> => {
    const types = new Set(names.map(frameType));
    types.delete(NO_TYPE);
    return types;
  };
  const types: FrameTypes = {
    all: set(...FRAME_TYPES),
    exits: set(...FRAME_TYPES.filter((name) => /^(Builtin|Api\w+)?ExitFrame$/.test(name))),
    builtinExit: frameType('BuiltinExitFrame'),
    entries: set('EntryFrame', 'ConstructEntryFrame'),
    wasmEntry: frameType('CWasmEntryFrame'),
    constructs: set('ConstructFrame', 'FastConstructFrame'),
    continuations: set('JavaScriptBuiltinContinuationFrame', 'JavaScriptBuiltinContinuationWithCatchFrame'),
  };
  const baseline = get('CodeKindBaseline');
  const layout: MachineLayout = {
    major,
    types,
    scriptEvaluatedFrom: constants.find('class_Script__eval_from_shared_or_wrapped_arguments__') ?? 72,
    frames: {
      contextOrType: offset('context_or_frame_type'),
      function: offset('function'),
      bytecodeArray: offset('bytecode_array'),
      bytecodeOffset: offset('bytecode_offset'),
      receiver: offset('args'),
      nextExit: -64,
      builtinTarget: 24,
      builtinReceiver: major < 14 ? 48 : 40,
    },
    top: major < 12 ? THREAD_TOP_11 : THREAD_TOP_12,
    code: {
      code: 8,
      instructionStreamType: constants.find('type_InstructionStream__') ?? NO_TYPE,
      deoptimizationData: major < 12 ? 16 : 8,
      bytecodeOffsets: major < 12 ? 24 : 16,
      instructionStream: constants.find('class_Code__instruction_stream__') ?? 32,
      instructionStart: constants.find('class_Code__instruction_start__') ?? 40,
      flags: constants.find('class_Code__flags__') ?? 48,
      instructionSize: constants.find('class_Code__instruction_size__') ?? 56,
      kindMask: get('CodeKindFieldMask'),
      baseline,
      maglev: baseline + 1,
      turbofan: baseline + 2,
      safepointPrefix: major < 13 ? 0 : 4,
      maglevSafepointSuffix: major < 13 ? 8 : 4,
    },
    deoptimization: {
      translations: 0,
      literals: get('DeoptimizationDataLiteralArrayIndex'),
      // Behind the positions: where the exits start, how many are eager, how many lazy.
      entries: get('DeoptimizationDataInliningPositionsIndex') + 4,
    },
  };
  const offsets = Object.values(layout.frames);
  const known = major >= 11 && types.entries.size > 0 && types.exits.size > 1 && !offsets.some(Number.isNaN);
  return known ? layout : { reason: `the machine stacks of V8 ${v8Version} are not known` };
}

const THREAD_TOP_11: ThreadTopLayout = {
  isolate: -112,
  context: -104,
  exception: -88,
  cFunction: 16,
  handler: 8,
  jsEntry: 32,
};

const THREAD_TOP_12: ThreadTopLayout = {
  isolate: 96,
  context: 16,
  exception: 40,
  cFunction: 8,
  handler: 136,
  jsEntry: 152,
};

/** Of the four versions of V8 together. */
const FRAME_TYPES = `
EntryFrame ConstructEntryFrame ExitFrame WasmFrame WasmToJsFrame WasmToJsFunctionFrame JsToWasmFrame StackSwitchFrame
WasmDebugBreakFrame CWasmEntryFrame WasmExitFrame WasmLiftoffSetupFrame WasmSegmentStartFrame WasmJspiFrame
WasmStackEntryFrame WasmStackExitFrame InterpretedFrame BaselineFrame MaglevFrame TurbofanFrame TurbofanJSFrame StubFrame
TurbofanStubWithContextFrame BuiltinContinuationFrame JavaScriptBuiltinContinuationFrame
JavaScriptBuiltinContinuationWithCatchFrame InternalFrame ConstructFrame FastConstructFrame BuiltinFrame
BuiltinExitFrame ApiCallbackExitFrame ApiAccessorExitFrame ApiNamedAccessorExitFrame ApiIndexedAccessorExitFrame
ApiConstructExitFrame NativeFrame IrregexpFrame`
  .trim()
  .split(/\s+/);
