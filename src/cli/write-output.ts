import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  openSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { describeSystemError, errorCode } from '../os/system-error.js';
import { GuruError } from '../report/error.js';

/** Reports say much of a service: they are for its operators. */
const MODE = 0o600;

/** Whether {@link writeOutput} has a place for the file: to be asked before the work. @throws {GuruError} `ERR_GURU_SINK` */
export function assertWritable(path: string): void {
  try {
    const isReplaced = statSync(path, { throwIfNoEntry: false })?.isFile() ?? true;
    accessSync(isReplaced ? dirname(path) : path, constants.W_OK);
  } catch (error) {
    throw notWritable(path, error);
  }
}

/**
 * Writes a file, complete or not at all: what is there is replaced once all is written. What is there and no regular file
 * (a FIFO, `/dev/stderr`) is written to. @throws {GuruError} `ERR_GURU_SINK`
 */
export function writeOutput(path: string, text: string): void {
  try {
    const fd = openOther(path);
    if (fd === null) replaceFile(path, text);
    else writeAndClose(fd, text);
  } catch (error) {
    throw notWritable(path, error);
  }
}

function notWritable(path: string, cause: unknown): GuruError {
  const message = `${path} cannot be written: ${describeSystemError(cause)}`;
  return new GuruError('ERR_GURU_SINK', message, { cause });
}

/** `null` if there is nothing, or a regular file. */
function openOther(path: string): number | null {
  let fd: number;
  try {
    fd = openSync(path, constants.O_WRONLY);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
  if (!fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  return null;
}

function replaceFile(path: string, text: string): void {
  const temporary = `${path}.${Math.random().toString(36).slice(2, 12)}.tmp`;
  const fd = openSync(temporary, 'wx', MODE);
  try {
    writeAndClose(fd, text);
    renameSync(temporary, path);
  } catch (error) {
    unlinkSync(temporary);
    throw error;
  }
}

function writeAndClose(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
  } finally {
    closeSync(fd);
  }
}
