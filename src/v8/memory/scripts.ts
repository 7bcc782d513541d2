import { readString, readUnits, stringLength } from './strings.js';
import type { TaggedHeap } from './tagged-heap.js';

const MAX_NAME = 10_000;
/** UTF-16 units; V8 has none above 2^29. Sources that are longer have no lines here. */
const MAX_SOURCE = 64 * 1024 * 1024;
/** Of one script, and of all that are remembered at a time. */
const MAX_LINES = 2_000_000;
const MAX_SCRIPTS = 1000;

/** What a script was loaded as; empty if it has no name, as evaluated code. */
export function scriptName(heap: TaggedHeap, script: number): string {
  const { types, script: layout } = heap.layout;
  if (heap.type(script) !== types.script) return '';
  return readString(heap, heap.field(script, layout.name), MAX_NAME) ?? '';
}

/** What a comment in the script says that it is to be called (`sourceURL`); empty if none does. */
export function scriptSourceUrl(heap: TaggedHeap, script: number): string {
  const { types, script: layout } = heap.layout;
  if (heap.type(script) !== types.script) return '';
  return readString(heap, heap.field(script, layout.sourceUrl), MAX_NAME) ?? '';
}

/** Whether it is code that was given to `eval` or to `Function`. */
export function isEvaluated(heap: TaggedHeap, script: number): boolean {
  const { types, script: layout } = heap.layout;
  return heap.type(script) === types.script && (heap.smiField(script, layout.flags, 0) & 1) !== 0;
}

/**
 * Line and column of an offset in a script's source, as V8 counts: from 1 on, in UTF-16 units, with what the script was
 * told to add when it was compiled. `null` if the source is not there, or not so long.
 */
export function lineColumn(
  heap: TaggedHeap,
  script: number,
  position: number,
): { line: number; column: number } | null {
  const { types, script: layout } = heap.layout;
  if (heap.type(script) !== types.script || !(position >= 0)) return null;
  const ends = lineEndsOf(heap, script);
  if (ends === null || ends.length === 0 || position > ends[ends.length - 1]!) return null;
  const line = firstNotBefore(ends, position);
  const start = line === 0 ? 0 : ends[line - 1]! + 1;
  // A script in a page, or compiled with an offset, does not begin at its file's first line and column.
  const lineOffset = heap.smiField(script, layout.lineOffset, 0);
  const columnOffset = line === 0 ? heap.smiField(script, layout.columnOffset, 0) : 0;
  return { line: line + lineOffset + 1, column: position - start + columnOffset + 1 };
}

function lineEndsOf(heap: TaggedHeap, script: number): Uint32Array | null {
  const { lineEnds } = heap.found;
  let ends = lineEnds.get(script);
  if (ends === undefined) {
    ends = readLineEnds(heap, script) ?? countLineEnds(heap, heap.field(script, heap.layout.script.source));
    let lines = 0;
    for (const other of lineEnds.values()) lines += other?.length ?? 0;
    if (lines > MAX_LINES || lineEnds.size >= MAX_SCRIPTS) lineEnds.clear();
    lineEnds.set(script, ends);
  }
  return ends;
}

function firstNotBefore(ends: Uint32Array, position: number): number {
  let low = 0;
  let high = ends.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ends[middle]! < position) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** V8 makes a list of the offsets where lines end as soon as it needs a line; `null` if it has not, or it is not sound. */
function readLineEnds(heap: TaggedHeap, script: number): Uint32Array | null {
  const { types, script: layout } = heap.layout;
  const array = heap.field(script, layout.lineEnds);
  if (heap.type(array) !== types.firstFixedArray) return null;
  const length = heap.smiField(array, 8, 0);
  const source = stringLength(heap, heap.field(script, layout.source));
  if (!(length > 0 && length <= source + 1 && length <= MAX_LINES && source <= MAX_SOURCE)) return null;
  const ends = new Uint32Array(length);
  let last = -1;
  for (let at = 0; at < length; at++) {
    const end = heap.smiField(array, 16 + 8 * at, -1);
    if (end <= last) return null;
    ends[at] = last = end;
  }
  return last === source ? ends : null;
}

/** The same list, from the source itself: no string is made of it. */
function countLineEnds(heap: TaggedHeap, source: number): Uint32Array | null {
  const length = stringLength(heap, source);
  if (length < 0 || length > MAX_SOURCE) return null;
  const ends: number[] = [];
  let offset = 0;
  let afterReturn = false;
  const take = (bytes: Buffer, width: 1 | 2): boolean => {
    for (let at = 0; at < bytes.length; at += width, offset++) {
      const unit = width === 1 ? bytes[at]! : bytes[at]! | (bytes[at + 1]! << 8);
      // A carriage return ends a line unless a line feed follows, which then does.
      if (afterReturn && unit !== LF) ends.push(offset - 1);
      afterReturn = unit === CR;
      if (unit === LF || unit === LINE_SEPARATOR || unit === PARAGRAPH_SEPARATOR) ends.push(offset);
    }
    return ends.length <= MAX_LINES;
  };
  if (!readUnits(heap, source, length, take)) return null;
  if (afterReturn) ends.push(length - 1);
  ends.push(length);
  return Uint32Array.from(ends);
}

const LF = 10;
const CR = 13;
const LINE_SEPARATOR = 0x2028;
const PARAGRAPH_SEPARATOR = 0x2029;
