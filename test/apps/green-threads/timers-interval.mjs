import { setInterval as every } from 'node:timers/promises';

async function main() {
  for await (const /*^*/n of every(1e6)) void n; //= A0 main, A ~ timer 1000000 ms
}
void main();
console.log('ready');
