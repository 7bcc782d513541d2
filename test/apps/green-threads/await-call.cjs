const { setTimeout: sleep } = require('node:timers/promises');

async function inner() {
  await sleep(1e6); //= A0 inner, A ~ timer 1000000 ms, A *3
}
async function outer() {
  await inner(); //= A1 outer
}
for (let i = 0; i < 3; i++) void outer();
console.log('ready');
