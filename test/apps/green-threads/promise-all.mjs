import { setTimeout as sleep } from 'node:timers/promises';

async function inner() {
  await sleep(1e6); //= A0 inner, B0 inner
}
async function outer() {
  //= A1 [Promise.all 1], B1 [Promise.all 3]
  await Promise.all([1, inner(), undefined, inner()]); //= A2 outer, B2 outer
}
void outer();
console.log('ready');
