/** Any JSON data as readable lines. */
import type { JsonValue } from '../report/json.js';
import { escapeLine, escapeText } from './text-escape.js';
import { indented } from './text-layout.js';

/** One value on one line. Quoted where it would be invisible otherwise: empty, or with space at an end. */
function scalar(value: string | number | boolean | null): string {
  if (typeof value !== 'string') return String(value);
  return value.trim() === value && value !== '' ? escapeLine(value) : `'${escapeLine(value)}'`;
}

/**
 * `key = value` lines, as in configuration files. Lists one item a line (with a `-` where an item has
 * several), objects indented; a text of several lines
 * stays on one, so that no value can look like another option.
 */
export function assignments(object: Readonly<Record<string, JsonValue>>): string[] {
  return Object.entries(object).flatMap(([key, value]) => {
    const name = escapeLine(key);
    if (!isContainer(value)) return [`${name} = ${scalar(value)}`];
    if (isEmpty(value)) return [`${name} = ${Array.isArray(value) ? '[]' : '{}'}`];
    return Array.isArray(value)
      ? [`${name} =`, ...indented(value.flatMap(listItem), 2)]
      : [`${name}:`, ...indented(assignments(value), 2)];
  });
}

function listItem(item: JsonValue): string[] {
  return isContainer(item) ? marked(dataLines(item)) : [scalar(item)];
}

/**
 * Like YAML: `key: value`, lists with `-`, what is inside indented, a text of several lines as an indented block.
 * A text as the whole is printed as it is.
 */
export function dataLines(value: JsonValue): string[] {
  if (typeof value === 'string') return textLines(value);
  if (!isContainer(value)) return [scalar(value)];
  if (isEmpty(value)) return [Array.isArray(value) ? '[]' : '{}'];
  return Array.isArray(value)
    ? value.flatMap((item) => marked(dataItem(item)))
    : Object.entries(value).flatMap(([key, item]) => keyed(escapeLine(key), item));
}

/** The lines of a text as it is: Windows line ends are line ends, an empty line at its end is none. */
export function textLines(text: string): string[] {
  return escapeText(text.replaceAll('\r\n', '\n').replace(/\n$/, '')).split('\n');
}

function dataItem(item: JsonValue): string[] {
  if (typeof item !== 'string') return dataLines(item);
  return item.includes('\n') ? ['|', ...indented(textLines(item), 2)] : [scalar(item)];
}

function marked(lines: readonly string[]): string[] {
  return lines.map((line, i) => (i === 0 ? `- ${line}` : line === '' ? '' : `  ${line}`));
}

function keyed(key: string, item: JsonValue): string[] {
  if (typeof item === 'string' && item.includes('\n')) return [`${key}: |`, ...indented(textLines(item), 2)];
  if (!isContainer(item) || isEmpty(item)) return [`${key}: ${dataItem(item)[0] ?? ''}`];
  return [`${key}:`, ...indented(dataLines(item), 2)];
}

function isContainer(value: JsonValue): value is Exclude<JsonValue, string | number | boolean | null> {
  return typeof value === 'object' && value !== null;
}

function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0;
}
