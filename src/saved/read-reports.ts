import { type FileHandle, open } from 'node:fs/promises';
import { describeSystemError, errorCode } from '../os/system-error.js';
import type { Report } from '../report/schema.js';
import { type Listed, STDIN, listFiles } from './list-files.js';
import { ReportExtractor } from './report-extractor.js';

/** Large enough that a usual report comes in one piece. */
const CHUNK = 1 << 18;

/** What comes of reading saved reports, in the order in which it is found. */
export type Reading =
  | { kind: 'report'; report: Report; source: string; line: number }
  /** Something in a source that looks like a report and cannot be read; or a source without any, then with no line. */
  | { kind: 'problem'; source: string; line: number | null; reason: string }
  | { kind: 'unreadable'; source: string; named: boolean; reason: string }
  /** How far it is; comes with each piece that was read. */
  | { kind: 'progress'; bytes: number }
  /** A source was read to its end. */
  | { kind: 'end'; source: string; reports: number; skippedLines: number };

export interface ReadOptions {
  /** What `-` stands for. */
  stdin: AsyncIterable<Uint8Array>;
}

/**
 * Reads the saved reports in files, directories and standard input, one at a time. What is no report is counted and
 * named, and never ends the reading.
 */
export async function* readReports(
  paths: readonly string[],
  { stdin }: ReadOptions,
): AsyncGenerator<Reading> {
  const extractor = new ReportExtractor();
  const buffer = Buffer.allocUnsafe(CHUNK);
  for await (const listed of listFiles(paths)) {
    if (listed.kind === 'unreadable') {
      const { path: source, named, reason } = listed;
      yield { kind: 'unreadable', source, named, reason };
    } else {
      const source = listed.path === STDIN ? 'standard input' : listed.path;
      const chunks = listed.path === STDIN ? stdin : chunksOf(listed.path, buffer);
      yield* readSource(source, listed, chunks, extractor);
    }
  }
}

async function* readSource(
  source: string,
  { named }: Listed,
  chunks: AsyncIterable<Uint8Array>,
  extractor: ReportExtractor,
): AsyncGenerator<Reading> {
  extractor.reset();
  let reports = 0;
  let problems = 0;
  const count = (kind: 'report' | 'problem'): void => {
    if (kind === 'report') reports++;
    else problems++;
  };
  try {
    for await (const chunk of chunks) {
      for (const found of extractor.push(chunk)) {
        count(found.kind);
        yield { ...found, source };
      }
      yield { kind: 'progress', bytes: chunk.length };
    }
  } catch (error) {
    if (errorCode(error) === null) throw error;
    yield { kind: 'unreadable', source, named, reason: describeSystemError(error) };
    yield { kind: 'end', source, reports, skippedLines: extractor.skippedLines };
    return;
  }
  for (const found of extractor.end()) {
    count(found.kind);
    yield { ...found, source };
  }
  const { skippedLines, sawTitle } = extractor;
  if (reports + problems === 0) {
    const why = sawTitle
      ? 'only reports in JSON can be read, and this may be one in another view'
      : `no report in it (${skippedLines} ${skippedLines === 1 ? 'line' : 'lines'})`;
    yield { kind: 'problem', source, line: null, reason: why };
  }
  yield { kind: 'end', source, reports, skippedLines };
}

/** All that is in a file when its end is first seen: one that grows does not keep us. Each piece replaces the last. */
async function* chunksOf(path: string, buffer: Buffer): AsyncGenerator<Uint8Array> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle?.close();
  }
}
