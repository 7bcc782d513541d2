import { readFileSync, statSync } from 'node:fs';
import { GuruError } from '../report/error.js';
import { errorCode } from './option-values.js';
import { quote } from './problem.js';

/** Group → key → value, or the list of values of a key that stands there several times. */
export type IniGroups = Record<string, Record<string, string | string[]>>;

export interface IniFile {
  groups: IniGroups;
  /** In the order of the file. */
  malformed: MalformedLine[];
}

/** A line that says nothing to us. */
export interface MalformedLine {
  /** 1-based. */
  line: number;
  /** The group that the line stands in. */
  group: string;
  reason: string;
}

/** More than any configuration file has; a file that is larger was named by mistake. */
const MAX_BYTES = 4 * 1024 * 1024;

/** What stands before the first group header belongs here. */
const NO_GROUP = 'DEFAULT';

/**
 * Reads an INI file as oslo.config does, since operators share such files between services:
 *
 * - Group names are taken as they are: `[a.b]` is one group of that name. `[DEFAULT]` is a group like the others and
 *   lends nothing to them. A group that stands there twice is one group.
 * - `key = value` and `key: value`; the first `=` or `:` separates. Values are text: `true` and `10` too.
 * - A line that begins with `#` or `;` is a comment. There are no comments at the end of a line: `#` and `;` belong
 *   to the value, as passwords and colours need.
 * - Quotes around a whole value are taken off; nothing is escaped by a backslash.
 * - An indented line continues the value above it, joined by a newline, until a blank line, even if it looks like a
 *   comment.
 * - A key that stands there several times is a list.
 *
 * Otherwise than oslo.config: keys before the first group are in `DEFAULT` (there an error), and `$name` is not
 * replaced by another option's value.
 *
 * (npm's `ini` package serves another dialect: it nests dotted groups, cuts values at `#` and `;`, turns `true` and
 * `null` into what they name, knows neither `:` nor continuation lines, and with repeated keys counts those of other
 * groups in.)
 *
 * A malformed line costs only itself: who reads the file decides whether it matters.
 *
 * @param path - a regular file of at most 4 MiB, UTF-8.
 * @throws GuruError `ERR_GURU_CONFIG_FILE` if the file cannot be read.
 */
export function readIniFile(path: string): IniFile {
  return parseIni(readText(path));
}

function readText(path: string): string {
  try {
    const stats = statSync(path);
    // Opening a FIFO would wait for somebody to write to it, and with it the start of the application.
    if (!stats.isFile()) throw new Error('not a regular file');
    if (stats.size > MAX_BYTES) throw new Error(`larger than ${MAX_BYTES / 1024 / 1024} MiB`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new GuruError('ERR_GURU_CONFIG_FILE', `cannot read ${quote(path)}: ${errorCode(error)}`, {
      cause: error,
    });
  }
}

/** Parses the text of an INI file; see {@link readIniFile} for the language. Never throws. */
export function parseIni(text: string): IniFile {
  const groups = new Map<string, Map<string, string[]>>();
  const malformed: MalformedLine[] = [];
  let group = NO_GROUP;
  let number = 0;
  // The assertion keeps the type from being narrowed to null, which ignores what `flush` does.
  let pending = null as { key: string; lines: string[] } | null;

  const flush = () => {
    if (pending === null) return;
    const options = groups.get(group) ?? new Map<string, string[]>();
    groups.set(group, options);
    const values = options.get(pending.key) ?? [];
    options.set(pending.key, values);
    values.push(pending.lines.join('\n'));
    pending = null;
  };
  const reject = (reason: string) => malformed.push({ line: number, group, reason });

  for (const raw of text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/)) {
    number += 1;
    const line = raw.trimEnd();
    if (/^[ \t]/.test(line)) {
      if (pending === null) reject('an indented line continues a value, and there is none above it');
      else pending.lines.push(line.trimStart());
      continue;
    }
    flush();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    if (line.startsWith('[')) {
      if (!line.endsWith(']') || line.length === 2) reject('a group is written as [NAME]');
      else {
        group = line.slice(1, -1);
        if (!groups.has(group)) groups.set(group, new Map());
      }
      continue;
    }
    const separator = line.search(/[=:]/);
    if (separator === -1) reject('neither a [group] nor a "key = value"');
    else if (separator === 0) reject('a value without a key');
    else
      pending = {
        key: line.slice(0, separator).trimEnd(),
        lines: [unquote(line.slice(separator + 1).trim())],
      };
  }
  flush();
  return { groups: toRecords(groups), malformed };
}

function unquote(value: string): string {
  const quoted =
    value.length > 1 && (value.startsWith('"') || value.startsWith("'")) && value.at(-1) === value[0];
  return quoted ? value.slice(1, -1) : value;
}

/** `fromEntries` defines properties, so that a key `__proto__` is a key like any other. */
function toRecords(groups: Map<string, Map<string, string[]>>): IniGroups {
  return Object.fromEntries(
    [...groups].map(([name, options]) => [
      name,
      Object.fromEntries(
        [...options].map(([key, values]) => [key, values.length === 1 ? (values[0] ?? '') : values]),
      ),
    ]),
  );
}
