import type { PagedMemory } from './paged-memory.js';
import { Needles, type ScanOptions, type ScanResult, scanWords } from './scan.js';

/** The tagged pointers to objects. */
export function pointersTo({ blocks }: PagedMemory, objects: readonly number[]): number[] {
  return objects.map((object) => blocks.address(object) + 1);
}

/** Finds words that point to objects: `hit` gets each of them, and the index of its object among the needles. */
export function scanObjects(
  memory: PagedMemory,
  pointers: readonly number[],
  options: Omit<ScanOptions, 'needles'>,
  hit: (slot: number, needle: number) => void,
): ScanResult {
  return scanWords(memory, { ...options, needles: new Needles(pointers) }, (address, needle) =>
    hit(memory.nodeAt(address), needle),
  );
}
