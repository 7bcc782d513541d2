import { setTimeout as sleep } from 'node:timers/promises';

async function outer() {
  await new Promise(async (resolve) => { //= A1 outer
    await sleep(1e6); //= A0 <anonymous>
    resolve();
  });
}
void outer();
console.log('ready');
