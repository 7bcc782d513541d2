import type { SectionEntry } from '../generation/main-thread-access.js';
import { GuruError } from '../report/error.js';
import type { JsonValue } from '../report/json.js';
import type { XmlElement } from '../report/schema.js';

/** What a generator is told. */
export interface SectionContext {
  /** Aborted when the section's time is up: asynchronous generators can stop what they began. */
  signal: AbortSignal;
}

/**
 * Makes a section's model: any JSON-like data, or a string to print as it is; or a promise of one.
 * What is not JSON is turned into it, within bounds. It runs in the main thread: at once as a task of the event loop,
 * or, if the loop is blocked, in the middle of what blocks it; then only synchronous generators can be served.
 */
export type SectionGenerator = (context: SectionContext) => unknown;

/** A section's own views of its model, for the formats where the generic ones do not do. They get the masked model. */
export interface SectionViews {
  text?: (model: JsonValue) => string;
  xml?: (model: JsonValue) => XmlElement;
}

export interface RegisteredSection {
  id: number;
  title: string;
  generator: SectionGenerator;
  views: SectionViews;
}

/** The sections of a process, in the order of their registration. */
export class SectionRegistry {
  readonly #sections = new Map<number, RegisteredSection>();
  #lastId = 0; // 0 is the built-in Configuration
  /** Called after each change; the sentinel must know the list before the main thread blocks. */
  onChange: () => void = () => {};

  /**
   * @returns an idempotent function that takes the section out again.
   * @throws {GuruError} `ERR_GURU_SECTION` for a title that is no text, a generator or view that is no
   *   function, or views that are no object.
   */
  register(title: string, generator: SectionGenerator, views: SectionViews = {}): () => void {
    if (typeof title !== 'string' || title.trim() === '') {
      throw new GuruError('ERR_GURU_SECTION', `registerSection: the title must be a text that is not empty`);
    }
    if (typeof generator !== 'function') {
      throw new GuruError('ERR_GURU_SECTION', `registerSection "${title}": the generator must be a function`);
    }
    if (typeof views !== 'object' || views === null) {
      throw new GuruError('ERR_GURU_SECTION', `registerSection "${title}": the views must be an object`);
    }
    for (const view of ['text', 'xml'] as const) {
      if (views[view] !== undefined && typeof views[view] !== 'function') {
        throw new GuruError(
          'ERR_GURU_SECTION',
          `registerSection "${title}": the ${view} view must be a function`,
        );
      }
    }
    const id = ++this.#lastId;
    this.#sections.set(id, { id, title, generator, views });
    this.onChange();
    return () => {
      if (this.#sections.delete(id)) this.onChange();
    };
  }

  get(id: number): RegisteredSection | undefined {
    return this.#sections.get(id);
  }

  /** What the report's maker must know of them, in their order. */
  entries(): SectionEntry[] {
    return [...this.#sections.values()].map(({ id, title, views }) => ({
      id,
      title,
      views: (['text', 'xml'] as const).filter((view) => views[view] !== undefined),
    }));
  }
}
