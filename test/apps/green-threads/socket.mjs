import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const server = createServer(() => {}).listen(0, '127.0.0.1');
await once(server, 'listening');
async function main() {
  const socket = connect(server.address().port, '127.0.0.1');
  await once(socket, 'connect');
  console.log('ready');
  await once(socket, 'data'); //= A0 main, A ~ socket 127.0.0.1:@ (from 127.0.0.1:@)
}
void main();
