import type { FirstLook } from './first-look.js';
import type { IsolateReading } from './isolate-reading.js';
import { changedPages } from './page-changes.js';
import { pageRuns } from './page-runs.js';
import type { ChangedHeap, HeapPage, HeapPages } from './pages.js';
import { type Range, sizeOf, without } from './range.js';

/** A thread that stands still. */
export interface Parked {
  /** When it goes on by itself, of `performance.now()`. */
  until: number;
  release(): void;
}

/** What can have changed of a heap since the first look, as it was at one moment. */
export interface HeapCopy {
  /** All pages, as they were then. */
  pages: HeapPages;
  /** What may be somewhere else, or something else, a moment later: of the young generation, and what was allocated meanwhile. */
  fresh: readonly Range[];
  /** Whether all that is in use of the page was to be copied. */
  isFresh: (page: HeapPage | null) => boolean;
  /** Bytes of the old generation that were allocated into, or are new. */
  changedBytes: number;
  /** Pages of memory of these pages that were not copied in time. */
  lost: number;
  /** Bytes that were to be copied. */
  wanted: number;
  /** There are some, though there was time for all of them. */
  wasShort: boolean;
}

/** Room for what else may have changed by then, of the old generation too, and how much of that is made ready to be written to. */
const CHANGED_BYTES = 32 << 20;
const READY_BYTES = 1 << 20;
/** What of the time that the thread stands still is kept back for letting it go, ms. */
const RELEASE_MS = 1;
/** What a thread copies that has a processor to itself (20.20); half of the time goes into looking what is to be copied. */
const BYTES_PER_MS = (3 << 20) / 2;
/** V8 marks 1 GB on two processors in about a second, and takes all of both for it: as long it is no use to try again at once. */
const WAIT_MS = 300;
/** The most of what has changed that memory is taken for, whatever there is time for. */
const MOST_BYTES = 64 << 20;

/**
 * {@link copyHeap}, and again where this thread did not come to it in time: V8 may have been collecting the application's garbage on all
 * processors. What was found first holds as long as V8 does not move it.
 *
 * @param mayParkAgain asked with what it takes, ms
 */
export function copyInTime(
  reading: IsolateReading,
  first: FirstLook,
  park: () => Parked | null,
  mayParkAgain: (takesMs: number) => boolean,
): HeapCopy {
  const { reader, heap } = reading;
  const known = sizeOf(first.runs) + sizeOf(first.pages.young(heap));
  const room = known + CHANGED_BYTES;
  let bytes = known + READY_BYTES;
  for (;;) {
    const started = performance.now();
    reader.isolate(heap).copyBytes = Math.max(bytes, room);
    reader.memory.prepare(bytes, Math.max(bytes, room));
    const copy = copyHeap(reading, first, park);
    if (!copy.wasShort || copy.wanted > known + MOST_BYTES) return copy;
    if (!mayParkAgain(WAIT_MS + performance.now() - started)) return copy;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MS);
    bytes = Math.max(bytes, copy.wanted + READY_BYTES);
  }
}

/**
 * Copies what can have changed, while the thread stands still: nothing is analysed then. From then on memory is read as it was
 * copied, and what the copy points to is noted as well.
 *
 * @param park stops the thread; `null` if it does not, but is copied all the same
 */
function copyHeap(
  { reader, heap, deadline }: IsolateReading,
  { pages: before, references, runs }: FirstLook,
  park: () => Parked | null,
): HeapCopy {
  const { memory } = reader;
  const watch = before.watch(heap);
  let look: ChangedHeap;
  let fresh: readonly Range[];
  let missed: readonly number[];
  let wanted: number;
  const parked = park();
  const until = parked === null ? deadline : parked.until - RELEASE_MS;
  const timeMs = until - performance.now();
  try {
    // What may have been read since is of a thread that ran.
    memory.thaw();
    look = watch.look(memory);
    fresh = pageRuns([], look.fresh);
    const parts = [without(runs, fresh), fresh];
    // Where there is no time for all, then for as much as can be: the smaller one first.
    parts.sort((a, b) => sizeOf(a) - sizeOf(b));
    missed = parts.flatMap((part) => memory.copy(part, until));
    wanted = sizeOf(parts.flat());
  } finally {
    parked?.release();
  }
  memory.freeze();
  for (const { start, bytes } of memory.copied())
    references.note(wordsOf(bytes), 0, bytes.length >> 2, start);
  const pages = look.pages();
  const changed = new Set(changedPages(before, pages, heap));
  // Some that are used are not V8's, or gone by now.
  const lost = missed.filter((address) => pages.at(address) !== null).length;
  return {
    pages,
    fresh,
    isFresh: (page) => page !== null && (page.young || changed.has(page)),
    changedBytes: [...changed].reduce((sum, page) => sum + page.areaEnd - page.areaStart, 0),
    lost,
    wanted,
    wasShort: lost > 0 && wanted < timeMs * BYTES_PER_MS,
  };
}

function wordsOf({ buffer, byteOffset, length }: Buffer): Int32Array {
  return new Int32Array(buffer, byteOffset, length >> 2);
}
