import { setTimeout as sleep } from 'node:timers/promises';

async function inner() {
  await sleep(1e6); //= A0 inner
}
async function outer() {
  //= A1 [resolve done]
  await new Promise((resolve) => { //= A2 outer
    void inner().then(function done(value) {
      resolve(value);
    });
  });
}
void outer();
console.log('ready');
