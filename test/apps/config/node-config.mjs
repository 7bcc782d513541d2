// Reads node-config's configuration, which is found through NODE_CONFIG_DIR when the library is imported.
// Usage: node node-config.mjs READ-CONF-MODULE; prints one line of JSON.
import { createRequire } from 'node:module';
import * as namespace from 'config';

const { readConfiguration } = await import(process.argv[2]);
const config = createRequire(import.meta.url)('config');

const first = readConfiguration(config);
// Until the first get() the configuration may still be changed, by the application or a module of it.
config.util.setModuleDefaults('late', { added: true });
const changed = readConfiguration(() => config);
const port = config.get('api.port');
let immutable = false;
try {
  config.api.port = 1;
} catch {
  immutable = true;
}
console.log(
  JSON.stringify({
    first,
    changed,
    port,
    immutable,
    afterGet: readConfiguration(config),
    part: readConfiguration(config.get('api')),
    namespace: readConfiguration(namespace),
  }),
);
