import { setTimeout as sleep } from 'node:timers/promises';

async function inner() {
  await sleep(1e6); //= A0 inner, A ~ timer 1000000 ms
}
async function middle() {
  const value = await inner(); //= A1 middle
  return value;
}
async function outer() {
  await middle(); //= A2 outer
}
void outer();
console.log('ready');
