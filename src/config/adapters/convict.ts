import { hasMethods, isRecord, type ConfigurationAdapter } from './adapter.js';

/**
 * convict (seen: 6.2). The values are those in force now, after every `load` and `set`. Options declared
 * `sensitive: true` are secrets.
 */
export const convictAdapter: ConfigurationAdapter = {
  name: 'convict',
  recognises: (conf) => hasMethods(conf, 'getProperties', 'getSchema', 'validate'),
  read: (conf) => {
    const config = conf as ConvictLike;
    return { tree: config.getProperties(), secrets: sensitiveOptions(config), notes: [] };
  },
};

interface ConvictLike {
  /** A deep copy. */
  getProperties(): unknown;
  /** A JSON copy of the normalised schema. */
  getSchema(): unknown;
}

/**
 * The paths of sensitive options. If they cannot be had, this throws: better no Configuration section than one with
 * passwords in it.
 */
function sensitiveOptions(config: ConvictLike): Set<string> {
  const secrets = new Set<string>();
  const visit = (node: unknown, path: string) => {
    if (!isRecord(node)) return;
    if (node['sensitive'] === true) secrets.add(path);
    // Groups hold their options in `_cvtProperties`; up to convict 4 in `properties`.
    const children = node['_cvtProperties'] ?? node['properties'];
    if (!isRecord(children)) return;
    for (const [name, child] of Object.entries(children))
      visit(child, path === '' ? name : `${path}.${name}`);
  };
  try {
    visit(config.getSchema(), '');
    return secrets;
  } catch (error) {
    // The JSON copy fails on a default such as 1n or an object that contains itself.
    // Not public: the set of their names.
    const names = (config as unknown as Record<string, unknown>)['_sensitive'];
    if (names instanceof Set) return new Set([...names].map(String));
    throw error;
  }
}
