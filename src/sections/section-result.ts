import type { Models, SectionKind, SectionStatus } from '../report/schema.js';

/** What the generator of a built-in section gives. */
export interface SectionResult<K extends SectionKind> {
  status: SectionStatus;
  /** One line; present whenever `status` is not `ok`. */
  reason?: string;
  model: Models[K] | null;
}
