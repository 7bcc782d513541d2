import { type Anchor, findAnchor } from './anchor.js';
import type { FoundObjects } from './find-suspended.js';
import type { FirstLook } from './first-look.js';
import type { HeapCopy } from './heap-copy.js';
import type { IsolateReading } from './isolate-reading.js';
import { rangesOf, wereSwept } from './page-changes.js';
import type { TaggedHeap } from './tagged-heap.js';

/** All that there is, as it was copied. */
export interface SecondLook {
  objects: TaggedHeap;
  found: FoundObjects;
  anchor: Anchor | null;
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
  // Pages that are no longer there held what has moved.
  const kept = (pointers: readonly number[]): number[] =>
    pointers.filter((pointer) => {
      const page = copy.pages.at(pointer - 1);
      return page !== null && page.heap === heap && !copy.isFresh(page);
    });
  const { generators, others, promises, idlePromises, resolvers, complete } = first.found;
  for (const resolver of kept(resolvers)) found.resolvers.push(resolver);
  finder.check(objects, kept([...generators, ...others, ...promises, ...idlePromises]), found);
  found.complete &&= complete;
  found.moved ||= wereSwept(first.pages, copy.pages, heap);
  return {
    objects,
    found,
    anchor: findAnchor(objects, found.generators, first.anchor?.generator ?? 0),
    unsure: found.generators.filter((pointer) => !reader.memory.isFrozen(pointer - 1)).length,
  };
}
