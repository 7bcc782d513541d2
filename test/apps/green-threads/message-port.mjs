import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';

const { port1, port2 } = (globalThis.channel = new MessageChannel());
async function main() {
  await once(port1, 'message'); //= A0 main, A ~ message port
}
void main();
port2.unref();
console.log('ready');
