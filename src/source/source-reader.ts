import { closeSync, fstatSync, openSync, constants, lstatSync, readSync } from 'node:fs';

/** Files larger than this are not read for a line of source: 16 MiB. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** All that one report reads of source files and maps: 64 MiB. */
const MAX_TOTAL_BYTES = 64 * 1024 * 1024;

/** Reads source files for one report, each once, within bounds. */
export interface SourceReader {
  /**
   * The file's text, or `null`: not a regular file, too large, unreadable, or changed since `since`, in which case
   * what stands in it now need not be what runs.
   */
  read(path: string): string | null;
  /** The text of a line (1-based), without its end; `null` if there is none. */
  line(path: string, line: number): string | null;
}

/**
 * @param since when the process that runs the code started, ms since the epoch: files changed later are not trusted.
 *   Modification and birth of the inode count; the change time does not, as a mere hard link to the file moves it.
 * @param root what to put before each path, for those of a process that has another root directory. Paths through
 *   symbolic links are then not read, as these would lead out of it.
 */
export function createSourceReader(since: number, root = ''): SourceReader {
  const texts = new Map<string, string | null>();
  const lineStarts = new Map<string, number[]>();
  let budget = MAX_TOTAL_BYTES;

  const read = (path: string): string | null => {
    let text = texts.get(path);
    if (text === undefined) {
      text = root !== '' && hasLink(root, path) ? null : readBounded(root + path, since, budget);
      if (text !== null) budget -= text.length;
      texts.set(path, text);
    }
    return text;
  };

  return {
    read,
    line(path, line) {
      const text = read(path);
      if (text === null) return null;
      let starts = lineStarts.get(path);
      if (!starts) lineStarts.set(path, (starts = startsOfLines(text)));
      return lineAt(text, starts, line);
    },
  };
}

/** Offsets at which the lines of `text` start. */
export function startsOfLines(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** Line `line` (1-based) of a text whose lines start at `starts`. */
export function lineAt(text: string, starts: readonly number[], line: number): string | null {
  const start = starts[line - 1];
  if (start === undefined) return null;
  const end = starts[line];
  return text.slice(start, end === undefined ? undefined : end - 1).replace(/\r$/, '');
}

/** Whether a part of the path below `root` is a symbolic link, or cannot be looked at. */
function hasLink(root: string, path: string): boolean {
  for (let end = path.indexOf('/', 1); ; end = path.indexOf('/', end + 1)) {
    try {
      if (lstatSync(root + (end === -1 ? path : path.slice(0, end))).isSymbolicLink()) return true;
    } catch {
      return true;
    }
    if (end === -1) return false;
  }
}

function readBounded(path: string, since: number, budget: number): string | null {
  let fd: number;
  try {
    // Non-blocking, as a path in a stack frame may be anything by now, a FIFO too.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return null; // gone or forbidden: the frame stays without its source line
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile() || stat.size > Math.min(MAX_FILE_BYTES, budget)) return null;
    if (Math.max(stat.mtimeMs, stat.birthtimeMs) > since) return null;
    const bytes = Buffer.allocUnsafe(stat.size);
    return bytes.toString('utf8', 0, readSync(fd, bytes, 0, stat.size, 0));
  } catch {
    return null;
  } finally {
    closeSync(fd);
  }
}
