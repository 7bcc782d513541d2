import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonValue } from '#src/report/json.js';
import type { Report, XmlElement } from '#src/report/schema.js';
import { renderXml } from '#src/views/xml.js';
import { type ParsedElement, dataOf, elementsOf, parseXml, textOf } from '../support/parse-xml.js';
import { Random } from '../support/random.js';
import { sampleReport } from '../support/sample-report.js';

const SEED = 20260102;

function reportOf(model: JsonValue, xml?: XmlElement): Report {
  const section = { title: 'Fuzz', kind: 'custom', status: 'ok', durationMs: 1, model } as const;
  return { ...sampleReport(), sections: [xml === undefined ? section : { ...section, views: { xml } }] };
}

function sectionOf(document: string): ParsedElement {
  const section = elementsOf(parseXml(document)).find(({ name }) => name === 'section');
  assert.ok(section);
  return section;
}

function only(element: ParsedElement): ParsedElement {
  const [child, ...others] = elementsOf(element);
  assert.ok(child !== undefined && others.length === 0);
  return child;
}

/** What the documented escapes make of a string. */
function escaped(text: string): string {
  return Array.from(text, (char) =>
    /^[\0-\x08\v\f\x0e-\x1f\ufffe\uffff\ud800-\udfff]$/.test(char)
      ? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
      : char,
  ).join('');
}

function escapedData(value: JsonValue): JsonValue {
  if (typeof value === 'string') return escaped(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(escapedData);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [escaped(key), escapedData(item)]));
}

test('any model is well-formed XML, and nothing of it is lost', (t) => {
  t.diagnostic(`seed ${SEED}`);
  const random = new Random(SEED);
  for (let i = 0; i < 2000; i++) {
    const model = random.json();
    if (model === null) continue; // no element at all
    const document = renderXml(reportOf(model));
    assert.deepEqual(dataOf(only(sectionOf(document))), escapedData(model), `round ${i}`);
    assert.doesNotMatch(document, /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]/, `round ${i}`);
  }
});

test('any element tree of a section of its own is well-formed XML, and nothing of it is lost', (t) => {
  t.diagnostic(`seed ${SEED}`);
  const random = new Random(SEED);
  for (let i = 0; i < 2000; i++) {
    const element = randomElement(random, 4);
    const view = only(sectionOf(renderXml(reportOf(1, element))));
    assert.equal(view.name, 'view');
    assertSame(only(view), element, `round ${i}`);
  }
});

function randomElement(random: Random, depth: number): XmlElement {
  return {
    name: random.key(),
    attributes: Object.fromEntries(
      Array.from({ length: random.below(4) }, () => [random.key(), random.pick([random.text(), 1.5, true])]),
    ),
    children: Array.from({ length: depth > 0 ? random.below(4) : 0 }, () =>
      random.below(2) === 0 ? random.text() : randomElement(random, depth - 1),
    ),
  };
}

/** The name and the attributes may have moved, by the documented rules; all of them are there. */
function assertSame(parsed: ParsedElement, element: XmlElement, message: string): void {
  const { elementName, ...attributes } = parsed.attributes;
  const moved = elementsOf(parsed).filter(
    ({ name, attributes: { name: key } }) => name === 'attribute' && key !== undefined,
  );
  assert.ok([parsed.name, attributes['name'], elementName].includes(escaped(element.name)), message);
  for (const [key, value] of Object.entries(element.attributes ?? {})) {
    const there = Object.hasOwn(attributes, key)
      ? [attributes[key]]
      : moved.filter((child) => child.attributes['name'] === escaped(key)).map(textOf);
    assert.ok(there.includes(escaped(String(value))), message);
  }
  // Between elements that no text stands beside, white space is for reading only.
  const [text, wanted] = [textOf(parsed), escaped(allText(element.children ?? []))].map((it) =>
    it.replace(/\s/g, ''),
  );
  assert.ok(text?.endsWith(wanted ?? '?'), message);
}

function allText(children: readonly (XmlElement | string)[]): string {
  return children.map((child) => (typeof child === 'string' ? child : allTextOf(child))).join('');
}

/** With the values of the attributes whose names are none, which become text in front. */
function allTextOf({ attributes = {}, children = [] }: XmlElement): string {
  const moved = Object.entries(attributes).filter(([key]) => !/^(?!xml)[a-z_][\w.-]*$/i.test(key));
  return moved.map(([, value]) => String(value)).join('') + allText(children);
}

test('the fields of the sample are where the documentation has them', () => {
  const root = parseXml(renderXml(sampleReport()));
  assert.equal(root.name, 'report');
  assert.equal(root.attributes['schemaVersion'], '1');
  const sections = elementsOf(root).filter(({ name }) => name === 'section');
  assert.deepEqual(
    sections.map(({ attributes }) => [attributes['title'], attributes['kind'], attributes['status']]),
    sampleReport().sections.map(({ title, kind, status }) => [title, kind, status]),
  );
  assert.equal(sections.at(-2)?.attributes['reason'], 'threw Error: no\nluck');
});

test('control characters in every place of a report keep it well-formed', () => {
  const nasty = '\0\x1b[2J<&>"\'\ud800\ufffe\r\n\u202e]]>';
  const spoiled = JSON.parse(
    JSON.stringify(sampleReport(), (key, value: unknown) =>
      typeof value === 'string' && key !== 'kind' ? value + nasty : value,
    ),
  ) as Report;
  assert.doesNotMatch(renderXml(spoiled), /[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
  const root = parseXml(renderXml(spoiled));
  assert.equal(root.attributes['title'], `Guru Meditation${escaped(nasty)}`);
});
