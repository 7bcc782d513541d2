import type { ConfigurationAdapter } from './adapter.js';

/** Any other object: its own enumerable properties. */
export const plainAdapter: ConfigurationAdapter = {
  name: 'object',
  recognises: () => true,
  read: (conf) => ({ tree: conf, secrets: new Set(), notes: [] }),
};
