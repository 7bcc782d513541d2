import type { JsonObject, JsonValue } from '../report/json.js';
import { MASKED } from '../report/schema.js';

/** Group → option → value, both sorted by name: the model of the Configuration section. */
export type ConfigurationGroups = Record<string, Record<string, JsonValue>>;

/** The group of options that belong to none. */
export const DEFAULT_GROUP = 'default';

export interface Grouped {
  groups: ConfigurationGroups;
  /** `GROUP.OPTION` of what was masked. */
  masked: string[];
}

/**
 * Makes groups of options of a tree of objects. What is no object at the first level is an option of the group
 * `default`; objects at the first level are groups; objects below them are taken apart, `pool: { max: 5 }` becoming
 * `pool.max = 5`. Arrays and empty objects are values.
 *
 * @param secrets - dotted paths; what stands there, be it an object, is replaced by `***`.
 */
export function groupOptions(tree: JsonObject, secrets: ReadonlySet<string>): Grouped {
  const groups = new Map<string, Map<string, JsonValue>>();
  const masked: string[] = [];
  const group = (name: string): Map<string, JsonValue> => {
    const existing = groups.get(name) ?? new Map<string, JsonValue>();
    groups.set(name, existing);
    return existing;
  };
  const put = (groupName: string, name: string, value: JsonValue, isSecret: boolean) => {
    const options = group(groupName);
    // `{ 'a.b': 1, a: { b: 2 } }`, and a group that is called `default`: neither may hide the other.
    let option = name;
    for (let n = 2; options.has(option); n += 1) option = `${name} (${n})`;
    options.set(option, isSecret ? MASKED : value);
    if (isSecret) masked.push(`${groupName}.${option}`);
  };
  const takeApart = (groupName: string, prefix: string, path: string, children: JsonObject) => {
    for (const [name, value] of Object.entries(children)) {
      const isSecret = secrets.has(`${path}.${name}`);
      if (!isSecret && isGroup(value) && Object.keys(value).length > 0) {
        takeApart(groupName, `${prefix}${name}.`, `${path}.${name}`, value);
      } else put(groupName, prefix + name, value, isSecret);
    }
  };
  for (const [name, value] of Object.entries(tree)) {
    const isSecret = secrets.has(name);
    if (isSecret || !isGroup(value)) {
      put(DEFAULT_GROUP, name, value, isSecret);
    } else {
      group(name);
      takeApart(name, '', name, value);
    }
  }
  return {
    groups: sortedRecord(groups, (options) => sortedRecord(options, (value) => value)),
    masked: masked.sort(),
  };
}

function isGroup(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** By code units: the same order on every machine. `fromEntries` defines properties, `__proto__` among them. */
function sortedRecord<T, U>(entries: Map<string, T>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(
    [...entries]
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([name, value]) => [name, change(value)]),
  );
}
