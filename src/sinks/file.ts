import fs from 'node:fs';
import { join } from 'node:path';
import { describeSystemError, errorCode } from '../os/system-error.js';
import { GuruError } from '../report/error.js';

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants; // The last is undefined, so 0 in an OR, on Windows.

const MODE = 0o600;

/** Names that are tried when the first is taken: `_1` to `_99`. */
const MAX_SUFFIX = 99;

/** UTF-8 bytes of the service's name in a file's name: with the rest less than the 143 that eCryptfs allows. */
const MAX_SERVICE_BYTES = 64;

/** What link(2) fails with where the file system, or Node's permission model, has no hard links. */
const NO_LINKS = new Set([
  'EPERM',
  'EACCES',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
  'ERR_ACCESS_DENIED',
]);

export interface ReportFile {
  /** An existing directory, or a symbolic link to one: it is the operator's word, and not created. */
  logDir: string;
  serviceName: string;
  /** The process that the report is about. */
  pid: number;
  /** When the report was made. */
  at: Date;
  format: 'text' | 'json' | 'xml';
}

/** Ways to the file system that tests replace. */
export interface FileSystemCalls {
  link: (existing: string, name: string) => void;
}

/**
 * Writes a report into a file of its own in the log directory and returns the path:
 * `SERVICE_gurumeditation_YYYYMMDDHHMMSS_PID[_N]` (UTC) and `.json` or `.xml` where it is not text.
 *
 * The file has mode 0600 whatever the umask, replaces nothing, is not written through a symbolic link, and appears under
 * its name complete or not at all: it is written as `.NAME.RANDOM.tmp` in the same directory, linked to the first free
 * name and unlinked. A process that is killed in between leaves that temporary file.
 *
 * It is not fsynced. A crash of the process does not lose what is in the page cache; one of the machine may, but
 * fsync(2) takes seconds on a busy disk, and neither the sentinel nor the exit of the process may wait for it.
 *
 * @throws {GuruError} `ERR_GURU_SINK` with one line that names the directory and the reason; then nothing is left.
 */
export function writeReportFile(
  file: ReportFile,
  text: string,
  calls: FileSystemCalls = { link: fs.linkSync },
): string {
  try {
    return write(file, text, calls);
  } catch (error) {
    throw new GuruError(
      'ERR_GURU_SINK',
      `the report cannot be written into log_dir ${file.logDir}: ${describeSystemError(error)}`,
      { cause: error },
    );
  }
}

function write(file: ReportFile, text: string, calls: FileSystemCalls): string {
  const stem = reportStem(file);
  const temporary = join(file.logDir, `.${stem}.${Math.random().toString(36).slice(2, 12)}.tmp`);
  const fd = fs.openSync(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, MODE);
  try {
    try {
      restoreMode(fd);
      writeWhole(fd, Buffer.from(text));
    } finally {
      fs.closeSync(fd);
    }
    return publish(
      temporary,
      join(file.logDir, stem),
      file.format === 'text' ? '' : `.${file.format}`,
      calls,
    );
  } finally {
    removeIfThere(temporary);
  }
}

/** `SERVICE_gurumeditation_YYYYMMDDHHMMSS_PID`. */
function reportStem({ serviceName, pid, at }: ReportFile): string {
  const time = at.toISOString().replace(/\D/g, '').slice(0, 14);
  return `${fileNamePart(serviceName)}_gurumeditation_${time}_${pid}`;
}

/**
 * A service's name as the beginning of a file's name: letters, digits and `. _ + -`, in any script; no hidden file, no
 * option of a command (`-rf`), no way into another directory.
 */
export function fileNamePart(serviceName: string): string {
  let part = serviceName.replace(/[^\p{L}\p{M}\p{N}._+-]+/gu, '-').replace(/^[.-]+/, '');
  if (Buffer.byteLength(part) > MAX_SERVICE_BYTES) {
    // A character that was cut in half is dropped.
    part = Buffer.from(part)
      .subarray(0, MAX_SERVICE_BYTES)
      .toString()
      .replace(/\uFFFD$/, '');
  }
  return part || 'node';
}

/** The umask may have taken bits away from the mode (it cannot add any). */
function restoreMode(fd: number): void {
  if ((fs.fstatSync(fd).mode & 0o777) === MODE) return;
  try {
    fs.fchmodSync(fd, MODE);
  } catch {
    // Where the file system has no modes (FAT, some network mounts, Windows), the mount says who may read.
  }
}

function writeWhole(fd: number, bytes: Buffer): void {
  for (let offset = 0; offset < bytes.length;) offset += fs.writeSync(fd, bytes, offset);
}

/** Gives the complete file the first free name. */
function publish(temporary: string, stem: string, extension: string, calls: FileSystemCalls): string {
  for (let n = 0; n <= MAX_SUFFIX; n++) {
    const path = `${stem}${n === 0 ? '' : `_${n}`}${extension}`;
    if (linkOrRename(temporary, path, calls)) return path;
  }
  throw new Error(`${stem}${extension} and its ${MAX_SUFFIX} alternatives exist`);
}

/** Whether the name was free. link(2) fails where there is anything, a dangling symbolic link included. */
function linkOrRename(temporary: string, path: string, calls: FileSystemCalls): boolean {
  try {
    calls.link(temporary, path);
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST') return false;
    if (code === null || !NO_LINKS.has(code)) throw error;
    return reserveAndRename(temporary, path);
  }
}

/**
 * Without hard links: takes the name with an empty file, which nobody else can have, and renames the complete one over
 * it. The name is empty for a moment, but never holds half a report.
 */
function reserveAndRename(temporary: string, path: string): boolean {
  try {
    fs.closeSync(fs.openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, MODE));
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
  try {
    fs.renameSync(temporary, path);
    return true;
  } catch (error) {
    removeIfThere(path);
    throw error;
  }
}

function removeIfThere(path: string): void {
  try {
    fs.unlinkSync(path);
  } catch {
    // It was renamed, or the directory is gone: there is nothing that could be done about it.
  }
}
