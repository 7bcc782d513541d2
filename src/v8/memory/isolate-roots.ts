import { isResolvingFunction } from '../await-graph/reactions.js';
import { contextSlots } from './contexts.js';
import { builtinOfShared } from './functions.js';
import type { HeapPages } from './pages.js';
import type { TaggedHeap } from './tagged-heap.js';

/** What a search of a heap begins with. */
export interface IsolateRoots {
  /** The maps of maps: one for all, and from V8 12 on one for each native context besides. */
  metaMaps: ReadonlySet<number>;
  /** SharedFunctionInfos of the functions that resolve and reject promises. */
  resolvers: ReadonlySet<number>;
}

/** An Isolate has its roots in front of its Heap. Seen: from 47 KB (11.3) to 53 KB (14.6) before it on. */
const BEFORE_HEAP = 0x18000;
/** A Heap has its list of native contexts near its beginning. Seen: at 0x670 (11.3), 0x5e0 (12.4), 0x668 (13.6), 0x660 (14.6). */
const OF_HEAP = 0x1000;
/** Each call of `vm.createContext` makes one. */
const MAX_CONTEXTS = 10_000;

/**
 * From what the Isolate of this heap points at; which of it is what shows in the objects.
 *
 * @param heap the address of V8's Heap
 * @param builtins V8's ids of builtins with their names: without them there are no `resolvers`
 */
export function readRoots(
  objects: TaggedHeap,
  pages: HeapPages,
  heap: number,
  builtins: ReadonlyMap<number, string>,
): IsolateRoots {
  const { types } = objects.layout;
  const metaMaps = new Set<number>();
  const resolvers = new Set<number>();
  const contexts = new Set<number>();
  for (let at = heap - BEFORE_HEAP; at < heap + OF_HEAP; at += 8) {
    const object = objects.objectOf(objects.memory.word(at));
    // What stands in front of the Isolate may be of another one.
    if (object === 0 || !isOf(pages, heap, objects.address(object))) continue;
    addMetaMap(objects, object, metaMaps);
    const type = objects.type(object);
    if (type === types.nativeContext) contexts.add(object);
    else if (
      type === types.shared &&
      isResolvingFunction(builtins.get(builtinOfShared(objects, object)) ?? '')
    )
      resolvers.add(object);
  }
  // Each is linked to the next.
  for (const context of contexts) {
    addMetaMap(objects, context, metaMaps);
    for (const slot of contextSlots(objects, context))
      if (objects.type(slot) === types.nativeContext && contexts.size < MAX_CONTEXTS) contexts.add(slot);
  }
  return { metaMaps, resolvers };
}

function isOf(pages: HeapPages, heap: number, address: number): boolean {
  const page = pages.at(address);
  return page !== null && (page.readOnly || page.heap === heap);
}

/** The map of its map. */
function addMetaMap(objects: TaggedHeap, object: number, found: Set<number>): void {
  const metaMap = objects.map(objects.map(object));
  if (objects.typeOfMap(metaMap) === objects.layout.types.map) found.add(metaMap);
}
