import { setTimeout as sleep } from 'node:timers/promises';

async function inner() {
  await sleep(1e6); //= A0 inner
}
class Query {
  then(resolve, reject) {
    inner().then(resolve, reject);
  }
}
async function outer() {
  //= A1 [new Promise]
  await new Query(); //= A2 outer
}
void outer();
console.log('ready');
