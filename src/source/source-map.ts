import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { FlattenMap, originalPositionFor, sourceContentFor, TraceMap } from '@jridgewell/trace-mapping';
import { lineAt, type SourceReader, startsOfLines } from './source-reader.js';

/** A place in the source that a map leads to. `line` and `column` are 1-based. */
export interface OriginalPosition {
  file: string;
  line: number;
  column: number;
  /** The line's text, from the map's own copy of the source where it has one. */
  sourceLine: string | null;
}

/** Follows the source maps of running scripts, for one report. */
export interface SourceMapper {
  /** Where `line`:`column` (1-based) of the script at `path` came from; `null` without a usable map. */
  original(path: string, line: number, column: number): OriginalPosition | null;
}

export function createSourceMapper(reader: SourceReader): SourceMapper {
  const maps = new Map<string, TraceMap | null>();
  return {
    original(path, line, column) {
      let map = maps.get(path);
      if (map === undefined) maps.set(path, (map = loadMap(path, reader)));
      if (!map) return null;
      const found = originalPositionFor(map, { line, column: Math.max(0, column - 1) });
      if (found.source === null) return null;
      const file = found.source.startsWith('file:') ? fileURLToPath(found.source) : found.source;
      const content = sourceContentFor(map, found.source);
      return {
        file,
        line: found.line,
        column: found.column + 1,
        sourceLine:
          typeof content === 'string'
            ? lineAt(content, startsOfLines(content), found.line)
            : reader.line(file, found.line),
      };
    },
  };
}

// The comment that names the map is the last thing in a file; whatever tools append after it is short.
const COMMENT_REACH = 4096;

function loadMap(path: string, reader: SourceReader): TraceMap | null {
  const text = reader.read(path);
  if (text === null) return null;
  const url = findMapUrl(text);
  if (url === null) return null;
  try {
    const inline = /^data:application\/json[^,]*?(;base64)?,/.exec(url);
    if (inline) {
      const body = url.slice(inline[0].length);
      const json = inline[1] ? Buffer.from(body, 'base64').toString('utf8') : decodeURIComponent(body);
      return toMap(json, pathToFileURL(path).href);
    }
    if (/^[a-z][a-z0-9+.-]+:/i.test(url) && !url.startsWith('file:')) return null; // never over a network
    const mapPath = url.startsWith('file:')
      ? fileURLToPath(url)
      : resolve(dirname(path), decodeURIComponent(url));
    const json = reader.read(mapPath);
    return json === null ? null : toMap(json, pathToFileURL(mapPath).href);
  } catch {
    return null; // a broken map: the running script's own position is shown, which is true
  }
}

function toMap(json: string, url: string): TraceMap {
  const parsed = JSON.parse(json.replace(/^\)\]\}'[^\n]*\n/, '')) as { sections?: unknown };
  return parsed.sections ? new FlattenMap(parsed as never, url) : new TraceMap(parsed as never, url);
}

/** The URL in the last `sourceMappingURL` comment of a script, if it stands at the script's end. */
export function findMapUrl(text: string): string | null {
  const at = Math.max(text.lastIndexOf('//# sourceMappingURL='), text.lastIndexOf('//@ sourceMappingURL='));
  if (at === -1) return null;
  const url = /^\S*/.exec(text.slice(at + '//# sourceMappingURL='.length))?.[0] ?? '';
  const after = text.length - (at + '//# sourceMappingURL='.length + url.length);
  return url !== '' && after <= COMMENT_REACH ? url : null;
}
