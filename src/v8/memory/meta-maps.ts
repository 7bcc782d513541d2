import type { Layout } from './layout.js';
import type { PagedMemory } from './paged-memory.js';
import type { Range } from './range.js';

const PIECE = 256 * 1024;

/** The maps of maps, which are those that are their own map, found in one pass over these ranges. */
export function findMetaMaps(memory: PagedMemory, layout: Layout, ranges: readonly Range[]): Set<number> {
  const found = new Set<number>();
  const buffer = Buffer.allocUnsafeSlow(PIECE);
  const words = new Int32Array(buffer.buffer, buffer.byteOffset, PIECE / 4);
  for (const range of ranges) {
    for (let at = range.start; at < range.end;) {
      // No piece crosses a multiple of 4 GB, so that the upper half is the same throughout.
      const length = Math.min(PIECE - (at % PIECE), range.end - at);
      const read = memory.readRaw(at, buffer.subarray(0, length));
      collect(words, read >> 2, at, found);
      at += length;
    }
  }
  const maps = [...found].filter(
    (address) => memory.u16(address + layout.map.instanceType) === layout.types.map,
  );
  return new Set(maps.map((address) => memory.nodeAt(address)));
}

/** The loop over all words of a heap: nothing but comparisons of integers. */
function collect(words: Int32Array, count: number, address: number, found: Set<number>): void {
  const high = Math.floor(address / 2 ** 32) | 0;
  let self = (address + 1) | 0;
  for (let at = 0; at + 1 < count; at += 2) {
    if (words[at] === self && words[at + 1] === high) found.add(address + at * 4);
    self = (self + 8) | 0;
  }
}
