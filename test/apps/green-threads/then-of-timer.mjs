import { setTimeout as sleep } from 'node:timers/promises';

async function outer() {
  //= A ~ timer 1000000 ms < [then later] < [finally close]
  await sleep(1e6).then(function later() {}).finally(function close() {}); //= A0 outer
}
void outer();
console.log('ready');
