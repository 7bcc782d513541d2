import { once } from 'node:events';
import { createServer, get } from 'node:http';

const server = createServer(() => console.log('ready')).listen(0, '127.0.0.1');
await once(server, 'listening');
async function main() {
  await new Promise((resolve, reject) => { //= A0 main, A ~ HTTP request GET http://127.0.0.1/status
    get({ port: server.address().port, host: '127.0.0.1', path: '/status' }, resolve).on('error', reject);
  });
}
void main();
