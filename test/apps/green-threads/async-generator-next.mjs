import { setTimeout as sleep } from 'node:timers/promises';

async function* pages() {
  yield 1;
  await sleep(1e6); //= A0 pages
  yield 2;
}
async function outer() {
  const all = pages();
  await all.next();
  await all.next(); //= A1 outer
}
void outer();
console.log('ready');
