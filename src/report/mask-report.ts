import type { JsonObject, JsonValue } from './json.js';
import type { Masker } from './mask.js';
import type { Models, Report, Section, SectionKind, SectionOf, XmlElement } from './schema.js';

/** How the model of each kind is masked. A new kind does not compile until it has its row. */
const MODELS: { [K in SectionKind]: (model: Models[K], masker: Masker) => Models[K] } = {
  package: byShape,
  threads: byShape,
  greenThreads: byShape,
  processes: byShape,
  configuration: (model, masker) => ({
    ...model,
    groups: mapObject(model.groups, (group, options) => maskGroup(group, options, masker)),
  }),
  custom: (model, masker) => masker.value('', model),
};

/**
 * A copy of the report without its secrets. The one place where masking is done; doing it again changes nothing.
 * Every string of the report is masked by its shape; configuration and registered sections also by their names,
 * command lines by their flags.
 */
export function maskReport(report: Report, masker: Masker): Report {
  const { sections, ...head } = report;
  return { ...byShape(head, masker), sections: sections.map((section) => maskSection(section, masker)) };
}

function maskSection<K extends SectionKind>(section: SectionOf<K>, masker: Masker): Section {
  const { model, views, ...head } = section;
  return {
    ...byShape(head, masker),
    model: model === null ? null : MODELS[section.kind](model, masker),
    ...(views === undefined
      ? {}
      : {
          views: {
            ...(views.text === undefined ? {} : { text: masker.text(views.text) }),
            ...(views.xml === undefined ? {} : { xml: maskElement(views.xml, masker, false) }),
          },
        }),
  } as Section;
}

/**
 * A group that is named as a secret in the plural (`secrets`, `apiKeys`) holds secrets; one that is named in the
 * singular (`auth`, `keystone_authtoken`) is mostly about one, and its settings are shown.
 */
function maskGroup(group: string, options: JsonObject, masker: Masker): JsonObject {
  if (masker.isSecretName(group)) {
    const masked = masker.value(group, options);
    if (typeof masked === 'object' && masked !== null && !Array.isArray(masked)) return masked;
  }
  return masker.value('', options) as JsonObject;
}

/** Every string by its shape, whatever fields there are; source lines as such, argument vectors as such. */
function byShape<T>(value: T, masker: Masker): T {
  return shaped('', value as JsonValue, masker) as T;
}

function shaped(name: string, value: JsonValue, masker: Masker): JsonValue {
  if (typeof value === 'string') return name === 'sourceLine' ? masker.source(value) : masker.text(value);
  if (Array.isArray(value)) {
    if (name === 'command' && value.every((item) => typeof item === 'string')) return masker.command(value);
    return value.map((item) => shaped('', item, masker));
  }
  if (typeof value !== 'object' || value === null) return value;
  return mapObject(value, (key, item) => shaped(key, item, masker));
}

function mapObject<T extends JsonValue>(
  object: Record<string, T>,
  map: (key: string, value: T) => T,
): Record<string, T> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(key, value)]));
}

/** By the names of elements and attributes, and of what a `name` or `key` attribute names, as well as by shape. */
function maskElement(element: XmlElement, masker: Masker, within: boolean): XmlElement {
  const { name, attributes, children } = element;
  const names = [name, attributes?.['name'], attributes?.['key']];
  const secret = within || names.some((word) => typeof word === 'string' && masker.isSecretName(word));
  const leaf = <T extends JsonValue>(key: string, value: T): T =>
    (secret && key !== 'name' && key !== 'key'
      ? masker.value('secret', value)
      : masker.value(key, value)) as T;
  return {
    name: masker.text(name),
    ...(attributes === undefined
      ? {}
      : { attributes: mapObject(attributes, (key, value) => leaf(key === 'key' ? 'name' : key, value)) }),
    ...(children === undefined
      ? {}
      : {
          children: children.map((child) =>
            typeof child === 'string' ? leaf('', child) : maskElement(child, masker, secret),
          ),
        }),
  };
}
