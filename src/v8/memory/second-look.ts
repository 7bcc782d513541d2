import { type Anchor, findAnchor, readStoreIds, type StoreIds } from './anchor.js';
import { type FoundObjects, sort } from './find-suspended.js';
import { blockOf } from './blocks.js';
import type { FirstLook } from './first-look.js';
import type { HeapCopy } from './heap-copy.js';
import type { IsolateReading } from './isolate-reading.js';
import type { IntList } from '../await-graph/int-list.js';
import { rangesOf, wereSwept } from './page-changes.js';
import type { TaggedHeap } from './tagged-heap.js';

/** All that there is, as it was copied. */
export interface SecondLook {
  objects: TaggedHeap;
  found: FoundObjects;
  anchor: Anchor | null;
  /** What the anchor's thread knows the stores of its requests by. */
  storeIds: readonly StoreIds[];
  /** Suspended functions that are not in the copy. */
  unsure: number;
}

/** What is new is looked for in the copy; what was found before is looked at again. */
export function lookAgain(reading: IsolateReading, first: FirstLook, copy: HeapCopy): SecondLook {
  const { reader, heap } = reading;
  const { finder } = reader.isolate(heap);
  const objects = reading.objects(copy.pages);
  reading.names.unreadable.clear();
  const copied = rangesOf(copy.pages, heap, copy.isFresh);
  const found = finder.findAgain(
    objects,
    reading.scan(copy.pages, () => copied),
  );
  const isKept = keptBlocks(reading, copy);
  const kept = ({ values }: IntList): Int32Array => values.filter((node) => isKept[blockOf(node)] === 1);
  const { generators, others, promises, idlePromises, resolvers, complete } = first.found;
  for (const resolver of kept(resolvers)) found.resolvers.push(resolver);
  for (const list of [generators, others, promises, idlePromises]) finder.check(objects, kept(list), found);
  sort(found);
  found.complete &&= complete;
  found.moved ||= wereSwept(first.pages, copy.pages, heap);
  const anchor = findAnchor(objects, found.generators.values, first.anchor?.generator ?? 0);
  return {
    objects,
    found,
    anchor,
    storeIds: anchor === null ? [] : readStoreIds(objects, anchor),
    unsure: found.generators.values.filter((node) => !reader.memory.isCopied(node)).length,
  };
}

/** By block, 1: what was found there before is to be looked at again. Pages that are no longer there held what has moved. */
function keptBlocks({ reader, heap }: IsolateReading, copy: HeapCopy): Uint8Array {
  const { blocks } = reader.memory;
  const isKept = new Uint8Array(blocks.count);
  for (let block = 1; block < blocks.count; block++) {
    const page = copy.pages.at(blocks.start(block));
    if (page !== null && page.heap === heap && !copy.isFresh(page)) isKept[block] = 1;
  }
  return isKept;
}
