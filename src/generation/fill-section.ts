import type { Section, SectionKind, SectionOf } from '../report/schema.js';
import type { SectionResult } from '../sections/section-result.js';

/**
 * Makes the section, if it is wanted. A fault of ours, or an end of the process that is looked at, costs the section, not
 * the report.
 *
 * @param since when it was begun, of `performance.now()`
 */
export function fillSection<K extends SectionKind>(
  section: SectionOf<K> | null,
  since: number,
  generate: () => SectionResult<K>,
): void {
  if (section === null) return;
  let result: SectionResult<K>;
  try {
    result = generate();
  } catch (error) {
    const reason = `could not be made: ${error instanceof Error ? error.message : String(error)}`;
    result = { status: 'failed', reason, model: null };
  }
  assignSection(section, performance.now() - since, result);
}

/** Puts what came of a section in its place. */
export function assignSection<K extends SectionKind>(
  section: SectionOf<K>,
  durationMs: number,
  { status, reason, model }: SectionResult<K>,
): void {
  section.status = status;
  section.durationMs = roundMs(durationMs);
  section.model = model;
  if (reason === undefined) delete section.reason;
  else section.reason = reason;
}

/** Adds what else is wrong with a section that is filled already. */
export function addReason(section: Pick<Section, 'status' | 'reason'>, problem: string): void {
  if (section.status === 'ok') section.status = 'partial';
  section.reason = section.reason === undefined ? problem : `${section.reason}; ${problem}`;
}

/** As times are in a report: to a hundredth. */
export function roundMs(ms: number): number {
  return Math.round(ms * 100) / 100;
}
