import type { V8Constants } from './constants.js';
import { type InstanceTypes, readTypes } from './instance-types.js';
import { type VersionFacts, VERSIONS } from './layout-versions.js';

/**
 * Where V8 keeps what in its objects. Offsets are bytes from the beginning of the object. What the exported constants
 * tell is taken from them; the rest is in a table by V8 version below, found with `%DebugPrint` and raw words on Node
 * 20.20 (V8 11.3), 22.23 (12.4), 24.21 (13.6) and 26.10 (14.6).
 */
export interface Layout {
  readonly version: string;
  /** Tables of source positions have offsets with a flag in their lowest bit: from V8 14 on. */
  readonly doubledOffsets: boolean;
  readonly types: InstanceTypes;
  readonly map: {
    readonly instanceSizeInWords: number;
    readonly inObjectStart: number;
    readonly instanceType: number;
    readonly bitField2: number;
    readonly bitField3: number;
    readonly prototype: number;
    readonly constructorOrBackPointer: number;
    readonly descriptors: number;
    /** Masks of {@link bitField3}. */
    readonly isDictionary: number;
    readonly isPrototype: number;
    /** Shift and mask of {@link bitField3}. */
    readonly ownDescriptorsShift: number;
    readonly ownDescriptorsMask: number;
  };
  readonly descriptorArray: { readonly all: number; readonly first: number };
  readonly details: {
    readonly isAccessor: number;
    readonly inDescriptor: number;
    readonly indexShift: number;
    readonly indexMask: number;
  };
  readonly object: { readonly properties: number; readonly elements: number };
  /** The first entry of a dictionary; each has three words, a global one's one word. */
  readonly nameDictionaryStart: number;
  readonly globalDictionaryStart: number;
  readonly propertyCell: { readonly name: number; readonly value: number };
  readonly function: { readonly shared: number; readonly context: number };
  readonly bound: { readonly target: number };
  readonly shared: {
    /** The builtin's id, templates, and before V8 13 everything else too. */
    readonly data: number;
    /** Bytecode, code: the same as {@link data} where V8 does not keep them apart. */
    readonly trustedData: number;
    readonly nameOrScopeInfo: number;
    readonly script: number;
    readonly flags: number;
  };
  readonly uncompiled: { readonly inferredName: number; readonly start: number };
  readonly interpreterData: { readonly bytecode: number };
  readonly code: { readonly bytecodeOrInterpreterData: number };
  readonly debugInfo: { readonly script: number };
  readonly bytecode: { readonly data: number; readonly sourcePositions: number };
  readonly scopeInfo: ScopeInfoLayout;
  readonly context: { readonly scopeInfo: number; readonly previous: number; readonly slots: number };
  /** 0 where this V8 has no such cells. */
  readonly contextCell: { readonly value: number; readonly state: number; readonly double: number };
  readonly script: {
    readonly source: number;
    readonly name: number;
    readonly lineOffset: number;
    readonly columnOffset: number;
    readonly lineEnds: number;
    readonly sourceUrl: number;
    /** A Smi, whose lowest bit tells that the script is code that was given to `eval`. */
    readonly flags: number;
  };
  readonly generator: {
    readonly function: number;
    readonly context: number;
    readonly receiver: number;
    readonly bytecodeOffset: number;
    readonly continuation: number;
    readonly registers: number;
    /** Of an async function. */
    readonly promise: number;
    /** Of an async generator: its first request. */
    readonly queue: number;
    readonly isAwaiting: number;
  };
  readonly request: { readonly next: number; readonly promise: number };
  readonly promise: { readonly reactionsOrResult: number; readonly flags: number };
  readonly reaction: {
    readonly next: number;
    readonly reject: number;
    readonly fulfill: number;
    readonly promiseOrCapability: number;
    /** 0 where V8 keeps none. */
    readonly asyncContext: number;
  };
  readonly capability: { readonly promise: number };
  readonly module: {
    readonly topLevelCapability: number;
    readonly code: number;
    readonly cycleRoot: number;
    readonly asyncParents: number;
    /** An ArrayList: its length and first element. */
    readonly listLength: number;
    readonly listStart: number;
  };
  readonly asyncFromSyncIterator: { readonly iterator: number };
  readonly weakRef: { readonly target: number };
  readonly collection: { readonly table: number };
  readonly primitiveWrapper: { readonly value: number };
  /** Of objects that C++ made: their fields for pointers. */
  readonly embedderFields: number;
  readonly heapNumber: { readonly value: number };
  readonly string: {
    readonly length: number;
    readonly chars: number;
    readonly first: number;
    readonly second: number;
    readonly parent: number;
    readonly offset: number;
    readonly actual: number;
    readonly resourceData: number;
  };
  readonly symbol: { readonly name: number };
  readonly feedbackVectorHeader: number;
  readonly boilerplateHeader: number;
  readonly scriptContextTableHeader: number;
  readonly freeSpaceUnit: number;
  readonly closureParameters: boolean;
  /** Whether stack traces call all functions that are receivers by their names, not only classes. */
  readonly functionsNamed: boolean;
  /** Whether objects are called after a `name` that the program gave to the function that made them. */
  readonly constructorsOwnNames: boolean;
}

