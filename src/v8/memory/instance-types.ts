import type { V8Constants } from './constants.js';
import type { VersionFacts } from './layout-versions.js';

/** Instance types. Those of families are the first and the last. */
export interface InstanceTypes {
  readonly map: number;
  readonly firstNonString: number;
  readonly symbol: number;
  readonly bigInt: number;
  readonly heapNumber: number;
  readonly oddball: number;
  readonly firstFixedArray: number;
  readonly lastFixedArray: number;
  readonly globalDictionary: number;
  readonly nameDictionary: number;
  readonly orderedHashMap: number;
  readonly byteArray: number;
  readonly trustedByteArray: number;
  readonly fixedDoubleArray: number;
  readonly sloppyArgumentsElements: number;
  readonly arrayList: number;
  readonly closureFeedbackCells: number;
  readonly objectBoilerplate: number;
  readonly scriptContextTable: number;
  readonly regExpMatchInfo: number;
  readonly trustedFixedArray: number;
  readonly trustedWeakFixedArray: number;
  readonly protectedFixedArray: number;
  readonly protectedWeakFixedArray: number;
  readonly weakFixedArray: number;
  readonly transitionArray: number;
  readonly weakArrayList: number;
  readonly descriptorArray: number;
  readonly strongDescriptorArray: number;
  readonly propertyArray: number;
  readonly feedbackMetadata: number;
  readonly feedbackVector: number;
  readonly embedderDataArray: number;
  readonly coverageInfo: number;
  readonly preparseData: number;
  readonly filler: number;
  readonly freeSpace: number;
  /** -1 in 11.3, where holes are oddballs. */
  readonly hole: number;
  readonly doubleStringCache: number;
  readonly scopeInfo: number;
  readonly bytecodeArray: number;
  readonly bytecodeWrapper: number;
  readonly interpreterData: number;
  readonly code: number;
  readonly instructionStream: number;
  readonly codeWrapper: number;
  readonly firstUncompiledData: number;
  readonly lastUncompiledData: number;
  readonly shared: number;
  readonly script: number;
  readonly debugInfo: number;
  readonly functionTemplate: number;
  readonly tuple2: number;
  readonly cell: number;
  readonly propertyCell: number;
  readonly contextCell: number;
  readonly accessorPair: number;
  readonly firstContext: number;
  readonly lastContext: number;
  readonly nativeContext: number;
  readonly promiseReaction: number;
  readonly promiseCapability: number;
  readonly asyncGeneratorRequest: number;
  readonly sourceTextModule: number;
  readonly firstReceiver: number;
  readonly proxy: number;
  readonly globalObject: number;
  readonly globalProxy: number;
  readonly primitiveWrapper: number;
  readonly specialApiObject: number;
  readonly apiObject: number;
  readonly object: number;
  readonly boundFunction: number;
  readonly wrappedFunction: number;
  readonly firstFunction: number;
  readonly lastFunction: number;
  readonly classConstructor: number;
  readonly generator: number;
  readonly asyncFunction: number;
  readonly asyncGenerator: number;
  readonly promise: number;
  readonly arguments: number;
  readonly array: number;
  readonly arrayBuffer: number;
  readonly dataView: number;
  readonly typedArray: number;
  readonly date: number;
  readonly error: number;
  readonly jsMap: number;
  readonly jsSet: number;
  readonly weakMap: number;
  readonly weakSet: number;
  readonly regExp: number;
  readonly asyncFromSyncIterator: number;
  readonly weakRef: number;
  readonly last: number;
}

