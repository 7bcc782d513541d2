import { GuruError } from '../report/error.js';
import type { Report } from '../report/schema.js';
import { renderJson } from './json.js';
import { renderText } from './text.js';
import { renderXml } from './xml.js';

export const FORMATS = ['text', 'json', 'xml'] as const;

export type Format = (typeof FORMATS)[number];

const VIEWS: { [F in Format]: (report: Report) => string } = {
  text: renderText,
  json: renderJson,
  xml: renderXml,
};

export function isFormat(format: string): format is Format {
  return Object.hasOwn(VIEWS, format);
}

/**
 * The report in a format: a whole document that ends in a line feed. Pure: the same report gives the same text, in
 * any process.
 *
 * @throws {GuruError} ERR_GURU_FORMAT for a format that is none of {@link FORMATS}
 */
export function renderReport(report: Report, format: Format): string {
  if (!isFormat(format)) {
    throw new GuruError(
      'ERR_GURU_FORMAT',
      `unknown format '${String(format)}': use one of ${FORMATS.join(', ')}`,
    );
  }
  return VIEWS[format](report);
}
