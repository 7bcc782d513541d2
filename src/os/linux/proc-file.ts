import { closeSync, openSync, readSync } from 'node:fs';
import { errorCode } from '../system-error.js';

/** The text, and whether all of it fitted into the limit; or the code of the error (`ENOENT`, `EACCES`, …). */
export type ProcRead = { text: string; complete: boolean; error?: never } | { error: string };

const CHUNK = 64 * 1024;
/** Reused: everything here is synchronous, so two reads of one thread never overlap. */
const chunk = Buffer.allocUnsafeSlow(CHUNK);

/** Reads a file of `/proc` (whose size nobody knows beforehand) up to `limit` bytes. */
export function readProcFile(path: string, limit = CHUNK): ProcRead {
  const parts: Buffer[] = [];
  let complete = true;
  const error = eachChunk(path, limit, (bytes, last) => {
    parts.push(Buffer.from(bytes));
    complete = last;
    return true;
  });
  if (error !== null) return { error };
  return { text: parts.length === 1 ? parts[0]!.toString() : Buffer.concat(parts).toString(), complete };
}

/**
 * The lines among the first `limit` bytes that contain `needle`, until `accept` takes one; `null` where none did
 * or the file cannot be read. Tables of sockets have tens of thousands of lines: nothing is kept of the others.
 */
export function findProcLine<T>(
  path: string,
  needle: string,
  limit: number,
  accept: (line: string) => T | null,
): T | null {
  let found: T | null = null;
  let rest = '';
  eachChunk(path, limit, (bytes, last) => {
    const text = rest + bytes.toString('latin1');
    const end = last ? text.length : text.lastIndexOf('\n') + 1;
    for (let at = text.indexOf(needle); at !== -1 && at < end && found === null;) {
      const lineEnd = text.indexOf('\n', at);
      const stop = lineEnd === -1 ? text.length : lineEnd;
      found = accept(text.slice(text.lastIndexOf('\n', at) + 1, stop));
      at = text.indexOf(needle, stop);
    }
    rest = text.slice(end);
    return found === null;
  });
  return found;
}

/** Hands the file over in pieces, which are only valid during the call, until `take` returns false. */
function eachChunk(
  path: string,
  limit: number,
  take: (bytes: Buffer, last: boolean) => boolean,
): string | null {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    let left = limit;
    for (;;) {
      const length = left === 0 ? 0 : readSync(file, chunk, 0, Math.min(CHUNK, left), null);
      // The kernel hands such files out a page at a time: only an empty read is the end.
      const last = length === 0 && left > 0;
      left -= length;
      if (!take(chunk.subarray(0, length), last) || length === 0) return null;
    }
  } catch (error) {
    return errorCode(error) ?? 'unknown error';
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
