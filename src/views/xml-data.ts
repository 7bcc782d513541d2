import type { JsonObject, JsonValue } from '../report/json.js';
import type { XmlElement } from '../report/schema.js';
import { isXmlName } from './xml-writer.js';

/**
 * Any JSON data as an element. What is not a string says so in the attribute `type`: `number`, `boolean`, `null`,
 * `object`, `array` (whose elements are `item`); so nothing but the escapes of forbidden characters is lost.
 */
export function dataElement(key: string, value: JsonValue): XmlElement {
  const named = isXmlName(key);
  const name = named ? key : 'item';
  const attributes: Record<string, string> = named ? {} : { key };
  if (typeof value === 'string') return { name, attributes, children: [value] };
  if (value === null) return { name, attributes: { ...attributes, type: 'null' } };
  if (typeof value !== 'object') {
    return { name, attributes: { ...attributes, type: typeof value }, children: [String(value)] };
  }
  if (Array.isArray(value)) {
    return {
      name,
      attributes: { ...attributes, type: 'array' },
      children: value.map((item) => dataElement('item', item)),
    };
  }
  return { name, attributes: { ...attributes, type: 'object' }, children: dataElements(value) };
}

/** One element for each property. */
export function dataElements(object: Readonly<JsonObject>): XmlElement[] {
  return Object.entries(object).map(([key, value]) => dataElement(key, value));
}
