import { Readable } from 'node:stream';

class Feed extends Readable {
  _read() {}
}
async function main() {
  const feed = (globalThis.feed = new Feed());
  for await (const /*^*/chunk of feed) void chunk; //= A0 main, A ~ stream Feed
}
void main();
console.log('ready');
