import { readScopeInfo } from './scope-info.js';
import type { TaggedHeap } from './tagged-heap.js';

/** Larger objects than this are none: nearly 2 GB, more than V8 lets an array have. */
const LARGEST = 2 ** 31 - 8;

/** Bytes of an object of a valid map; 0 if its kind is not known here, or cannot be. */
export function objectSize(heap: TaggedHeap, object: number, map: number): number {
  const fixed = heap.sizeInWords(map);
  if (fixed > 0) return fixed * 8;
  const size = variableSize(heap, object, heap.typeOfMap(map));
  return size >= 8 && size <= LARGEST ? (size + 7) & -8 : 0;
}

function variableSize(heap: TaggedHeap, object: number, type: number): number {
  const { types, string, descriptorArray } = heap.layout;
  if (type < types.firstNonString) {
    const width = (type & ONE_BYTE) === 0 ? 2 : 1;
    return (type & 7) === 0 ? string.chars + width * heap.i32(object, string.length) : 0;
  }
  if (type >= types.firstFixedArray && type <= types.lastFixedArray) return 16 + 8 * lengthOf(heap, object);
  if (type === types.firstContext + NATIVE_CONTEXT)
    return NATIVE_CONTEXT_EXTRA + 16 + 8 * lengthOf(heap, object);
  if (type >= types.firstContext && type <= types.lastContext) return 16 + 8 * lengthOf(heap, object);
  switch (type) {
    case types.byteArray:
    case types.trustedByteArray:
      return 16 + lengthOf(heap, object);
    case types.bytecodeArray:
      return heap.layout.bytecode.data + lengthOf(heap, object);
    case types.fixedDoubleArray:
    case types.trustedFixedArray:
    case types.trustedWeakFixedArray:
    case types.protectedFixedArray:
    case types.protectedWeakFixedArray:
    case types.weakFixedArray:
    case types.transitionArray:
    case types.closureFeedbackCells:
    case types.embedderDataArray:
      return 16 + 8 * lengthOf(heap, object);
    case types.arrayList:
    case types.weakArrayList:
      return 24 + 8 * lengthOf(heap, object);
    case types.objectBoilerplate:
      return heap.layout.boilerplateHeader + 8 * lengthOf(heap, object);
    case types.scriptContextTable:
      return heap.layout.scriptContextTableHeader + 8 * lengthOf(heap, object);
    case types.regExpMatchInfo:
      return 40 + 8 * lengthOf(heap, object);
    case types.sloppyArgumentsElements:
      return 32 + 8 * lengthOf(heap, object);
    case types.freeSpace:
      return heap.layout.freeSpaceUnit * lengthOf(heap, object);
    case types.propertyArray:
      return 16 + 8 * (lengthOf(heap, object) & PROPERTY_ARRAY_LENGTH);
    case types.descriptorArray:
    case types.strongDescriptorArray:
      return descriptorArray.first + 24 * heap.u16(object, descriptorArray.all);
    case types.feedbackVector:
      return heap.layout.feedbackVectorHeader + 8 * heap.i32(object, 8);
    case types.feedbackMetadata:
      return feedbackMetadataSize(
        heap.i32(object, 8),
        heap.layout.closureParameters ? heap.i32(object, 12) : 0,
      );
    case types.doubleStringCache:
      return 16 + 16 * heap.i32(object, 8);
    case types.coverageInfo:
      return 16 + 16 * heap.i32(object, 8);
    case types.bigInt:
      return 16 + 8 * (heap.u32(object, 8) >>> 1);
    case types.preparseData:
      return Math.ceil((16 + heap.i32(object, 8)) / 8) * 8 + 8 * heap.i32(object, 12);
    case types.scopeInfo:
      return readScopeInfo(heap, object)?.size ?? 0;
    default:
      return 0;
  }
}

const ONE_BYTE = 8;
const NATIVE_CONTEXT = 7;
/** The pointer to its queue of microtasks, behind the slots. */
const NATIVE_CONTEXT_EXTRA = 8;
/** The rest is the hash of the object whose properties these are. */
const PROPERTY_ARRAY_LENGTH = 1023;

/** A Smi, which all arrays have there; what is no Smi cannot be one of these. */
function lengthOf(heap: TaggedHeap, object: number): number {
  return heap.smiField(object, 8, Number.NaN);
}

function feedbackMetadataSize(slots: number, closures: number): number {
  // Six slots of 5 bits a word of 32, then the numbers of parameters of closures.
  return 16 + 4 * Math.ceil(slots / 6) + 2 * closures;
}