export function readTypes(
  constants: V8Constants,
  need: (prefix: string) => number,
  facts: VersionFacts,
): InstanceTypes {
  const type = (name: string): number => need(`type_${name}__`);
  const optional = (name: string): number => constants.find(`type_${name}__`) ?? -1;
  const fixedArray = type('FixedArray');
  const asyncFunction = type('JSAsyncFunctionObject');
  const feedbackVector = type('FeedbackVector');
  const weakFixedArray = type('WeakFixedArray');
  const uncompiled = [
    type('UncompiledDataWithoutPreparseData'),
    type('UncompiledDataWithPreparseData'),
    type('UncompiledDataWithoutPreparseDataWithJob'),
    type('UncompiledDataWithPreparseDataAndJob'),
  ];
  return {
    map: type('Map'),
    firstNonString: need('FirstNonstringType'),
    symbol: type('Symbol'),
    bigInt: 129,
    heapNumber: type('HeapNumber'),
    oddball: type('Oddball'),
    firstFixedArray: fixedArray,
    lastFixedArray: facts.lastFixedArray,
    globalDictionary: fixedArray + 3,
    nameDictionary: fixedArray + 4,
    orderedHashMap: fixedArray + 7,
    byteArray: type('ByteArray'),
    trustedByteArray: optional('TrustedByteArray'),
    fixedDoubleArray: type('FixedDoubleArray'),
    sloppyArgumentsElements: type('SloppyArgumentsElements'),
    arrayList: optional('ArrayList'),
    closureFeedbackCells: facts.closureFeedbackCells,
    objectBoilerplate: facts.objectBoilerplate,
    scriptContextTable: facts.scriptContextTable,
    regExpMatchInfo: optional('RegExpMatchInfo'),
    trustedFixedArray: optional('TrustedFixedArray'),
    trustedWeakFixedArray: optional('TrustedWeakFixedArray'),
    protectedFixedArray: optional('ProtectedFixedArray'),
    protectedWeakFixedArray: optional('ProtectedWeakFixedArray'),
    weakFixedArray,
    transitionArray: weakFixedArray + 1,
    weakArrayList: type('WeakArrayList'),
    descriptorArray: type('DescriptorArray'),
    strongDescriptorArray: type('StrongDescriptorArray'),
    propertyArray: type('PropertyArray'),
    feedbackMetadata: feedbackVector - 1,
    feedbackVector,
    embedderDataArray: type('EmbedderDataArray'),
    coverageInfo: type('CoverageInfo'),
    preparseData: type('PreparseData'),
    filler: facts.filler,
    freeSpace: facts.filler + 1,
    hole: facts.holes ? facts.filler + 2 : -1,
    doubleStringCache: optional('DoubleStringCache'),
    scopeInfo: type('ScopeInfo'),
    bytecodeArray: type('BytecodeArray'),
    bytecodeWrapper: optional('BytecodeWrapper'),
    interpreterData: type('InterpreterData'),
    code: type('Code'),
    instructionStream: type('InstructionStream'),
    codeWrapper: optional('CodeWrapper'),
    firstUncompiledData: Math.min(...uncompiled),
    lastUncompiledData: Math.max(...uncompiled),
    shared: type('SharedFunctionInfo'),
    script: type('Script'),
    debugInfo: type('DebugInfo'),
    functionTemplate: type('FunctionTemplateInfo'),
    tuple2: type('Tuple2'),
    cell: type('Cell'),
    propertyCell: type('PropertyCell'),
    contextCell: facts.contextCell.value === 0 ? -1 : type('ContextCell'),
    accessorPair: type('AccessorPair'),
    firstContext: need('FirstContextType'),
    lastContext: need('LastContextType'),
    nativeContext: need('FirstContextType') + 7,
    promiseReaction: type('PromiseReaction'),
    promiseCapability: type('PromiseCapability'),
    asyncGeneratorRequest: type('AsyncGeneratorRequest'),
    sourceTextModule: type('SourceTextModule'),
    firstReceiver: type('WasmArray'),
    proxy: type('JSProxy'),
    globalObject: type('JSGlobalObject'),
    globalProxy: type('JSGlobalProxy'),
    primitiveWrapper: type('JSPrimitiveWrapper'),
    specialApiObject: need('SpecialAPIObjectType'),
    apiObject: need('APIObjectType'),
    object: type('JSObject'),
    boundFunction: type('JSBoundFunction'),
    wrappedFunction: type('JSWrappedFunction'),
    firstFunction: type('JSFunction'),
    lastFunction: constants.get('LastJSFunctionType') ?? type('JSFunction') + 15, // 11.3 does not tell
    // The last of the functions' types; 12.4 has one more before it.
    classConstructor: constants.get('LastJSFunctionType') ?? type('JSFunction') + 15,
    generator: asyncFunction - 1,
    asyncFunction,
    asyncGenerator: type('JSAsyncGeneratorObject'),
    promise: type('JSPromise'),
    arguments: type('JSArgumentsObject'),
    array: type('JSArray'),
    arrayBuffer: type('JSArrayBuffer'),
    dataView: type('JSDataView'),
    typedArray: type('JSTypedArray'),
    date: type('JSDate'),
    error: type('JSError'),
    jsMap: type('JSMap'),
    jsSet: type('JSSet'),
    weakMap: type('JSWeakMap'),
    weakSet: type('JSWeakSet'),
    regExp: type('JSRegExp'),
    asyncFromSyncIterator: type('JSAsyncFromSyncIterator'),
    weakRef: type('JSWeakRef'),
    last: facts.lastType,
  };
}
