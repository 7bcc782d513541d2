import type { XmlElement } from '../report/schema.js';

/**
 * Not allowed in an XML 1.0 document, not even as a reference: most control characters, the two noncharacters of
 * the first plane, halves of surrogate pairs.
 */
const FORBIDDEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/gu;
/**
 * Allowed, but written as references: what is markup, what a parser would normalise away, and what would act on a
 * terminal (the C1 controls, the marks that reorder text).
 */
const REFERENCED = /[&<>\r\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const REFERENCED_IN_ATTRIBUTE = /[&<>"\t\n\r\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/**
 * A name that is one in any XML, with namespaces or without: ASCII, no colon, and not beginning with the letters
 * that the standard keeps for itself.
 */
export function isXmlName(name: string): boolean {
  return /^(?!xml)[A-Za-z_][A-Za-z0-9_.-]{0,199}$/i.test(name);
}

/** A whole document. Well-formed whatever the tree holds; names that are none become `item` with the name beside it. */
export function writeXml(root: XmlElement): string {
  const lines = ['<?xml version="1.0" encoding="UTF-8"?>'];
  writeElement(root, '', lines);
  return `${lines.join('\n')}\n`;
}

/** Elements on lines of their own, unless there is text among them, in which white space would count. */
function writeElement(element: XmlElement, indent: string, lines: string[]): void {
  const { name, attributes, children } = wellNamed(element);
  const tag = name + attributeText(attributes);
  if (children.length === 0) {
    lines.push(`${indent}<${tag}/>`);
  } else if (children.some((child) => typeof child === 'string')) {
    lines.push(`${indent}<${tag}>${inlineText(children)}</${name}>`);
  } else {
    lines.push(`${indent}<${tag}>`);
    for (const child of children) if (typeof child !== 'string') writeElement(child, `${indent} `, lines);
    lines.push(`${indent}</${name}>`);
  }
}

function inlineText(children: readonly (XmlElement | string)[]): string {
  return children
    .map((child) => {
      if (typeof child === 'string') return contentText(child);
      const { name, attributes, children: inner } = wellNamed(child);
      return `<${name}${attributeText(attributes)}>${inlineText(inner)}</${name}>`;
    })
    .join('');
}

type Attributes = Record<string, string | number | boolean>;

/**
 * An element whose name is none becomes `<item name="the name">`; an attribute whose name is none becomes a child
 * `<attribute name="the name">`.
 */
function wellNamed(element: XmlElement): {
  name: string;
  attributes: Attributes;
  children: (XmlElement | string)[];
} {
  const given = Object.entries(element.attributes ?? {});
  const attributes: Attributes = Object.fromEntries(given.filter(([key]) => isXmlName(key)));
  const children: (XmlElement | string)[] = given
    .filter(([key]) => !isXmlName(key))
    .map(([key, value]) => ({ name: 'attribute', attributes: { name: key }, children: [String(value)] }));
  children.push(...(element.children ?? []));
  if (isXmlName(element.name)) return { name: element.name, attributes, children };
  const free = Object.hasOwn(attributes, 'name') ? 'elementName' : 'name';
  return { name: 'item', attributes: { [free]: element.name, ...attributes }, children };
}

function attributeText(attributes: Attributes): string {
  return Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${referenced(String(value), REFERENCED_IN_ATTRIBUTE)}"`)
    .join('');
}

function contentText(text: string): string {
  return referenced(text, REFERENCED);
}

function referenced(text: string, pattern: RegExp): string {
  return text
    .replace(FORBIDDEN, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replace(pattern, (char) => ENTITIES[char] ?? `&#x${char.charCodeAt(0).toString(16).toUpperCase()};`);
}
