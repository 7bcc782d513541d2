import { HIDDEN } from '../environment.js';
import {
  hasMethods,
  isPlainObject,
  isRecord,
  type AdapterContext,
  type ConfigurationAdapter,
} from './adapter.js';

/**
 * nconf (seen: 0.13). The stores are merged here, by nconf's rules, and not with `provider.get()`: that writes the
 * values of the stores of higher precedence into the objects of the lowest one (`defaults`, mostly), where they stay
 * after the store that they came from has changed or gone.
 *
 * An `env` store that takes in every variable makes all of them options. Where no other store has an option by that
 * name, its value is shown by the rule for environment variables: if it is harmless or the user named it.
 */
export const nconfAdapter: ConfigurationAdapter = {
  name: 'nconf',
  recognises: (conf) => hasMethods(conf, 'get', 'set', 'use') && isRecord(conf) && isRecord(conf['stores']),
  read: (conf, { isShown }) => {
    const stores = Object.entries((conf as { stores: Record<string, unknown> }).stores);
    const notes: string[] = [];
    const layers: Layer[] = [];
    for (const [name, store] of stores) {
      const layer = readStore(store);
      if (layer === null)
        notes.push(`the store ${JSON.stringify(name)} cannot be read at once and is left out`);
      else layers.push(layer);
    }
    const declared = merge(layers.filter(({ everyVariable }) => !everyVariable));
    const shown = layers.map((layer) =>
      layer.everyVariable ? { ...layer, tree: hideOthers(layer, declared, isShown) } : layer,
    );
    return { tree: merge(shown), secrets: new Set(), notes };
  },
};

interface Layer {
  tree: Record<string, unknown>;
  /** An `env` store without a list or pattern of names. */
  everyVariable: boolean;
}

/** `null` for stores that answer by a callback only (Redis and the like). */
function readStore(store: unknown): Layer | null {
  if (!isRecord(store) || !isRecord(store['store'])) return null;
  let tree = store['store'];
  if (store['type'] === 'literal' && tree['type'] === 'literal') {
    // `defaults()` and `overrides()` write this into the object that they are given.
    const { type: _, ...options } = tree;
    tree = options;
  }
  const { whitelist, match } = store;
  const everyVariable =
    store['type'] === 'env' && !(Array.isArray(whitelist) && whitelist.length > 0) && match === undefined;
  return { tree, everyVariable };
}

/** Objects are merged, everything else replaced; the first layer counts most. Touches none of them. */
function merge(layers: readonly Layer[]): Record<string, unknown> {
  return layers.reduceRight<Record<string, unknown>>((lower, { tree }) => overlay(lower, tree, 0), {});
}

/** As deep as any configuration: beyond it the higher object stands for both. */
const MAX_DEPTH = 20;

function overlay(
  lower: Record<string, unknown>,
  higher: Record<string, unknown>,
  depth: number,
): Record<string, unknown> {
  const merged = new Map<string, unknown>(Object.entries(lower));
  for (const [name, value] of Object.entries(higher)) {
    const below = merged.get(name);
    const both = depth < MAX_DEPTH && isPlainObject(below) && isPlainObject(value);
    merged.set(name, both ? overlay(below, value, depth + 1) : value);
  }
  return Object.fromEntries(merged);
}

/** The layer with the values replaced that neither are options of another store nor may be shown. */
function hideOthers(
  { tree }: Layer,
  declared: Record<string, unknown>,
  isShown: AdapterContext['isShown'],
): Record<string, unknown> {
  const hide = (value: unknown, other: unknown): unknown => {
    if (!isPlainObject(value)) return other === undefined ? HIDDEN : value;
    // A separator made groups of the names: every part of a name counts.
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [
        name,
        hide(inner, isPlainObject(other) && Object.hasOwn(other, name) ? other[name] : undefined),
      ]),
    );
  };
  return Object.fromEntries(
    Object.entries(tree).map(([name, value]) => {
      // `lowerCase` makes the names lower case.
      const visible = typeof value === 'string' && (isShown(name) || isShown(name.toUpperCase()));
      return [
        name,
        visible ? value : hide(value, Object.hasOwn(declared, name) ? declared[name] : undefined),
      ];
    }),
  );
}
