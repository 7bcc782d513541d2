import type { PagedMemory } from './paged-memory.js';
import type { Range } from './range.js';
import { Needles, scanWords } from './scan.js';

/** How a free block of the heap looks: its map, then its size as a Smi, in `unit` bytes. */
export interface FreeSpace {
  /** Tagged pointer to the one map of free blocks. */
  map: number;
  /** 1 up to V8 12.4, 8 (the size is in words) in 13.6 and later. */
  unit: number;
}

/** Where they are in a Map, in all versions seen (11.3 to 14.6; `v8dbg_class_Map__instance_type__uint16_t`). */
const INSTANCE_SIZE = 8;
const INSTANCE_TYPE = 12;
const BLOCKS_LOOKED_AT = 64;

/**
 * The map has no constant for debuggers from V8 13 on. It is known by its neighbours: right before the type of free
 * blocks comes that of the fillers, the only one which has exactly two maps, of one word and of two words. Where
 * free blocks are found in `ranges`, another object must begin at their ends. `null` where that fails.
 *
 * @param usualUnit of this version of V8, for heaps that have no free blocks
 */
export function findFreeSpace(
  memory: PagedMemory,
  readOnly: readonly Range[],
  ranges: readonly Range[],
  usualUnit: number,
): FreeSpace | null {
  const metaMap = findMetaMap(memory, readOnly);
  if (metaMap === 0) return null;
  const byType = new Map<number, { map: number; words: number }[]>();
  scanWords(memory, { ...ALL, ranges: readOnly, needles: new Needles([metaMap]) }, (address) => {
    const type = memory.u16(address + INSTANCE_TYPE);
    byType.set(type, [
      ...(byType.get(type) ?? []),
      { map: address + 1, words: memory.u8(address + INSTANCE_SIZE) },
    ]);
  });
  const candidates: number[] = [];
  for (const [type, maps] of byType) {
    const next = byType.get(type + 1);
    const sizes = maps.map(({ words }) => words).sort((a, b) => a - b);
    const isFiller = sizes.length === 2 && sizes[0] === 1 && sizes[1] === 2;
    if (isFiller && next?.length === 1 && next[0]!.words === 0) candidates.push(next[0]!.map);
  }
  if (candidates.length !== 1) return null;
  const map = candidates[0]!;
  const unit = unitOf(memory, map, ranges, usualUnit);
  return unit === 0 ? null : { map, unit };
}

const ALL = { skipFreeSpace: null, resident: null, deadline: Number.POSITIVE_INFINITY };

/** The map of maps is its own map. */
function findMetaMap(memory: PagedMemory, ranges: readonly Range[]): number {
  for (const { start, end } of ranges) {
    for (let at = start; at < end; at += 8) if (memory.word(at) === at + 1) return at + 1;
  }
  return 0;
}

/** The one (1 or 8) with which blocks end where they must; 0: neither. */
function unitOf(memory: PagedMemory, map: number, ranges: readonly Range[], usual: number): number {
  let blocks = 0;
  let bytes = 0;
  let words = 0;
  for (const range of ranges) {
    scanWords(memory, { ...ALL, ranges: [range], needles: new Needles([map]) }, (address) => {
      if (blocks >= BLOCKS_LOOKED_AT || memory.low(address + 8) !== 0) return;
      blocks++;
      const size = memory.high(address + 8);
      if (endsWell(address, size, range.end)) bytes++;
      if (endsWell(address, size * 8, range.end)) words++;
    });
  }
  // Not all do end so: some are the beginning of what is set aside for allocation. Where all blocks and objects have
  // the same size, a multiple of a block's size ends well too.
  const enough = (count: number): boolean => count * 4 >= blocks * 3;
  const [fitting, others] = usual === 1 ? [bytes, words] : [words, bytes];
  if (blocks === 0 || enough(fitting)) return usual;
  return enough(others) ? 9 - usual : 0;

  function endsWell(address: number, size: number, end: number): boolean {
    const behind = address + size;
    if (size < 16 || size % 8 !== 0 || behind > end) return false;
    if (behind === end) return true;
    const itsMap = memory.word(behind);
    if (itsMap % 4 !== 1) return false;
    // The map of a map is its own map. Contexts have their own such maps from V8 12 on.
    const itsMeta = memory.word(itsMap - 1);
    return itsMeta % 4 === 1 && memory.word(itsMeta - 1) === itsMeta;
  }
}
