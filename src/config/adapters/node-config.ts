import { hasMethods, isRecord, type ConfigurationAdapter } from './adapter.js';

/**
 * node-config (seen: 5.0). The object itself is the tree, `get`, `has` and `util` being hidden properties. Never call
 * its `get`: the first call makes the whole configuration immutable, and that is for the application to decide.
 */
export const nodeConfigAdapter: ConfigurationAdapter = {
  name: 'node-config',
  recognises: (conf) =>
    hasMethods(conf, 'get', 'has') && isRecord(conf) && hasMethods(conf['util'], 'getConfigSources'),
  read: (conf) => ({ tree: conf, secrets: new Set(), notes: [] }),
};
