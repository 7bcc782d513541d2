import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describeSystemError } from '../os/system-error.js';

/** Standard input, in place of a path. */
export const STDIN = '-';

export type Listed =
  | {
      kind: 'file';
      path: string;
      /** Whether the user named it, not only the directory that it is in. */
      named: boolean;
      /** `null` where it is none that has a size: a pipe. */
      bytes: number | null;
    }
  | { kind: 'unreadable'; path: string; named: boolean; reason: string };

/**
 * The files that are meant by paths: files as they are (also pipes: `<(zcat old.log.gz)`), directories with all that is
 * in them, sorted by name. Within directories hidden names (also the temporary ones of `log_dir`), symbolic links to
 * directories, and whatever is no regular file, are left out. A path that is given twice is read once.
 */
export async function* listFiles(paths: readonly string[]): AsyncGenerator<Listed> {
  for (const path of new Set(paths)) {
    if (path === STDIN) yield { kind: 'file', path, named: true, bytes: null };
    else yield* listPath(path, true);
  }
}

async function* listPath(path: string, named: boolean): AsyncGenerator<Listed> {
  try {
    const status = await stat(path);
    if (status.isDirectory()) yield* listDirectory(path, named);
    else if (status.isFile()) yield { kind: 'file', path, named, bytes: status.size };
    else if (named) yield { kind: 'file', path, named, bytes: null };
  } catch (error) {
    yield { kind: 'unreadable', path, named, reason: describeSystemError(error) };
  }
}

async function* listDirectory(directory: string, named: boolean): AsyncGenerator<Listed> {
  let entries;
  try {
    entries = await readdir(directory, { withFileTypes: true });
  } catch (error) {
    yield { kind: 'unreadable', path: directory, named, reason: describeSystemError(error) };
    return;
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* listDirectory(path, false);
    else if (entry.isFile()) yield* listPath(path, false);
    else if (entry.isSymbolicLink()) yield* listLink(path);
  }
}

/** A link to a directory could lead back to where it is. */
async function* listLink(path: string): AsyncGenerator<Listed> {
  try {
    const status = await stat(path);
    if (status.isFile()) yield { kind: 'file', path, named: false, bytes: status.size };
  } catch (error) {
    yield { kind: 'unreadable', path, named: false, reason: describeSystemError(error) };
  }
}