export interface ScopeInfoLayout {
  readonly flags: number;
  /** Whether the flags are a bare number, not a Smi. */
  readonly rawFlags: boolean;
  readonly localCount: number;
  /** Where the positions of the scope are; 0: behind the variables, in scopes that have them. */
  readonly positions: number;
  /** Of the first variable's name, or in modules of what stands before. */
  readonly locals: number;
  /** Whether the number of a module's variables stands before the names. */
  readonly moduleCountFirst: boolean;
  readonly scopes: { readonly module: number; readonly withPositions: readonly number[] };
  /** The number of the function scope, if a word more is at its end; -1 if not. */
  readonly longerScope: number;
}

/** Of a constant that is needed and that this binary does not have. */
class MissingConstant extends Error {}

/**
 * The layout of a V8, or why there is none: pointer compression, a version that is not in the table, constants that are
 * not there. Whether it is right is for the calibration to tell.
 *
 * @param v8Version as in `process.versions.v8`; major and minor count.
 */
export function layoutOf(constants: V8Constants, v8Version: string): Layout | { reason: string } {
  const version = /^\d+\.\d+/.exec(v8Version)?.[0] ?? v8Version;
  const facts = Object.hasOwn(VERSIONS, version) ? VERSIONS[version] : undefined;
  if (facts === undefined) return { reason: `the heap of V8 ${v8Version} is not known` };
  if (constants.get('TaggedSize') !== 8 || constants.get('SystemPointerSize') !== 8)
    return { reason: 'V8 was built with pointer compression, or not for 64 bits' };
  if (constants.get('SmiValueShift') !== 1 || constants.get('SmiShiftSize') !== 31)
    return { reason: 'V8 was built with small integers of another form' };
  try {
    return build(constants, version, facts);
  } catch (error) {
    if (error instanceof MissingConstant) return { reason: error.message };
    throw error;
  }
}

