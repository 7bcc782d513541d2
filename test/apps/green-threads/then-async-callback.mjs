import { setTimeout as sleep } from 'node:timers/promises';

async function step() {
  await sleep(1e6); //= A0 step
}
async function outer() {
  await Promise.resolve().then(step).then(function after() {}); //= A1 [then after], A2 outer
}
void outer();
console.log('ready');
