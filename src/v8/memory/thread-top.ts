import type { Memory } from '../../os/linux/memory.js';
import type { ThreadTopLayout } from './machine-layout.js';

/** What V8 knows of the thread that is in an isolate. Addresses; 0 for none. */
export interface ThreadTop {
  /** Where this is kept: the address of `exitFrame`. */
  address: number;
  isolate: number;
  /** The frame pointer of the innermost exit frame: set while C++ runs that JavaScript has called, and only then. */
  exitFrame: number;
  /** The innermost entry frame's handler. */
  handler: number;
  /** The frame pointer of the outermost entry frame: 0 while no JavaScript is on the stack. */
  jsEntry: number;
}

/** The isolate's data lies before its Heap object, in the same C++ object: 54 KB (V8 11.3) to 62 KB (14.6). */
const WINDOW = 192 * 1024;
/** From the isolate's beginning to these fields: 272 to 384 bytes. */
const FURTHEST = 4096;
const PAGE = 4096;

/**
 * Where an isolate keeps its thread's state; `null` if it is not found, or not beyond doubt. `heap` is the address of
 * the isolate's Heap object.
 *
 * The state has a pointer to the isolate, right in whose beginning it lies. And the isolate holds V8's table of external
 * references, for machine code: there the addresses of the fields are listed, which confirms their layout.
 */
export function findThreadTop(memory: Memory, heap: number, layout: ThreadTopLayout): number | null {
  const window = readBefore(memory, heap);
  if (window === null) return null;
  const { words, start } = window;
  // Pointers into the isolate itself.
  const inside = new Set<number>();
  for (let index = 0; index < words.length; index += 2) {
    const word = wordAt(words, index);
    if (word >= start && word < heap && word % 8 === 0) inside.add(word);
  }
  const { cFunction, handler, jsEntry, context, exception } = layout;
  const listed = [0, cFunction, handler, jsEntry, context, exception];
  const found: number[] = [];
  for (let index = 0; index < words.length; index += 2) {
    const isolate = wordAt(words, index);
    const top = start + index * 4 - layout.isolate;
    if (!(isolate >= start && isolate < top && top - isolate < FURTHEST)) continue;
    if (isolate % 8 === 0 && listed.every((offset) => inside.has(top + offset))) found.push(top);
  }
  return found.length === 1 ? found[0]! : null;
}

function wordAt(words: Uint32Array, index: number): number {
  return words[index]! + words[index + 1]! * 2 ** 32;
}

/** The memory before an address, as far as it is mapped, in halves of words. */
function readBefore(memory: Memory, end: number): { words: Uint32Array; start: number } | null {
  const first = end - WINDOW;
  const words = new Uint32Array(WINDOW / 4);
  const bytes = Buffer.from(words.buffer);
  let start = end;
  while (start > first) {
    const from = Math.max(first, (Math.ceil(start / PAGE) - 1) * PAGE);
    const page = bytes.subarray(from - first, start - first);
    if (memory.read(from, page) !== page.length) break;
    start = from;
  }
  return start === end ? null : { words: words.subarray((start - first) / 4), start };
}

/** `null` if it cannot be read. */
export function readThreadTop(memory: Memory, address: number, layout: ThreadTopLayout): ThreadTop | null {
  const word = (offset: number): number => {
    const bytes = Buffer.alloc(8);
    if (memory.read(address + offset, bytes) !== 8) return Number.NaN;
    return bytes.readUInt32LE(0) + bytes.readUInt32LE(4) * 2 ** 32;
  };
  const top: ThreadTop = {
    address,
    isolate: word(layout.isolate),
    exitFrame: word(0),
    handler: word(layout.handler),
    jsEntry: word(layout.jsEntry),
  };
  return Object.values(top).some(Number.isNaN) ? null : top;
}