function build(constants: V8Constants, version: string, facts: VersionFacts): Layout {
  const need = (prefix: string): number => {
    const value = constants.find(prefix);
    if (value === undefined) throw new MissingConstant(`V8's constant ${prefix} is missing`);
    return value;
  };
  const dictionary = 16 + 8 * need('namedictionary_prefix_start_index');
  const trustedData = 8;
  const nameOrScopeInfo = need('class_SharedFunctionInfo__name_or_scope_info__');
  // From 13 on what is not to be trusted has a field of its own, between.
  const data = nameOrScopeInfo - 8;
  return {
    version,
    doubledOffsets: Number.parseInt(version, 10) >= 14,
    types: readTypes(constants, need, facts),
    map: {
      instanceSizeInWords: need('class_Map__instance_size_in_words__char'),
      inObjectStart: need('class_Map__inobject_properties_start_or_constructor_function_index__char'),
      instanceType: need('class_Map__instance_type__uint16_t'),
      bitField2: need('class_Map__bit_field2__char'),
      bitField3: need('class_Map__bit_field3__int'),
      prototype: need('class_Map__prototype__Object'),
      constructorOrBackPointer: need('class_Map__constructor_or_back_pointer__'),
      descriptors: need('class_Map__instance_descriptors_offset'),
      isDictionary: 1 << need('bit_field3_is_dictionary_map_shift'),
      // The bit before it; no constant tells.
      isPrototype: 1 << (need('bit_field3_is_dictionary_map_shift') - 1),
      ownDescriptorsShift: need('bit_field3_number_of_own_descriptors_shift'),
      ownDescriptorsMask: need('bit_field3_number_of_own_descriptors_mask'),
    },
    descriptorArray: { all: 8, first: need('class_DescriptorArray__header_size__uintptr_t') },
    details: {
      isAccessor: need('prop_kind_mask'),
      inDescriptor: need('prop_location_mask'),
      indexShift: need('prop_index_shift'),
      indexMask: need('prop_index_mask'),
    },
    object: {
      properties: need('class_JSReceiver__raw_properties_or_hash__'),
      elements: need('class_JSObject__elements__Object'),
    },
    nameDictionaryStart: dictionary + 8 * need('namedictionaryshape_prefix_size'),
    globalDictionaryStart: dictionary + 8 * GLOBAL_DICTIONARY_PREFIX,
    propertyCell: { name: 8, value: 24 },
    function: {
      shared: need('class_JSFunction__shared__SharedFunctionInfo'),
      context: need('class_JSFunction__context__Context'),
    },
    bound: { target: 24 },
    shared: {
      data,
      trustedData,
      nameOrScopeInfo,
      script: nameOrScopeInfo + 16,
      flags: need('class_SharedFunctionInfo__flags__int'),
    },
    uncompiled: {
      inferredName: need('class_UncompiledData__inferred_name__String'),
      start: need('class_UncompiledData__start_position__int32_t'),
    },
    interpreterData: { bytecode: 8 },
    code: { bytecodeOrInterpreterData: facts.codeData },
    debugInfo: { script: facts.debugInfoScript },
    bytecode: { data: facts.bytecodeData, sourcePositions: facts.sourcePositions },
    scopeInfo: facts.scopeInfo,
    context: {
      scopeInfo: 16 + 8 * need('context_idx_scope_info'),
      previous: 16 + 8 * need('context_idx_prev'),
      slots: 16 + 8 * need('context_min_slots'),
    },
    contextCell: facts.contextCell,
    script: {
      source: need('class_Script__source__Object'),
      name: need('class_Script__name__Object'),
      lineOffset: 24,
      columnOffset: 32,
      lineEnds: need('class_Script__line_ends__Object'),
      sourceUrl: 112,
      flags: 104,
    },
    generator: {
      function: 24,
      context: 32,
      receiver: 40,
      bytecodeOffset: 48,
      continuation: 64,
      registers: 72,
      promise: 80,
      queue: 80,
      isAwaiting: 88,
    },
    request: { next: 8, promise: 32 },
    promise: { reactionsOrResult: 24, flags: 32 },
    reaction: facts.reaction,
    capability: { promise: 8 },
    module: facts.module,
    asyncFromSyncIterator: { iterator: 24 },
    weakRef: { target: 24 },
    collection: { table: 24 },
    primitiveWrapper: { value: 24 },
    embedderFields: need('class_JSObject__internal_fields__uintptr_t'),
    heapNumber: { value: need('class_HeapNumber__value__double') },
    string: {
      length: need('class_String__length__int32_t'),
      chars: need('class_SeqOneByteString__chars__char'),
      first: need('class_ConsString__first__String'),
      second: need('class_ConsString__second__String'),
      parent: need('class_SlicedString__parent__String'),
      offset: need('class_SlicedString__offset__SMI'),
      actual: need('class_ThinString__actual__String'),
      resourceData: facts.resourceData,
    },
    symbol: { name: need('class_Symbol__name__Object') },
    feedbackVectorHeader: facts.feedbackVectorHeader,
    boilerplateHeader: facts.boilerplateHeader,
    scriptContextTableHeader: facts.scriptContextTableHeader,
    freeSpaceUnit: facts.freeSpaceUnit,
    closureParameters: facts.closureParameters,
    functionsNamed: facts.functionsNamed,
    constructorsOwnNames: facts.constructorsOwnNames,
  };
}

/** Names' dictionaries have flags behind it, which global ones have not. */
const GLOBAL_DICTIONARY_PREFIX = 2;
