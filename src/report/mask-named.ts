/**
 * Secrets within a text that have their name beside them: `password=x`, `"token": "x"`, `Password=x;Server=y`,
 * `?access_token=x&y=1`, `Authorization: Bearer x`, `--password x`, `<password>x</password>`.
 *
 * One pass: a regular expression finds each name with its separator, and from there a hand-written scan finds where
 * the value ends. What was scanned for a value is consumed, so that the whole is linear.
 */
import { isWorkingDirectory } from './mask-names.js';
import { NO_SECRET, SECRET_HEADER, SECRET_QUERY } from './mask-patterns.js';
import type { SecretName } from './mask-names.js';
import { MASKED } from './schema.js';

export type Classify = (name: string) => SecretName | null;

/**
 * `text`: anything. `source`: a line of a program, where `token = next()` is no secret and only literals, and what
 * stands unspaced after `=` as in connection strings, are masked.
 */
export type TextKind = 'text' | 'source';

/** A run of name characters, what may close it (`"`, `']`), the separator; one try a run, as the boundary has it. */
const NAME_AND_SEPARATOR =
  /(?<![\w.-])([\w.-]+)(\\{0,4}["'`]?\]?[ \t]{0,8})(=>|={1,3}(?![=>~])|!={1,2}|:=|:(?![:/=]))([ \t]{0,8})/g;
/** `--password x`, in any text. */
const LONG_FLAG = /(?<![\w.-])--([\w.-]+)[ \t]{1,8}(?![-=\s])/g;
/** `<password>x</password>` */
const ELEMENT = /<([\w.:-]+)(\s[^<>]*)?>([^<]+)(?=<\/)/g;
const NEXT_NAME = /[ \t]{0,4}[\w.%-]{1,64}[=:]/y;

interface Span {
  start: number;
  end: number;
}

/** Masks the values that stand beside the name of a secret. */
export function maskNamed(text: string, classify: Classify, kind: TextKind): string {
  let out = replaceSpans(text, NAME_AND_SEPARATOR, (match, at) =>
    namedValue(text, match, at, classify, kind),
  );
  if (out.includes('--')) {
    const flags = out;
    out = replaceSpans(flags, LONG_FLAG, (match, at) =>
      classify(match[1] ?? '') === null || match[1]?.startsWith('no-') === true
        ? null
        : (quotedSpan(flags, at) ?? { start: at, end: bareEnd(flags, at, false) }),
    );
  }
  if (!out.includes('</')) return out;
  return out.replace(ELEMENT, (all: string, name: string, attributes: string | undefined, content: string) =>
    classify(name) === null || NO_SECRET.test(content.trim()) ? all : `<${name}${attributes ?? ''}>${MASKED}`,
  );
}

/** Puts the mask in the place of each span that `find` sees behind a match of `pattern`. */
function replaceSpans(
  text: string,
  pattern: RegExp,
  find: (match: RegExpExecArray, at: number) => Span | null,
): string {
  let out = '';
  let from = 0;
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const span = find(match, pattern.lastIndex);
    if (span === null || NO_SECRET.test(text.slice(span.start, Math.min(span.end, span.start + 16))))
      continue;
    out += text.slice(from, span.start) + MASKED;
    from = span.end;
    pattern.lastIndex = Math.max(span.end, pattern.lastIndex);
  }
  return from === 0 ? text : out + text.slice(from);
}

function namedValue(
  text: string,
  match: RegExpExecArray,
  at: number,
  classify: Classify,
  kind: TextKind,
): Span | null {
  const [, name = '', close = '', separator = '', after = ''] = match;
  const header = SECRET_HEADER.test(name);
  const secret = classify(name) ?? (isInQuery(text, match.index) && SECRET_QUERY.test(name) ? PLAIN : null);
  if (secret === null) return null;

  if (isWorkingDirectory(name, text.slice(at, at + 3))) return null;
  const nameQuoted = /["'`]/.test(close);
  if (separator === '=>' && !nameQuoted) return null; // an arrow function
  const quoted = quotedSpan(text, at);
  if (quoted !== null) return quoted;
  if (/^[=!]=/.test(separator)) return null; // a comparison, with no literal

  const spaced = close.endsWith(' ') || after !== '';
  if (kind === 'source') {
    return separator === '=' && !spaced && !/[([{]/.test(text.charAt(at)) ? bareSpan(text, at, false) : null;
  }
  // `host:8080`, `file.js:3`, `urn:x:secret:y` are no names with values, except where the name is a password's.
  if (separator === ':' && after === '' && !nameQuoted && !header && !/pass\w*$|pwd$/i.test(name))
    return null;
  const before = text.charAt(match.index - 1);
  // `-H 'X-Api-Key: a b'`: a quote in front of the name and none behind it holds the whole.
  if (header || (separator === ':' && !nameQuoted && /["']/.test(before))) {
    return { start: at, end: headerEnd(text, at, before) };
  }
  if (/[[{]/.test(text.charAt(at))) return { start: at, end: bracketEnd(text, at) };
  const bare = bareSpan(text, at, nameQuoted);
  const whole = spaced && !nameQuoted && text[bare.end] !== ',' && startsLine(text, match.index);
  const span = whole ? { start: at, end: lineEnd(text, at) } : bare;
  return secret.plural && /^\d+$/.test(text.slice(span.start, span.end)) ? null : span;
}

const PLAIN: SecretName = { plural: false, area: false };

function isInQuery(text: string, at: number): boolean {
  const before = text.charAt(at - 1);
  return before === '?' || before === '&';
}

/** The inside of the quotes that open at a place; without a closing one, the rest of the line. */
function quotedSpan(text: string, at: number): Span | null {
  const open = /\\{0,4}["'`]/y;
  open.lastIndex = at;
  const match = open.exec(text);
  if (match === null) return null;
  const start = open.lastIndex;
  const escapes = match[0].length - 1;
  const quote = match[0].slice(-1);
  for (let end = text.indexOf(quote, start); end !== -1; end = text.indexOf(quote, end + 1)) {
    let backslashes = 0;
    while (backslashes < 8 && end - backslashes > start && text[end - backslashes - 1] === '\\')
      backslashes++;
    // Within JSON within JSON a quote is `\"`: it closes what was opened with as many backslashes.
    if (escapes === 0 ? backslashes % 2 === 0 : backslashes === escapes) return { start, end: end - escapes };
  }
  return { start, end: lineEnd(text, start) };
}

function bareSpan(text: string, at: number, inJson: boolean): Span {
  return { start: at, end: bareEnd(text, at, inJson) };
}

/**
 * Where an unquoted value ends: at a space or semicolon; at a comma or ampersand that the next name follows (a
 * password may hold either); at a quote that ends something.
 */
function bareEnd(text: string, at: number, inJson: boolean): number {
  for (let i = at; i < text.length; i++) {
    const char = text.charAt(i);
    if (/[\s;]/.test(char) || (inJson && /[,}\]]/.test(char))) return i;
    if (char === ',' || char === '&') {
      NEXT_NAME.lastIndex = i + 1;
      if (NEXT_NAME.test(text)) return i;
    } else if (/["'`]/.test(char) && /^[\s,;)\]}>]?$/.test(text.charAt(i + 1))) {
      return i;
    }
  }
  return text.length;
}

/** A header's value: to the end of the line, or of the quotes that the whole header is in. */
function headerEnd(text: string, at: number, before: string): number {
  return endOf(text, at, before === '"' ? /["\r\n]/g : before === "'" ? /['\r\n]/g : /[\r\n]/g);
}

/** The bracket that closes the one at `at`; without one, the end of the text, which was cut there. */
function bracketEnd(text: string, at: number): number {
  const brackets = /[[\]{}]/g;
  brackets.lastIndex = at;
  let depth = 0;
  for (let match = brackets.exec(text); match !== null; match = brackets.exec(text)) {
    depth += match[0] === '[' || match[0] === '{' ? 1 : -1;
    if (depth === 0) return brackets.lastIndex;
  }
  return text.length;
}

function lineEnd(text: string, at: number): number {
  return endOf(text, at, /[\r\n]/g);
}

function endOf(text: string, at: number, end: RegExp): number {
  end.lastIndex = at;
  return end.exec(text)?.index ?? text.length;
}

function startsLine(text: string, at: number): boolean {
  return /(?:^|[\r\n])[ \t]*(?:[-*#][ \t]+)?(?:export[ \t]+)?$/.test(text.slice(Math.max(0, at - 40), at));
}
