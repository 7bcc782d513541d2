import type { TaggedHeap } from './tagged-heap.js';

/** Pieces of one string, counted with those they are made of. Deeper ropes than this are cut off. */
const MAX_PIECES = 20_000;
const PIECE_BYTES = 64 * 1024;
const CACHED_BYTES = 8 * 1024;

const SEQUENTIAL = 0;
const CONS = 1;
const EXTERNAL = 2;
const SLICED = 3;
const THIN = 5;
const ONE_BYTE = 8;
const UNCACHED = 16;

/** A part of a string that is still to be read. */
interface Piece {
  string: number;
  from: number;
  length: number;
}

export function isString(heap: TaggedHeap, value: number): boolean {
  const type = heap.type(value);
  return type >= 0 && type < heap.layout.types.firstNonString;
}

/** UTF-16 units of a string; -1 if it is none. */
export function stringLength(heap: TaggedHeap, string: number): number {
  return isString(heap, string) ? heap.i32(string, heap.layout.string.length) : -1;
}

/**
 * The contents of a string, of whatever representation, up to `maxLength` UTF-16 units. `null` if it is no string, or
 * cannot be read.
 */
export function readString(heap: TaggedHeap, string: number, maxLength: number): string | null {
  const total = stringLength(heap, string);
  if (total < 0) return null;
  let text = '';
  const readable = readUnits(heap, string, Math.min(total, maxLength), (bytes, width) => {
    text += bytes.toString(width === 1 ? 'latin1' : 'utf16le');
    return true;
  });
  return readable ? text : null;
}

/**
 * Gives the first `length` units of a string, piece by piece, as V8 holds them: one byte a unit (Latin-1) or two.
 * `false` if it could not be read to the end. The callback ends the reading with `false`.
 */
export function readUnits(
  heap: TaggedHeap,
  string: number,
  length: number,
  take: (bytes: Buffer, width: 1 | 2) => boolean,
): boolean {
  const { string: layout } = heap.layout;
  const stack: Piece[] = [{ string, from: 0, length }];
  for (let pieces = 0; stack.length > 0; pieces++) {
    if (pieces > MAX_PIECES) return false; // memory that changes under us may be a circle
    const piece = stack.pop()!;
    if (piece.length === 0) continue;
    const type = heap.type(piece.string);
    const own = stringLength(heap, piece.string);
    if (own < 0 || piece.from < 0 || piece.from + piece.length > own) return false;
    switch (type & 7) {
      case SEQUENTIAL:
        if (!takeFlat(heap, heap.address(piece.string) + layout.chars, type, piece, take)) return false;
        break;
      case EXTERNAL: {
        // What Node compiles itself from; an uncached one's data only its own methods can tell.
        if ((type & UNCACHED) !== 0) return false;
        const data = heap.word(piece.string, layout.resourceData);
        if (!takeFlat(heap, data, type, piece, take)) return false;
        break;
      }
      case SLICED: {
        const parent = heap.field(piece.string, layout.parent);
        const offset = heap.smiField(piece.string, layout.offset, -1);
        if (offset < 0) return false;
        stack.push({ string: parent, from: offset + piece.from, length: piece.length });
        break;
      }
      case THIN:
        stack.push({ ...piece, string: heap.field(piece.string, layout.actual) });
        break;
      case CONS: {
        const first = heap.field(piece.string, layout.first);
        const firstLength = stringLength(heap, first);
        if (firstLength < 0) return false;
        const inFirst = Math.max(0, Math.min(piece.length, firstLength - piece.from));
        // The first is read first: it goes on the stack last.
        if (inFirst < piece.length) {
          const second = heap.field(piece.string, layout.second);
          const from = Math.max(0, piece.from - firstLength);
          stack.push({ string: second, from, length: piece.length - inFirst });
        }
        stack.push({ string: first, from: piece.from, length: inFirst });
        break;
      }
      default:
        return false;
    }
  }
  return true;
}

function takeFlat(
  heap: TaggedHeap,
  chars: number,
  type: number,
  { from, length }: Piece,
  take: (bytes: Buffer, width: 1 | 2) => boolean,
): boolean {
  const width = (type & ONE_BYTE) === 0 ? 2 : 1;
  const end = chars + (from + length) * width;
  for (let at = chars + from * width; at < end; at += PIECE_BYTES) {
    const bytes = readBytes(heap, at, Math.min(PIECE_BYTES, end - at));
    if (bytes === null || !take(bytes, width)) return false;
  }
  return true;
}

/** Long ones, which are sources, past the cache: they would leave nothing else in it. */
function readBytes({ memory }: TaggedHeap, address: number, length: number): Buffer | null {
  if (length <= CACHED_BYTES) return memory.bytes(address, length);
  const before = address % 8;
  const bytes = Buffer.allocUnsafe(Math.ceil((before + length) / 8) * 8);
  const read = memory.readRaw(address - before, bytes);
  return read >= before + length ? bytes.subarray(before, before + length) : null;
}
