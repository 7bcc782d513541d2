// Sets itself up in code with a configuration from the library that its first argument names; changes it on SIGHUP.
import { createRequire } from 'node:module';
import { generateReport, setupAutorun } from 'guru-meditation';

const require = createRequire(import.meta.url);
const secret = 's3cr3t';

const ways = {
  convict() {
    const config = require('convict')(
      {
        debug: { default: false, env: 'APP_DEBUG', format: Boolean },
        api: { host: { default: '127.0.0.1' }, port: { default: 80, format: Number } },
        pepper: { default: `${secret}-convict`, sensitive: true },
        database: { url: { default: `postgres://mogan:${secret}-url@db/mogan` }, password: { default: `${secret}-password` } },
      },
      { args: [] },
    );
    config.load({ api: { port: 8080 } });
    return { conf: config, change: () => config.set('api.port', 9090) };
  },
  'node-config'() {
    const config = require('config');
    return { conf: config, change: () => config.util.setModuleDefaults('late', { added: true, password: `${secret}-late` }) };
  },
  nconf() {
    const nconf = require('nconf');
    const provider = new nconf.Provider();
    provider.use('memory');
    provider.set('api:port', 8080);
    provider.defaults({ api: { port: 80, token: `${secret}-token` }, name: 'mogan' });
    return { conf: provider, change: () => provider.set('api:port', 9090) };
  },
  plain() {
    const config = { name: 'mogan', api: { port: 8080, apiKey: `${secret}-key` }, list: ['b', 'a'] };
    return { conf: config, change: () => (config.api.port = 9090) };
  },
  function() {
    let config = { api: { port: 8080 } };
    return { conf: () => config, change: () => (config = { api: { port: 9090 }, extra: 1 }) };
  },
  mask() {
    const config = {
      bank: { userIban: `${secret}-iban`, card_number: `${secret}-card`, note: `account DE12345678901234567890 of ${secret}-17` },
      shown: { iban_policy: 'shown', keyboard: 'qwerty' },
    };
    const mask = { names: ['iban', /^card_/], patterns: [/\bDE\d{20}\b/, `${secret}-1\\d`] };
    return { conf: config, mask, change() {} };
  },
  throws() {
    return { conf: () => { throw new Error('no configuration today'); }, change() {} };
  },
  promise() {
    return { conf: async () => ({ late: true }), change() {} };
  },
  rejects() {
    return { conf: () => Promise.reject(new Error('rejected')), change() {} };
  },
  getter() {
    return { conf: { good: 1, get bad() { throw new Error('the getter threw'); } }, change() {} };
  },
  loops() {
    return { conf: () => { for (;;); }, change() {} };
  },
};

const { conf, mask, change } = ways[process.argv[2]]();
setupAutorun({ serviceName: 'configured', conf, mask });
await generateReport();
process.on('SIGHUP', () => {
  change();
  console.log('changed');
});
setInterval(() => {}, 1e6);
console.log('ready');
