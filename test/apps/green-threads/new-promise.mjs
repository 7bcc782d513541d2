import { setTimeout as sleep } from 'node:timers/promises';

async function inner() {
  await sleep(1e6); //= A0 inner
}
async function outer() {
  //= A1 [new Promise]
  await new Promise((resolve, reject) => inner().then(resolve, reject)); //= A2 outer
}
void outer();
console.log('ready');
