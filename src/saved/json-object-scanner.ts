/** Containers within each other: one more than `parseReport` takes. It also bounds what a scan that fails can cost. */
const DEEPEST = 1_001;

const OBJECT = 1;
const LIST = 2;

/** What may come next. */
const VALUE = 0;
const VALUE_OR_END = 1;
const KEY = 2;
const KEY_OR_END = 3;
const COLON = 4;
const COMMA_OR_END = 5;
const IN_STRING = 6;
const IN_ATOM = 7;

/** Bytes of JSON. Everything that structures it is ASCII, so UTF-8 need not be decoded. */
const TAB = 9;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 32;
const QUOTE = 34;
const COMMA = 44;
const COLON_SIGN = 58;
const OPEN_LIST = 91;
const BACKSLASH = 92;
const CLOSE_LIST = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

/** With its quotes: the first key of every report. */
const FIRST_KEY = Buffer.from('"schemaVersion"');

/**
 * Finds the end of a JSON object in bytes that come piece by piece, and gives up as soon as it cannot be JSON any more.
 * It checks how the text is built, not each number and each literal: `JSON.parse` does that.
 */
export class JsonObjectScanner {
  /** Line feeds in what was scanned. */
  lines = 0;
  #position = 0;
  #next = VALUE;
  #depth = 0;
  #containers = new Uint8Array(DEEPEST);
  #stringIsKey = false;
  #stringStart = 0;
  #escaped = false;
  /** Where a line begins with an object, in the midst of this one; -1 where there is none. */
  #suspect = -1;

  start(): void {
    this.lines = 0;
    this.#position = 0;
    this.#next = VALUE;
    this.#depth = 0;
    this.#escaped = false;
    this.#suspect = -1;
  }

  /**
   * Goes on with the object that begins at `bytes[from]`; what was scanned before must still be there.
   *
   * @returns the object's length, `null` if it needs more bytes, or `false` if it is no JSON. That is also said of an
   * object in which a line begins with a whole report: the one before it was cut off.
   */
  scan(bytes: Uint8Array, from: number, to: number): number | null | false {
    let at = from + this.#position;
    while (at < to) {
      if (this.#next === IN_STRING) {
        const end = this.#endOfString(bytes, at, to);
        if (end === null) {
          this.#position = to - from;
          return null;
        }
        if (end === false || this.#isNewReport(bytes, from, end)) return false;
        at = end;
        continue;
      }
      const byte = bytes[at] ?? 0;
      at++;
      if (byte === SPACE || byte === LINE_FEED || byte === CARRIAGE_RETURN || byte === TAB) {
        if (byte === LINE_FEED) this.lines++;
        if (this.#next === IN_ATOM) this.#next = COMMA_OR_END;
        continue;
      }
      if (!this.#take(byte, at - 1 - from, bytes[at - 2] === LINE_FEED)) return false;
      if (this.#depth === 0) return at - from;
    }
    this.#position = at - from;
    return null;
  }

  /** Takes a byte that is no space; `false` if it cannot stand there. */
  #take(byte: number, position: number, beginsLine: boolean): boolean {
    switch (byte) {
      case QUOTE:
        return this.#openString(position);
      case OPEN_OBJECT:
        if (beginsLine && this.#depth > 0) this.#suspect = position;
        return this.#open(OBJECT, KEY_OR_END);
      case OPEN_LIST:
        return this.#open(LIST, VALUE_OR_END);
      case CLOSE_OBJECT:
        return this.#close(OBJECT, KEY_OR_END);
      case CLOSE_LIST:
        return this.#close(LIST, VALUE_OR_END);
      case COMMA:
        if (this.#next !== COMMA_OR_END && this.#next !== IN_ATOM) return false;
        this.#next = this.#containers[this.#depth - 1] === OBJECT ? KEY : VALUE;
        return true;
      case COLON_SIGN:
        if (this.#next !== COLON) return false;
        this.#next = VALUE;
        return true;
      default:
        return this.#atom(byte);
    }
  }

  #openString(position: number): boolean {
    this.#stringIsKey = this.#next === KEY || this.#next === KEY_OR_END;
    if (!this.#stringIsKey && this.#next !== VALUE && this.#next !== VALUE_OR_END) return false;
    if (this.#next !== KEY_OR_END) this.#suspect = -1;
    this.#stringStart = position;
    this.#next = IN_STRING;
    return true;
  }

  #open(container: number, next: number): boolean {
    if (this.#next !== VALUE && this.#next !== VALUE_OR_END) return false;
    if (this.#depth === DEEPEST) return false;
    this.#containers[this.#depth++] = container;
    this.#next = next;
    return true;
  }

  #close(container: number, whenEmpty: number): boolean {
    if (this.#containers[this.#depth - 1] !== container) return false;
    if (this.#next !== COMMA_OR_END && this.#next !== IN_ATOM && this.#next !== whenEmpty) return false;
    this.#depth--;
    this.#next = COMMA_OR_END;
    return true;
  }

  /** A byte of a number, of `true`, `false` or `null`. */
  #atom(byte: number): boolean {
    const isOne =
      (byte >= 48 && byte <= 57) ||
      (byte >= 97 && byte <= 122) ||
      byte === 43 ||
      byte === 45 ||
      byte === 46 ||
      byte === 69;
    if (!isOne) return false;
    if (this.#next !== VALUE && this.#next !== VALUE_OR_END && this.#next !== IN_ATOM) return false;
    this.#next = IN_ATOM;
    return true;
  }

  /** Where the string that `at` is in ends (after its quote); `false` if it holds what no JSON string can. */
  #endOfString(bytes: Uint8Array, at: number, to: number): number | null | false {
    let escaped = this.#escaped;
    for (; at < to; at++) {
      const byte = bytes[at] ?? 0;
      if (byte < SPACE) return false;
      if (escaped) escaped = false;
      else if (byte === BACKSLASH) escaped = true;
      else if (byte === QUOTE) {
        this.#escaped = false;
        this.#next = this.#stringIsKey ? COLON : COMMA_OR_END;
        return at + 1;
      }
    }
    this.#escaped = escaped;
    return null;
  }

  /** Whether the string that just ended is the first key of a report that begins a line. */
  #isNewReport(bytes: Uint8Array, from: number, end: number): boolean {
    if (this.#suspect === -1) return false;
    this.#suspect = -1;
    if (!this.#stringIsKey) return false;
    const start = from + this.#stringStart;
    return end - start === FIRST_KEY.length && FIRST_KEY.every((byte, i) => bytes[start + i] === byte);
  }
}
