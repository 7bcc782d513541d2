import { closeSync, openSync, readSync } from 'node:fs';
import { mappingsWith } from '../../os/linux/memory-map.js';
import type { Pid } from '../../os/pid.js';
import { PAGE } from './page-store.js';
import type { Range } from './range.js';

/** A mapping that may hold V8's chunks. */
export interface Region extends Range {
  writable: boolean;
}

/** V8 maps its chunks as private anonymous memory; code may also be executable, and shared constants are not writable. */
const PERMISSIONS = ['rw-p', 'rwxp', 'r-xp', 'r--p'] as const;

/** Ascending by start. From the text of `/proc/PID/maps`. */
export function heapRegions(maps: string): Region[] {
  const regions: Region[] = [];
  for (const permissions of PERMISSIONS) {
    for (const { start, end, inode, path } of mappingsWith(maps, permissions)) {
      // A kernel with names for anonymous memory gives them as `[anon:…]`; `[heap]` and stacks hold no chunks.
      if (inode !== 0 || (path !== '' && !path.startsWith('[anon:'))) continue;
      regions.push({ start, end, writable: permissions.includes('w') });
    }
  }
  return regions.sort((a, b) => a.start - b.start);
}

/** Which pages of a process have contents. */
export interface Resident {
  /** The parts of the range that have contents, ascending; all of it where that cannot be told. */
  within(range: Range): Range[];
  close(): void;
}

/** An entry of pagemap is 64 bits; bit 63: in memory, 62: swapped out. All else is hidden from the unprivileged. */
const ENTRY = 8;
const HAS_CONTENTS = 0xc0000000;
/** Of the file at a time: 32 MB of memory. */
const PIECE = 64 * 1024;

/** From `/proc/PID/pagemap`; `null` where it cannot be read. */
export function openResident(pid: Pid): Resident | null {
  let file: number;
  try {
    file = openSync(`/proc/${pid}/pagemap`, 'r');
  } catch {
    return null; // a kernel without it, or not ours to read: then everything is read
  }
  const entries = new Uint32Array(PIECE / 4);
  const buffer = Buffer.from(entries.buffer);

  function readEntries(page: number, count: number): number {
    try {
      return Math.floor(readSync(file, buffer, 0, count * ENTRY, page * ENTRY) / ENTRY);
    } catch {
      return 0;
    }
  }

  return {
    within(range) {
      const ranges: Range[] = [];
      const last = Math.ceil(range.end / PAGE);
      let from = -1;
      for (let page = Math.floor(range.start / PAGE); page < last;) {
        const read = readEntries(page, Math.min(PIECE / ENTRY, last - page));
        if (read <= 0) {
          if (from === -1) from = page;
          page = last;
          break;
        }
        for (let at = 0; at < read; at++, page++) {
          if ((entries[2 * at + 1]! & HAS_CONTENTS) !== 0) {
            if (from === -1) from = page;
          } else if (from !== -1) {
            add(from, page);
            from = -1;
          }
        }
      }
      if (from !== -1) add(from, last);
      return ranges;

      function add(first: number, end: number): void {
        ranges.push({
          start: Math.max(range.start, first * PAGE),
          end: Math.min(range.end, end * PAGE),
        });
      }
    },
    close() {
      closeSync(file);
    },
  };
}
