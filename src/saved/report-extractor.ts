import type { Report } from '../report/schema.js';
import { ByteWindow } from './byte-window.js';
import { JsonObjectScanner } from './json-object-scanner.js';
import { readObject } from './read-object.js';

/** A report is read as a whole, so this is what one can cost. V8's longest string is four times as long. */
const MOST_BYTES = 128 * 1024 * 1024;

const LINE_FEED = 10;
const SPACE = 32;
const COMMA = 44;
const OPEN_LIST = 91;
const CLOSE_LIST = 93;
const OPEN_OBJECT = 123;

const KEY = Buffer.from('"schemaVersion"');

/** What the text and XML views have near their beginning. */
const TITLE = Buffer.from('Guru Meditation');

export type Extracted =
  | { kind: 'report'; report: Report; line: number }
  /** Something that looks like a report and cannot be read. */
  | { kind: 'problem'; reason: string; line: number };

/**
 * Finds the reports in a stream of bytes, whatever else is in it: a JSON document in any layout, several after one
 * another, a list of them, one on each line, in the midst of a log, behind a time stamp, as a field of a log record.
 * It holds one report at a time.
 *
 * An object is looked at if it is the first thing on a line, or if `schemaVersion` is its first key. Objects that end and
 * hold no report, and everything else, are counted by lines and forgotten.
 */
export class ReportExtractor {
  /** Lines that have something in them, but no part of a report. */
  skippedLines = 0;
  /** Whether there was what may be a report in another view. */
  sawTitle = false;
  readonly #mostBytes: number;
  readonly #window = new ByteWindow();
  readonly #scanner = new JsonObjectScanner();
  #line = 1;
  #inObject = false;
  /** Of the current line: whether nothing came yet that could not stand before a report. */
  #atStart = true;
  #hasText = false;
  #hasReport = false;

  constructor(mostBytes = MOST_BYTES) {
    this.#mostBytes = mostBytes;
  }

  /** Forgets what it has seen, for the next source. */
  reset(): void {
    this.skippedLines = 0;
    this.sawTitle = false;
    this.#window.clear();
    this.#line = 1;
    this.#inObject = false;
    this.#beginLine();
  }

  /** The next bytes, which are copied. */
  *push(chunk: Uint8Array): Generator<Extracted> {
    this.#window.append(chunk);
    if (!this.sawTitle) this.sawTitle = this.#find(TITLE);
    yield* this.#read(false);
  }

  /** There are no more bytes. */
  *end(): Generator<Extracted> {
    yield* this.#read(true);
    this.#endLine();
  }

  *#read(isEnd: boolean): Generator<Extracted> {
    const window = this.#window;
    for (;;) {
      if (!this.#inObject && !this.#findObject(isEnd)) return;
      const length = this.#scanner.scan(window.bytes, window.start, window.end);
      if (length === null && !isEnd && window.length <= this.#mostBytes) return;
      this.#inObject = false;
      if (typeof length === 'number' && length <= this.#mostBytes) yield* this.#take(length);
      else {
        const reason =
          length === false ? 'it is no valid JSON' : length === null && isEnd ? 'it is cut off' : null;
        yield* this.#giveUp(reason ?? `it is longer than ${this.#mostBytes} bytes`);
      }
    }
  }

  /** Goes on to where an object may begin; `false` if that takes more bytes. */
  #findObject(isEnd: boolean): boolean {
    const window = this.#window;
    const { bytes, end } = window;
    let at = window.start;
    for (; at < end; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === LINE_FEED) {
        this.#endLine();
      } else if (byte === OPEN_OBJECT) {
        const begins = this.#atStart || beginsReport(bytes, at, end);
        if (begins === null && !isEnd) break;
        if (begins === true) {
          window.start = at;
          this.#inObject = true;
          this.#scanner.start();
          return true;
        }
        this.#atStart = false;
        this.#hasText = true;
      } else if (!isFiller(byte)) {
        this.#atStart = false;
        this.#hasText = true;
      }
    }
    window.start = at;
    return false;
  }

  /** The object of this length that the window begins with. */
  *#take(length: number): Generator<Extracted> {
    const { bytes, start } = this.#window;
    this.#window.start += length;
    const piece = bytes.subarray(start, start + length);
    const found = piece.includes(KEY) || piece.includes(ESCAPED_KEY) ? readObject(piece.toString()) : [];
    for (const one of found) yield { ...one, line: this.#line };
    const isReport = found.some(({ kind }) => kind === 'report');
    const { lines } = this.#scanner;
    if (isReport) this.#hasReport = true;
    else this.#hasText = true;
    if (lines > 0) this.#passLines(lines, isReport);
    this.#atStart = true;
  }

  #passLines(lines: number, isReport: boolean): void {
    if (!isReport) this.skippedLines += lines - (this.#hasReport ? 1 : 0);
    this.#line += lines;
    this.#hasReport = isReport;
    this.#hasText = !isReport;
  }

  /** What the window begins with is no object. The rest of its line may hold one, and the next lines. */
  *#giveUp(reason: string): Generator<Extracted> {
    const window = this.#window;
    if (beginsReport(window.bytes, window.start, window.end) === true) {
      yield { kind: 'problem', reason: `not a report: ${reason}`, line: this.#line };
    }
    window.start++;
    this.#atStart = false;
    this.#hasText = true;
  }

  #endLine(): void {
    if (this.#hasText && !this.#hasReport) this.skippedLines++;
    this.#line++;
    this.#beginLine();
  }

  #beginLine(): void {
    this.#atStart = true;
    this.#hasText = false;
    this.#hasReport = false;
  }

  #find(bytes: Buffer): boolean {
    const { start, end } = this.#window;
    return this.#window.bytes.subarray(start, end).includes(bytes);
  }
}

/** As it is within a string. */
const ESCAPED_KEY = Buffer.from('\\"schemaVersion\\"');

/** Whether the object that begins at `at` has `schemaVersion` for its first key; `null` if that cannot be told yet. */
function beginsReport(bytes: Uint8Array, at: number, end: number): boolean | null {
  let key = at + 1;
  while (key < end && isSpace(bytes[key] ?? 0)) key++;
  for (let i = 0; i < KEY.length; i++) {
    if (key + i >= end) return null;
    if (bytes[key + i] !== KEY[i]) return false;
  }
  return true;
}

function isSpace(byte: number): boolean {
  return byte === SPACE || (byte >= 9 && byte <= 13);
}

/**
 * What may stand before an object on its line: space, what lists and sequences of objects are made of, control
 * characters (JSON text sequences; the zeros of a log that was cut while it was written to), a byte order mark.
 */
function isFiller(byte: number): boolean {
  return (
    byte <= SPACE ||
    byte === COMMA ||
    byte === OPEN_LIST ||
    byte === CLOSE_LIST ||
    byte === 0xef ||
    byte === 0xbb ||
    byte === 0xbf
  );
}
