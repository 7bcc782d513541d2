import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CapturedFrame } from '../inspector/capture-stack.js';
import type { Frame } from '../report/schema.js';
import type { SourceMapper } from './source-map.js';
import type { SourceReader } from './source-reader.js';

/** Longer source lines are cut around the frame's column: bundles have lines of a megabyte. */
const MAX_SOURCE_LINE = 160;
const BEFORE_COLUMN = 40;

/** Turns what a thread said of a frame into the report's frame: path, source-mapped position, source line. */
export function describeFrame(captured: CapturedFrame, reader: SourceReader, mapper: SourceMapper): Frame {
  const frame: Frame = {
    function: captured.function,
    file: toPath(captured.file),
    line: captured.line,
    column: captured.column,
  };
  if (captured.async) frame.async = true;
  if (captured.native === true || (captured.file === null && captured.line === null)) frame.native = true;
  if (captured.approximate === true) frame.approximate = true;
  if (captured.file?.startsWith('node:')) frame.internal = true;
  if (frame.native || frame.internal || captured.line === null) return frame;
  // A name that somebody gave to a script (`vm`'s `filename`), which a file of the working directory may have by chance.
  if (!isAbsolute(frame.file)) return frame;

  const column = captured.column ?? 1;
  const original = mapper.original(frame.file, captured.line, column);
  if (original) {
    frame.generated = { file: frame.file, line: captured.line, column };
    frame.file = original.file;
    frame.line = original.line;
    frame.column = original.column;
  }
  const sourceLine = original ? original.sourceLine : reader.line(frame.file, captured.line);
  const shown = sourceLine === null ? '' : cutAround(sourceLine, frame.column ?? 1);
  if (shown !== '') frame.sourceLine = shown;
  return frame;
}

function toPath(file: string | null): string {
  if (file === null) return '<native>';
  if (!file.startsWith('file:')) return file;
  try {
    return fileURLToPath(file);
  } catch {
    return file;
  }
}

/** The trimmed line, or the part around `column` (1-based) of one that is too long to show. */
export function cutAround(line: string, column: number): string {
  const trimmed = line.trim();
  if (trimmed.length <= MAX_SOURCE_LINE) return trimmed;
  const start = Math.max(0, column - 1 - BEFORE_COLUMN);
  const end = start + MAX_SOURCE_LINE;
  return `${start > 0 ? '…' : ''}${line.slice(start, end).trim()}${end < line.length ? '…' : ''}`;
}
