import { setTimeout as sleep } from 'node:timers/promises';

async function inner() {
  await sleep(1e6); //= A0 inner
}
async function middle() {
  return await inner(); //= A1 middle
}
async function finished() {
  return middle();
}
async function outer() {
  return await finished(); //= A2 outer
}
void outer();
console.log('ready');
