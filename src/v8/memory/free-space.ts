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
/** Of a page. */
const BLOCKS_LOOKED_AT = 64;
/** So many pages are enough. */
const VOTES = 8;

/**
 * The map has no constant for debuggers from V8 13 on. It is known by its neighbours: right before the type of free
 * blocks comes that of the fillers, the only one which has exactly two maps, of one word and of two words. Where
 * free blocks are found, another object must begin at their ends. `null` where that fails.
 *
 * @param pages of the old generation, with what is used of each: those with the most free space first
 * @param usualUnit of this version of V8, for heaps that have no free blocks
 */
export function findFreeSpace(
  memory: PagedMemory,
  readOnly: readonly Range[],
  pages: Iterable<readonly Range[]>,
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
  const unit = unitOf(memory, map, pages, usualUnit);
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

interface Block {
  address: number;
  /** In units. */
  size: number;
  /** Of the range that it was found in. */
  end: number;
}

/** The one (1 or 8) with which blocks end where they must; 0: neither. */
function unitOf(memory: PagedMemory, map: number, pages: Iterable<readonly Range[]>, usual: number): number {
  let withBlocks = 0;
  const votes = { usual: 0, other: 0 };
  for (const ranges of pages) {
    const blocks = blocksIn(memory, map, ranges);
    // Where all blocks and objects have the same size, a multiple of a block's size ends well too: so the usual one comes first.
    if (blocks.length === 0) continue;
    withBlocks++;
    if (fits(memory, blocks, usual)) votes.usual++;
    else if (fits(memory, blocks, 9 - usual)) votes.other++;
    if (votes.usual + votes.other === VOTES) break;
  }
  // Pages without a vote are those that V8 has just emptied by moving all that was in there.
  if (withBlocks === 0 || votes.usual > votes.other) return usual;
  return votes.other > votes.usual ? 9 - usual : 0;
}

function blocksIn(memory: PagedMemory, map: number, ranges: readonly Range[]): Block[] {
  const blocks: Block[] = [];
  for (const range of ranges) {
    scanWords(memory, { ...ALL, ranges: [range], needles: new Needles([map]) }, (address) => {
      if (blocks.length < BLOCKS_LOOKED_AT && memory.low(address + 8) === 0)
        blocks.push({ address, size: memory.high(address + 8), end: range.end });
    });
  }
  return blocks;
}

/** Whether blocks end well by this unit. What lies in one that does is left of earlier ones, as V8 merges them and does not erase. */
function fits(memory: PagedMemory, blocks: readonly Block[], unit: number): boolean {
  let [looked, fitting] = [0, 0];
  let behind = 0;
  for (const { address, size, end } of blocks) {
    if (address < behind) continue;
    looked++;
    if (!endsWell(memory, address, size * unit, end)) continue;
    fitting++;
    behind = address + size * unit;
  }
  // Not all do: some are the beginning of what is set aside for allocation.
  return fitting * 4 >= looked * 3;
}

/** Whether another object begins at the end of a block, or nothing is there. */
function endsWell(memory: PagedMemory, address: number, size: number, end: number): boolean {
  const behind = address + size;
  if (size < 16 || size % 8 !== 0 || behind > end) return false;
  if (behind === end) return true;
  const map = memory.word(behind);
  if (map % 4 !== 1) return false;
  // The map of a map is its own map. Contexts have their own such maps from V8 12 on.
  const meta = memory.word(map - 1);
  return meta % 4 === 1 && memory.word(meta - 1) === meta;
}
