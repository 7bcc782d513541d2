import { createSocket } from 'node:dgram';
import { promises } from 'node:dns';
import { once } from 'node:events';

const silent = createSocket('udp4').bind(0, '127.0.0.1');
await once(silent, 'listening');
const resolver = new promises.Resolver({ timeout: 1e6 });
resolver.setServers([`127.0.0.1:${silent.address().port}`]);
async function main() {
  await resolver.resolve4('db.example.com'); //= A0 main, A ~ DNS query queryA db.example.com
}
void main();
console.log('ready');
