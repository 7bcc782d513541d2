// A service with much memory and nothing to do but to wait. Ends by itself on SIGHUP.
import { once } from 'node:events';

globalThis.ballast = Buffer.alloc(150e6, 1);

async function waitsForHangup() {
  await once(process, 'SIGHUP');
  process.exit(5);
}
waitsForHangup();
setInterval(() => {}, 1e6);
console.log('ready');
