import { setTimeout as sleep } from 'node:timers/promises';

async function inner() {
  await sleep(1e6); //= A0 inner
}
async function outer() {
  //= A1 [Promise.race]
  await Promise.race([inner(), sleep(2e6)]); //= A2 outer
}
void outer();
console.log('ready');
