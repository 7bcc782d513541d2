/**
 * One function for each kind of value: from what an argument, an environment variable or a file holds to what the
 * settings hold. Text is accepted for everything, since that is all that the environment and files have.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { GREEN_THREADS_MODES, type GreenThreadsMode, REPORT_FORMATS, type ReportFormat } from './options.js';
import { bad, good, type Parsed } from './parsed.js';
import { quote } from './problem.js';

export function parseText(raw: unknown): Parsed<string> {
  return typeof raw === 'string' && raw.trim() !== ''
    ? good(raw)
    : bad(`must be a string that is not empty, not ${quote(raw)}`);
}

export function parseFormat(raw: unknown): Parsed<ReportFormat> {
  return parseWord(raw, 'format', REPORT_FORMATS);
}

export function parseGreenThreads(raw: unknown): Parsed<GreenThreadsMode> {
  return parseWord(raw, 'way', GREEN_THREADS_MODES);
}

function parseWord<W extends string>(raw: unknown, what: string, words: readonly W[]): Parsed<W> {
  const word = words.find((known) => typeof raw === 'string' && known === raw.trim().toLowerCase());
  return word === undefined
    ? bad(`unknown ${what} ${quote(raw)}, must be one of ${words.join(', ')}`)
    : good(word);
}

/** As oslo.config has them. */
const TRUE = ['true', 'yes', 'on', '1'];
const FALSE = ['false', 'no', 'off', '0'];

export function parseBoolean(raw: unknown): Parsed<boolean> {
  if (typeof raw === 'boolean') return good(raw);
  const word = typeof raw === 'string' ? raw.trim().toLowerCase() : '';
  if (TRUE.includes(word)) return good(true);
  return FALSE.includes(word) ? good(false) : bad(`must be true or false, not ${quote(raw)}`);
}

/** A parser of durations in seconds, bounds included. */
export function parseSeconds(least: number, most: number): (raw: unknown) => Parsed<number> {
  return parseAmount('seconds', least, most);
}

/** A parser of amounts of memory in MB, bounds included. */
export function parseMegabytes(least: number, most: number): (raw: unknown) => Parsed<number> {
  return parseAmount('MB', least, most);
}

function parseAmount(unit: string, least: number, most: number): (raw: unknown) => Parsed<number> {
  return (raw) => {
    // Number() would also take '', '0x10' and 'Infinity'.
    const isDecimal = typeof raw === 'string' && /^\s*(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*$/i.test(raw);
    const amount = isDecimal ? Number(raw) : raw;
    return typeof amount === 'number' && amount >= least && amount <= most
      ? good(amount)
      : bad(`must be a number of ${unit} from ${least} to ${most}, not ${quote(raw)}`);
  };
}

/** An absolute path; a relative one is taken from the working directory. Nothing need exist there. */
export function parsePath(raw: unknown): Parsed<string> {
  if (typeof raw !== 'string' || raw === '') return bad(`must be a path, not ${quote(raw)}`);
  if (raw.includes('\0')) return bad(`${quote(raw)} is not a path`);
  try {
    return good(resolve(raw));
  } catch {
    // resolve() asks for the working directory, which may have been removed.
    return bad(`${quote(raw)} is relative, and there is no working directory`);
  }
}

/** A directory that exists and that a file can be made in. */
export function parseDirectory(raw: unknown): Parsed<string> {
  const path = parsePath(raw);
  if (!path.ok) return path;
  try {
    if (!statSync(path.value).isDirectory()) return bad(`${quote(path.value)} is not a directory`);
  } catch (error) {
    return bad(
      errorCode(error) === 'ENOENT'
        ? `directory ${quote(path.value)} does not exist`
        : `directory ${quote(path.value)} cannot be read: ${errorCode(error)}`,
    );
  }
  try {
    accessSync(path.value, constants.W_OK | constants.X_OK);
  } catch (error) {
    return bad(`directory ${quote(path.value)} is not writable: ${errorCode(error)}`);
  }
  return path;
}

/** The entries of a list that could be used, and what is wrong with the others. */
export interface ParsedList<T> {
  values: T[];
  reasons: string[];
}

/** Entries of an array; text is split at commas, so several lines of a file may hold several entries each. */
export function parseNames(raw: unknown): ParsedList<string | RegExp> {
  const entries = (Array.isArray(raw) ? raw : [raw]) as unknown[];
  const names = entries.flatMap((entry) => (typeof entry === 'string' ? splitCommas(entry) : [entry]));
  return parseEntries<string | RegExp>(names, (name) => {
    if (name instanceof RegExp) return good(stateless(name));
    return typeof name === 'string'
      ? good(name)
      : bad(`must hold names or regular expressions, not ${quote(name)}`);
  });
}

/** Regular expressions, or text that is the source of one; text is not split, a comma being part of it. */
export function parsePatterns(raw: unknown): ParsedList<RegExp> {
  return parseEntries<RegExp>((Array.isArray(raw) ? raw : [raw]) as unknown[], (pattern) => {
    if (pattern instanceof RegExp) return good(stateless(pattern));
    if (typeof pattern !== 'string' || pattern === '') {
      return bad(`must hold regular expressions, not ${quote(pattern)}`);
    }
    try {
      return good(new RegExp(pattern));
    } catch {
      return bad(`${quote(pattern)} is not a regular expression`);
    }
  });
}

function parseEntries<T>(entries: readonly unknown[], parse: (entry: unknown) => Parsed<T>): ParsedList<T> {
  const list: ParsedList<T> = { values: [], reasons: [] };
  for (const entry of entries) {
    const parsed = parse(entry);
    if (parsed.ok) list.values.push(parsed.value);
    else list.reasons.push(parsed.reason);
  }
  return list;
}

function splitCommas(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** With `g` or `y`, `test` would begin where the last one ended. */
function stateless(pattern: RegExp): RegExp {
  return new RegExp(pattern.source, pattern.flags.replaceAll(/[gy]/g, ''));
}

/** `ENOENT` and the like; the message for errors that have no code. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
