import type { Pid } from '../pid.js';
import { readProcFile } from './proc-file.js';

/** One line of `/proc/PID/maps`. Addresses are numbers: user space ends at 2^47 on the machines that matter. */
export interface Mapping {
  start: number;
  end: number;
  /** Offset in the file. */
  offset: number;
  /** 0 for anonymous memory. */
  inode: number;
  /** Empty for anonymous memory; `[heap]`, `[stack]`. */
  path: string;
}

/** A process has 65,530 mappings at most unless told otherwise; a busy one of 1 GB some 5,000 (0.5 MB of text). */
const MAPS_LIMIT = 8 * 1024 * 1024;

/** The text of `/proc/PID/maps`, whole lines only; `null` where it cannot be read. */
export function readMaps(pid: Pid): string | null {
  const file = readProcFile(`/proc/${pid}/maps`, MAPS_LIMIT);
  if (file.error !== undefined) return null;
  return file.text.slice(0, file.text.lastIndexOf('\n') + 1);
}

/** The mappings whose permissions are exactly these (`r-xp`). Only their lines are parsed: the text is long. */
export function mappingsWith(maps: string, permissions: string): Mapping[] {
  const mappings: Mapping[] = [];
  const needle = ` ${permissions} `;
  for (let at = maps.indexOf(needle); at !== -1; at = maps.indexOf(needle, at + 1)) {
    const mapping = parseMapping(lineAround(maps, at));
    if (mapping !== null) mappings.push(mapping);
  }
  return mappings;
}

/**
 * Anonymous memory that may be read and written and lies right above memory that may not: stacks of threads with
 * their guard pages below, and some heaps.
 */
export function guardedMappings(maps: string): Mapping[] {
  const mappings: Mapping[] = [];
  for (let at = maps.indexOf(' ---p '); at !== -1; at = maps.indexOf(' ---p ', at + 1)) {
    const next = maps.indexOf('\n', at) + 1;
    if (next === 0 || next === maps.length) break;
    const line = lineAround(maps, next);
    if (!line.includes(' rw-p ')) continue;
    const guard = parseMapping(lineAround(maps, at));
    const mapping = parseMapping(line);
    if (mapping?.inode === 0 && mapping.path === '' && guard?.end === mapping.start) mappings.push(mapping);
  }
  return mappings;
}

/** Anonymous memory that may be read and written, the heap of C and stacks included. */
export function writableMappings(maps: string): Mapping[] {
  return mappingsWith(maps, 'rw-p').filter(({ inode }) => inode === 0);
}

function lineAround(text: string, at: number): string {
  const end = text.indexOf('\n', at);
  return text.slice(text.lastIndexOf('\n', at - 1) + 1, end === -1 ? text.length : end);
}

function parseMapping(line: string): Mapping | null {
  const match = /^([0-9a-f]+)-([0-9a-f]+) \S+ ([0-9a-f]+) \S+ (\d+) *(.*)$/.exec(line);
  if (match === null) return null;
  const [, start = '', end = '', offset = '', inode = '', path = ''] = match;
  return {
    start: Number.parseInt(start, 16),
    end: Number.parseInt(end, 16),
    offset: Number.parseInt(offset, 16),
    inode: Number(inode),
    path,
  };
}
