import { setTimeout as sleep } from 'node:timers/promises';

async function* sleeps() {
  yield sleep(1e6); //= A0 sleeps, A ~ timer 1000000 ms
}
async function main() {
  for await (const /*^*/n of sleeps()) void n; //= A1 main
}
void main();
console.log('ready');
