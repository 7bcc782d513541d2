import type { ChunkReferences } from './chunk-references.js';
import type { ScanHeap } from './find-suspended.js';
import { Names } from './names.js';
import { PagedMemory } from './paged-memory.js';
import type { Range } from './range.js';
import type { HeapPages } from './pages.js';
import { Places } from './places.js';
import type { MemoryReader } from './reader.js';
import { pointersTo, scanObjects } from './scan-objects.js';
import { TaggedHeap } from './tagged-heap.js';

/** What the steps of reading one isolate have in common: its memory, and what they learn of it for each other. */
export class IsolateReading {
  readonly reader: MemoryReader;
  /** The address of V8's Heap. */
  readonly heap: number;
  /** When to give up, of `performance.now()`. */
  readonly deadline: number;
  readonly places = new Places();
  readonly names = new Names();
  /** Bytes that were gone over. */
  scanned = 0;

  constructor(reader: MemoryReader, heap: number, deadline: number) {
    this.reader = reader;
    this.heap = heap;
    this.deadline = deadline;
  }

  /** The objects on these pages. */
  objects(pages: HeapPages): TaggedHeap {
    const { memory, known } = this.reader;
    return new TaggedHeap(memory, known.layout, (address) => pages.at(address) !== null, this.names);
  }

  /** The pages as they are by now, of this heap; `null` if there are none: a worker that ends takes its heap with it. */
  pagesNow(before: HeapPages): HeapPages | null {
    const memory = new PagedMemory(this.reader.memory.memory, { maxBytes: 256 * 1024 });
    const now = before.refresh(memory, this.heap);
    return now.pages.some((page) => page.heap === this.heap) ? now : null;
  }

  /**
   * @param rangesFor what to go over for these tagged pointers
   * @param note gets what is gone over, to note what it points to
   */
  scan(
    { freeSpace }: HeapPages,
    rangesFor: (pointers: readonly number[]) => readonly Range[],
    note?: ChunkReferences,
  ): ScanHeap {
    const { memory, resident } = this.reader;
    return (needles, hit) => {
      const given = note === undefined ? {} : { note };
      const pointers = pointersTo(memory, needles);
      const options = {
        ranges: rangesFor(pointers),
        skipFreeSpace: freeSpace,
        resident,
        deadline: this.deadline,
        ...given,
      };
      const { complete, bytes } = scanObjects(memory, pointers, options, hit);
      this.scanned += bytes;
      return complete;
    };
  }
}
