import { readFileSync } from 'node:fs';
import type { Frame } from 'guru-meditation';

/** Makes the frames that a test expects, from markers (`@name`) at the ends of lines of a program. */
export type FrameAt = (name: string, marker: string, text: string) => Frame;

/**
 * @returns gives the frame of function `name` at the line that ends in `marker` and the column where `text` begins.
 */
export function framesOf(file: string): FrameAt {
  const lines = readFileSync(file, 'utf8').split('\n');
  return (name, marker, text) => {
    const found = lines.flatMap((line, index) => (line.endsWith(marker) ? [{ line, index }] : []));
    const [place] = found;
    if (!place || found.length > 1) throw new Error(`${found.length} lines of ${file} end in ${marker}`);
    const column = place.line.indexOf(text);
    if (column === -1) throw new Error(`no "${text}" in ${file}:${place.index + 1}`);
    return {
      function: name,
      file,
      line: place.index + 1,
      column: column + 1,
      sourceLine: place.line.trim(),
    };
  };
}

/** The frame of a function of V8 itself. */
export function nativeFrame(name: string): Frame {
  return { function: name, file: '<native>', line: null, column: null, native: true };
}

/** The frames up to Node's own ones below them. */
export function applicationFrames(frames: readonly Frame[]): Frame[] {
  const end = frames.findIndex(({ internal }) => internal);
  return end === -1 ? [...frames] : frames.slice(0, end);
}
