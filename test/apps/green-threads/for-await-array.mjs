import { setTimeout as sleep } from 'node:timers/promises';

async function inner() {
  await sleep(1e6); //= A0 inner
}
async function main() {
  for await (const /*^*/n of [1, inner()]) void n; //= A1 main
}
void main();
console.log('ready');
