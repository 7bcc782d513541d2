import type { Section, XmlElement } from '../report/schema.js';
import type { MainThreadAccess, SectionEntry, Task } from './main-thread-access.js';

/** What the sections' own views may take together, ms. */
const VIEWS_MS = 1000;

/**
 * Has the main thread render the masked models of those registered sections that brought views of their own. Without
 * an answer the generic views serve.
 *
 * @returns whether anything was rendered. It is not masked yet, and a view can print what it knows besides the model.
 */
export async function renderOwnViews(
  sections: readonly Section[],
  entries: readonly SectionEntry[],
  mainThread: MainThreadAccess,
  leftMs: number,
  held: (ms: number) => void,
): Promise<boolean> {
  const custom = sections.filter((section) => section.kind === 'custom');
  const wanted: { section: (typeof custom)[number]; view: 'text' | 'xml'; task: Task }[] = [];
  for (const [index, entry] of entries.entries()) {
    const section = custom[index];
    if (!section || section.model === null) continue;
    for (const view of entry.views) {
      wanted.push({ section, view, task: { kind: 'view', sectionId: entry.id, view, model: section.model } });
    }
  }
  if (wanted.length === 0 || leftMs < 1) return false;
  const outcomes = await mainThread.runTasks(
    wanted.map(({ task }) => task),
    Math.min(VIEWS_MS, leftMs),
  );
  for (const [index, { section, view }] of wanted.entries()) {
    const outcome = outcomes[index];
    if (!outcome) continue;
    held(outcome.heldMs);
    const { value } = outcome;
    if (view === 'text' && typeof value === 'string') {
      section.views = { ...section.views, text: value };
    } else if (view === 'xml' && isElement(value)) {
      section.views = { ...section.views, xml: value };
    } else {
      const why = outcome.reason ?? `it returned ${view === 'text' ? 'no text' : 'no element'}`;
      section.reason = `${section.reason === undefined ? '' : `${section.reason}; `}its own ${view} view was not used: ${why}`;
      if (section.status === 'ok') section.status = 'partial';
    }
  }
  return true;
}

function isElement(value: unknown): value is XmlElement {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { name, attributes, children } = value as Partial<Record<keyof XmlElement, unknown>>;
  return (
    typeof name === 'string' &&
    (attributes === undefined || isAttributes(attributes)) &&
    (children === undefined ||
      (Array.isArray(children) && children.every((child) => typeof child === 'string' || isElement(child))))
  );
}

function isAttributes(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((item) => ['string', 'number', 'boolean'].includes(typeof item))
  );
}
