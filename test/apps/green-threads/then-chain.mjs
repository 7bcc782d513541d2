import { setTimeout as sleep } from 'node:timers/promises';

async function inner() {
  await sleep(1e6); //= A0 inner
}
async function outer() {
  //= A1 [then parse], A2 [catch explain], A3 [finally close]
  await inner() //= A4 outer
    .then(function parse(x) { return x; })
    .catch(function explain(e) { throw e; })
    .finally(function close() {});
}
void outer();
console.log('ready');
