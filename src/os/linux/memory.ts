import { closeSync, openSync, readSync } from 'node:fs';
import type { Pid } from '../pid.js';

/** Reads the memory of a process through `/proc/PID/mem`, without stopping it. */
export interface Memory {
  /** How many bytes could be read into `into`, from `address` on: 0 where nothing is mapped there. */
  read(address: number, into: Buffer): number;
  close(): void;
}

/**
 * `null` where it is not allowed. A process may always read its own memory, that of others if it may trace them
 * (same user, and `kernel.yama.ptrace_scope` 0).
 */
export function openMemory(pid: Pid): Memory | null {
  let file: number;
  try {
    file = openSync(`/proc/${pid}/mem`, 'r');
  } catch {
    return null; // every reason comes to the same: it cannot be read
  }
  return {
    read(address, into) {
      try {
        return readSync(file, into, 0, into.length, address);
      } catch {
        return 0; // EIO: not mapped, or no longer
      }
    },
    close() {
      closeSync(file);
    },
  };
}

const PAGE = 4096;
/** The kernel's own limit of a path. */
const PATH_MAX = 4096;

/** A path that ends in NUL; `null` where there is none. */
export function readPath(memory: Memory, address: number): string | null {
  const bytes: Buffer[] = [];
  for (let length = 0; length < PATH_MAX;) {
    // Never across the end of a page: the next one may not be mapped.
    const page = Buffer.alloc(PAGE - ((address + length) % PAGE));
    const read = memory.read(address + length, page);
    const end = page.subarray(0, read).indexOf(0);
    bytes.push(page.subarray(0, end === -1 ? read : end));
    if (end !== -1) return Buffer.concat(bytes).toString();
    if (read === 0) return null;
    length += read;
  }
  return null;
}
