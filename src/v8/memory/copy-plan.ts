import type { Memory } from '../../os/linux/memory.js';
import type { Range } from './paged-memory.js';

/** Neighbouring pages that were copied: `bytes` is the memory from `start` to `end`. */
export interface PageRun extends Range {
  bytes: Buffer;
}

/** What will be copied, with the memory for it; made before a thread is parked, used while it is. */
export interface CopyPlan {
  /** Bytes that will be copied. */
  readonly size: number;
  /** Copies until `deadline` (of `performance.now()`); returns the pages that were not. Once only. */
  copy(memory: Memory, deadline: number): number[];
  /** What was copied, ascending by start. */
  readonly copied: readonly PageRun[];
}

const PAGE = 4096;
/** Reads of this size reach 6 GB/s (of 4 KB: 3.4 GB/s); the deadline is looked at between them. */
const PIECE = 256 * 1024;

/**
 * Memory for copies. The kernel hands it out at the first write to each page, which must not fall into the time for which a
 * thread is parked.
 */
export function allocateCopies(size: number): Buffer {
  const store = Buffer.allocUnsafeSlow(size);
  for (let at = 0; at < size; at += PAGE) store[at] = 0;
  return store;
}

/** @param given made by {@link allocateCopies}, and used if it is large enough: for plans that are made while a thread is parked */
export function planCopies(pages: Iterable<number>, ranges: readonly Range[], given?: Buffer): CopyPlan {
  const runs = mergedRuns(pages, ranges);
  const size = runs.reduce((sum, run) => sum + run.end - run.start, 0);
  const store = given !== undefined && given.length >= size ? given : allocateCopies(size);
  const copied: PageRun[] = [];
  return {
    size,
    copied,
    copy(memory, deadline) {
      const missed: number[] = [];
      let at = 0;
      for (const run of runs) {
        for (let start = run.start; start < run.end; start += PIECE) {
          const end = Math.min(run.end, start + PIECE);
          const bytes = store.subarray(at, at + end - start);
          at += end - start;
          const before = copied.length;
          if (performance.now() < deadline) copyPiece(memory, start, bytes, copied, missed);
          else notePages(start, end, missed);
          // This thread may have had to wait for a processor in the midst of it.
          if (copied.length > before && performance.now() >= deadline) {
            copied.length = before;
            notePages(start, end, missed);
          }
        }
      }
      return missed;
    },
  };
}

/** Goes on behind a page that is not mapped. */
function copyPiece(memory: Memory, start: number, bytes: Buffer, copied: PageRun[], missed: number[]): void {
  for (let done = 0; done < bytes.length;) {
    const read = memory.read(start + done, bytes.subarray(done));
    const whole = Math.max(0, read - (read % PAGE));
    if (whole > 0)
      copied.push({
        start: start + done,
        end: start + done + whole,
        bytes: bytes.subarray(done, done + whole),
      });
    done += whole;
    if (done >= bytes.length) return;
    missed.push(start + done);
    done += PAGE;
  }
}

function notePages(start: number, end: number, into: number[]): void {
  for (let page = start; page < end; page += PAGE) into.push(page);
}

function mergedRuns(pages: Iterable<number>, ranges: readonly Range[]): Range[] {
  const starts = Float64Array.from(pages, (address) => address - (address % PAGE)).sort();
  const sorted = ranges.filter((range) => range.end > range.start).sort((a, b) => a.start - b.start);
  const runs: Range[] = [];
  let next = 0;
  const add = (start: number, end: number): void => {
    const last = runs.at(-1);
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else runs.push({ start, end });
  };
  for (const start of starts) {
    for (; next < sorted.length && sorted[next]!.start < start; next++) addRange(sorted[next]!);
    add(start, start + PAGE);
  }
  for (; next < sorted.length; next++) addRange(sorted[next]!);
  return runs;

  function addRange(range: Range): void {
    add(range.start - (range.start % PAGE), Math.ceil(range.end / PAGE) * PAGE);
  }
}

/** Ascending, each page once. The copies are made of still memory, so that it does not matter which is kept. */
export function withoutOverlap(runs: readonly PageRun[]): PageRun[] {
  const kept: PageRun[] = [];
  for (const run of runs.toSorted((a, b) => a.start - b.start)) {
    const from = Math.max(run.start, kept.at(-1)?.end ?? 0);
    if (from < run.end) kept.push({ start: from, end: run.end, bytes: run.bytes.subarray(from - run.start) });
  }
  return kept;
}
