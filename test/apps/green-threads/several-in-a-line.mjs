import { setTimeout as sleep } from 'node:timers/promises';

async function inner(ms) {
  await sleep(ms); //= A0 inner, B0 inner
}
async function first() {
  return (/*^*/await inner(1e6)) + (await inner(1)); //= A1 first
}
async function second() {
  return (await inner(0)) + (/*^*/await inner(1e6)); //= B1 second
}
void first();
void second();
console.log('ready');
