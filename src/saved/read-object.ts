import { GuruError } from '../report/error.js';
import { parseReport } from '../report/parse.js';
import type { Report } from '../report/schema.js';

/** How deep in a log record a report may be. */
const DEEPEST = 6;

/** Values of a log record that are looked at. */
const MOST_VALUES = 10_000;

export type ReadObject = { kind: 'report'; report: Report } | { kind: 'problem'; reason: string };

/**
 * The report that a JSON object is, or those that are in it: log records hold them as objects, or as strings. Objects
 * that are none, and have none in them, give nothing; what looks like a report but cannot be read gives a problem.
 */
export function readObject(text: string): ReadObject[] {
  const direct = read(text);
  if (direct.kind === 'report') return [direct];
  const data = parse(text);
  if (data === undefined) return beginsReport(text) ? [direct] : [];
  return findReports(data);
}

function read(text: string): ReadObject {
  try {
    return { kind: 'report', report: parseReport(text) };
  } catch (error) {
    if (!(error instanceof GuruError)) throw error;
    return { kind: 'problem', reason: error.message };
  }
}

function findReports(data: unknown): ReadObject[] {
  const found: ReadObject[] = [];
  let left = MOST_VALUES;
  const visit = (value: unknown, depth: number): void => {
    if (left-- <= 0 || depth > DEEPEST) return;
    if (typeof value === 'string') {
      const text = value.trim();
      if (beginsReport(text)) found.push(read(text));
    } else if (looksLikeReport(value)) {
      found.push(read(JSON.stringify(value)));
    } else if (typeof value === 'object' && value !== null) {
      for (const item of Object.values(value)) visit(item, depth + 1);
    }
  };
  visit(data, 0);
  return found;
}

/** Other formats have a `schemaVersion` too. */
function looksLikeReport(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.hasOwn(value, 'schemaVersion') &&
    (Object.hasOwn(value, 'sections') || Object.hasOwn(value, 'generatedAt'))
  );
}

function beginsReport(text: string): boolean {
  return /^\ufeff?\{\s*"schemaVersion"/.test(text);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON, which `parseReport` has said already.
    return undefined;
  }
}
