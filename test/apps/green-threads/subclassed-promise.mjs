import { setTimeout as sleep } from 'node:timers/promises';

class Task extends Promise {}
async function inner() {
  await sleep(1e6); //= A0 inner
}
async function outer() {
  await Task.resolve(inner()).then(function parse() {}); //= A1 [then parse], A2 outer
}
void outer();
console.log('ready');
