import { type Anchor, findAnchor, readStoreIds } from './anchor.js';
import { BlockSet, ChunkReferences } from './chunk-references.js';
import type { FoundObjects, ScanHeap } from './find-suspended.js';
import type { IsolateReading } from './isolate-reading.js';
import { readRoots } from './isolate-roots.js';
import { pageRuns } from './page-runs.js';
import { hasMoved, rangesOf } from './page-changes.js';
import type { HeapPages } from './pages.js';
import type { Range } from './range.js';
import { Touch } from './touch.js';

/** Where everything was while nobody was stopped. */
export interface FirstLook {
  pages: HeapPages;
  found: FoundObjects;
  anchor: Anchor | null;
  /** What the chunks of the heap pointed to. */
  references: ChunkReferences;
  /** The pages that all this is on. */
  runs: readonly Range[];
  /** How long it will take to work the graph out, ms, by estimate. */
  graphMs: number;
}

/** Measured: 5 to 7 times with 100,000 functions, 4 in a first report; 9 to 12 with 10,000 (Node 20). Fewer than `MANY` are always read. */
const GRAPH_COST = 5;
const MANY = 5000;

/**
 * Finds what there is, and on which pages. `reason`, one line: why that cannot be, or would take too long.
 *
 * @param mayGiveUp by an estimate of how long it will take
 */
export function lookFirst(reading: IsolateReading, mayGiveUp: boolean): FirstLook | { reason: string } {
  const { reader, heap } = reading;
  const { memory, known } = reader;
  // To see what has changed of those that were found before is many times faster than to find them.
  const pages = (reader.pages && reading.pagesNow(reader.pages)) ?? reader.readPages();
  if ('reason' in pages) return pages;
  const isolate = reader.isolate(heap);
  // To take as much makes V8 collect garbage, which must not be while a thread is parked.
  memory.reserve(isolate.copyBytes);
  const objects = reading.objects(pages);
  const references = new ChunkReferences();
  const roots = readRoots(objects, pages, heap, known.builtins);
  const touch = new Touch(objects, reading.places);
  const scan = scanNoting(reading, pages, references);
  memory.startRecording();
  const found = isolate.finder.find(objects, roots, scan, (object) => touch.touch(object));
  memory.collect();
  const anchor = findAnchor(objects, touch.anchors, 0);
  const graphMs = GRAPH_COST * touch.ms;
  const reason = mayGiveUp ? reasonToGiveUp(found, graphMs, reading.deadline) : null;
  if (reason !== null) return { reason };
  // By these the labels are found, in the copy.
  if (anchor !== null) readStoreIds(objects, anchor);
  return { pages, found, anchor, references, runs: pageRuns(memory.endRecording(), []), graphMs };
}

/** The first pass notes what the chunks point to; those after it leave out what points to none of their needles. */
function scanNoting(reading: IsolateReading, pages: HeapPages, references: ChunkReferences): ScanHeap {
  const ranges = rangesOf(pages, reading.heap, () => true);
  const first = reading.scan(pages, () => ranges, references);
  const others = reading.scan(pages, (needles) =>
    haveMoved(reading, pages) ? ranges : references.partsWith(new BlockSet(needles), ranges),
  );
  let scan = first;
  return (needles, hit) => {
    const complete = scan(needles, hit);
    if (complete) scan = others;
    return complete;
  };
}

/** Whether V8 may have moved maps in the midst of the first pass, so that what it noted leads to where they were. */
function haveMoved(reading: IsolateReading, pages: HeapPages): boolean {
  const now = reading.pagesNow(pages);
  return now === null || hasMoved(pages, now, reading.heap, () => true);
}

/** What it takes to work the graph out is estimated by what it took to read its objects once. */
function reasonToGiveUp({ generators }: FoundObjects, estimatedMs: number, deadline: number): string | null {
  const leftMs = Math.max(0, deadline - performance.now());
  if (estimatedMs <= leftMs || generators.length <= MANY) return null;
  const cost = `reading them would take some ${Math.ceil(estimatedMs / 1000)} s`;
  const left = Math.round(leftMs / 100) / 10;
  return `there are ${generators.length} suspended functions, ${cost}, and ${left} s are left until the deadline`;
}
