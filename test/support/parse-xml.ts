import { SaxesParser } from 'saxes';
import type { JsonValue } from '#src/report/json.js';

export interface ParsedElement {
  name: string;
  attributes: Record<string, string>;
  children: (ParsedElement | string)[];
}

/** Parses a document with namespaces; throws where it is not well-formed. */
export function parseXml(document: string): ParsedElement {
  const parser = new SaxesParser({ xmlns: true });
  const root: ParsedElement = { name: '', attributes: {}, children: [] };
  const open = [root];
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', (tag) => {
    const attributes = Object.fromEntries(
      Object.entries(tag.attributes).map(([key, { value }]) => [key, value]),
    );
    const element: ParsedElement = { name: tag.name, attributes, children: [] };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('closetag', () => open.pop());
  parser.on('text', (text) => open.at(-1)?.children.push(text));
  parser.write(document).close();
  const element = root.children.find((child) => typeof child !== 'string');
  if (element === undefined) throw new Error('the document has no root');
  return element;
}

export function elementsOf(element: ParsedElement): ParsedElement[] {
  return element.children.filter((child) => typeof child !== 'string');
}

export function textOf(element: ParsedElement): string {
  return element.children.map((child) => (typeof child === 'string' ? child : textOf(child))).join('');
}

/** The data that an element of the generic mapping stands for, by its documented rules. */
export function dataOf(element: ParsedElement): JsonValue {
  switch (element.attributes['type']) {
    case undefined:
      return textOf(element);
    case 'null':
      return null;
    case 'number':
      return Number(textOf(element));
    case 'boolean':
      return textOf(element) === 'true';
    case 'array':
      return elementsOf(element).map(dataOf);
    default:
      return Object.fromEntries(
        elementsOf(element).map((child) => [child.attributes['key'] ?? child.name, dataOf(child)]),
      );
  }
}
