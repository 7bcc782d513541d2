import { setTimeout as sleep } from 'node:timers/promises';

async function* numbers() {
  yield 1;
  await sleep(1e6); //= A0 numbers
}
async function outer() {
  for await (const /*^*/n of numbers()) void n; //= A1 outer
}
void outer();
console.log('ready');
