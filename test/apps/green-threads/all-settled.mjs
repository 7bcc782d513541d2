import { setTimeout as sleep } from 'node:timers/promises';

async function inner() {
  await sleep(1e6); //= A0 inner, B0 inner
}
async function outer() {
  //= A1 [Promise.allSettled 0], B1 [Promise.allSettled 2]
  await Promise.allSettled([inner(), Promise.resolve(), inner()]); //= A2 outer, B2 outer
}
void outer();
console.log('ready');
