import type { Report } from '../report/schema.js';

/** The report as it is, indented by two. Lone surrogates come as `\udXXX`, so that the text is valid UTF-8 as it is. */
export function renderJson(report: Report): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
